"""What the bot remembers. The only SQL; rows never leave this folder, frozen dataclasses do."""
