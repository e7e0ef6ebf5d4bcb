"""What the bot shows: neutral cards, their content, and a renderer per card language. Pure."""
