"""Pictures inside chat messages: taken with the message, read with a token, never public.

Source: learn.microsoft.com/graph/api/chatmessage-list-hostedcontents. Stores them in the message itself.
"""

import base64
import binascii
import re
from typing import Any

from sandbox.core import Core
from sandbox.teams.calls import GraphFault, Reply, bad
from sandbox.world import Chat, Message, stable

MOST_BYTES = 4 * 1024 * 1024
SOURCE = re.compile(r'src="\.\./hostedContents/([^/"]+)/\$value"')


def taken(rows: Any, text: str) -> list[dict[str, str]]:
    """What is kept of ``hostedContents``; every one stands in the text, and every mark in the text has one."""
    if not isinstance(rows, list):
        raise bad("hostedContents must be an array.")
    found, total = [], 0
    for row in rows:
        held = row if isinstance(row, dict) else {}
        temporary, kind, raw = (
            held.get(name) for name in ("@microsoft.graph.temporaryId", "contentType", "contentBytes")
        )
        if not temporary or not str(kind or "").startswith("image/"):
            raise bad("A hosted content needs a temporaryId and a contentType of an image.")
        try:
            total += len(base64.b64decode(str(raw or ""), validate=True))
        except binascii.Error:
            raise bad("contentBytes must be base64.") from None
        found.append({"temporary": str(temporary), "contentType": str(kind), "bytes": str(raw)})
    if total > MOST_BYTES:
        raise GraphFault(413, "RequestEntityTooLarge", "The hosted contents are too large.")
    if {row["temporary"] for row in found} != set(SOURCE.findall(text)):
        raise bad("The hosted contents and their marks in the content do not belong together.")
    return found


def placed(core: Core, chat: Chat, message: Message) -> None:
    """The marks become whole addresses, as far as the message brought pictures."""
    at = f"{core.url}/teams/graph/v1.0/chats/{chat.id}/messages/{message.id}/hostedContents"
    ids = {}
    for row in message.native.get("hosted", ()):
        row["id"] = row.get("id") or f"aWQ9{stable(chat.id, message.id, row['temporary'])[:24]}"
        ids[row["temporary"]] = row["id"]
    if ids:
        message.native["content"] = SOURCE.sub(
            lambda mark: f'src="{at}/{ids.get(mark[1], mark[1])}/$value"', message.native["content"]
        )


def listed(message: Message) -> Reply:
    rows = [{"id": row["id"], "contentBytes": None, "contentType": None} for row in message.native.get("hosted", ())]
    return Reply(200, {"value": [] if message.deleted else rows})


def value(message: Message, native: str) -> Reply:
    for row in () if message.deleted else message.native.get("hosted", ()):
        if row["id"] == native:
            return Reply(200, base64.b64decode(row["bytes"]), headers={"Content-Type": row["contentType"]})
    raise GraphFault(404, "NotFound", "The hosted content was not found.")
