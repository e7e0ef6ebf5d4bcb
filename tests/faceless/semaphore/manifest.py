"""What a harbour master uploads: where events go."""

import json
from collections.abc import Sequence

from bot.presence import Document, Presence

from .webhook import PATH


def manifest(presence: Presence) -> Sequence[Document]:
    made = {"name": presence.bot_name, "events": presence.public_url + PATH, "scopes": ["messages", "watch"]}
    return (Document("semaphore.json", json.dumps(made, indent=2) + "\n", "Harbour master: hoist this file."),)
