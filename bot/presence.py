"""What a vendor's form asks for before it gives credentials: who introduces itself, and the papers made from that.

Pure values; a platform makes the papers, the command line writes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


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
    own: Mapping[str, str] = field(default_factory=dict)
    """The platform's settings that are given already and are no secret, by their public names."""
    at: datetime | None = None
    """When the papers are made: some vendors want each edition to have a higher number than the one before."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file for an administrator, and in a sentence what to do with it."""

    name: str
    text: str
    use: str
    data: bytes = field(default=b"", repr=False)
    """What the file holds instead, where it is no text."""


def no_documents(_: Presence) -> Sequence[Document]:
    return ()
