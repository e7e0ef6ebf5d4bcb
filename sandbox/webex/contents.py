"""Files of messages: one per message, fetched with the bearer of a member, while a scan may lock, clear or refuse them.

Source: developer.webex.com/docs/basics, message attachments. Fetches nothing itself: of a file posted by address only the
name is known, and it is empty.
"""

import base64
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.core import Core
from sandbox.webex.calls import Call, Reply, Upload
from sandbox.webex.ids import fresh
from sandbox.webex.tokens import WebexFault

MOST_BYTES = 100 * 1024 * 1024
STATES = ("clean", "scanning", "infected", "unscannable")


class Contents:
    """``state``: what becomes of files that are posted from now on."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.state = "clean"
        self._held: dict[str, dict[str, Any]] = dict(core.keep.all("webex-file"))

    def put(self, upload: Upload, room: str) -> str:
        """The id of the new content."""
        if len(upload.data) > MOST_BYTES:
            raise WebexFault(400, "The file is larger than 100 MB.")
        content = fresh("CONTENT")
        row = {
            "name": upload.name,
            "kind": upload.kind,
            "data": base64.b64encode(upload.data).decode(),
            "room": room,
            "state": self.state,
        }
        self._held[content] = row
        self.core.keep.put("webex-file", content, row)
        return content

    def release(self) -> None:
        """The scan is over, and nothing was found."""
        for content, row in self._held.items():
            if row["state"] == "scanning":
                row["state"] = "clean"
                self.core.keep.put("webex-file", content, row)

    def drop(self, content: str) -> None:
        self._held.pop(content, None)
        self.core.keep.put("webex-file", content, None)

    def get(self, call: Call) -> Reply:
        """The bytes, with name and kind in the headers; HEAD gives those alone."""
        row = self._held.get(call.id)
        chat = self.core.world.chat_ids["webex"].get(row["room"]) if row else None
        if row is None or chat is None or call.token.user not in chat.members:
            raise WebexFault(404, "The requested content could not be found.")
        match row["state"]:
            case "scanning":
                raise WebexFault(423, "The file is being scanned for malware.", Retry_After="5")
            case "infected":
                raise WebexFault(410, "The file was found to be infected.")
            case "unscannable" if call.query.get("allow") != "unscannable":
                raise WebexFault(428, "The file could not be scanned for malware.")
        headers = {
            "Content-Type": row["kind"],
            "Content-Disposition": f'attachment; filename="{row["name"]}"',
        }
        return Reply(base64.b64decode(row["data"]), headers=headers)


def by_address(address: Any) -> Upload:
    """What a public address promises. Raises 400 for anything else."""
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
        raise WebexFault(400, "files must hold a public address.")
    return Upload(unquote(parts.path.rsplit("/", 1)[-1]) or "file", "application/octet-stream", b"")
