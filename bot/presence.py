"""What a vendor's form asks for before it gives credentials: who introduces itself, and the papers made from that.

Pure values; a platform makes the papers, the command line writes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Presence:
    """How this installation introduces itself to a vendor, before it has any credentials."""

    public_url: str
    command: str
    bot_name: str
    company: str
    support: str
    privacy_url: str
    terms_url: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file for an administrator, and in a sentence what to do with it."""

    name: str
    text: str
    use: str


def no_documents(_: Presence) -> Sequence[Document]:
    return ()
