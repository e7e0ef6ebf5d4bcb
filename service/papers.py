"""Writes what an administrator uploads to a platform: the platform makes the papers, here they become files.

Needs no credentials, because the vendor gives them only afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.platform import PlatformSpec
from bot.presence import Document, Presence
from service import values
from service.settings import Settings


def presence(settings: Settings, spec: PlatformSpec, at: datetime | None = None) -> Presence:
    public = settings.public_url
    given: Mapping[str, str] = settings.platforms.get(str(spec.id)) or {}
    return Presence(
        public_url=public,
        command=settings.commands[str(spec.id)],
        bot_name=settings.bot_name,
        company=settings.company,
        support=settings.support,
        privacy_url=settings.privacy_url or f"{public}/privacy",
        terms_url=settings.terms_url or f"{public}/terms",
        own={one.name: given[one.name] for one in spec.settings if one.name in given and not one.secret},
        at=at,
    )


def write(documents: Sequence[Document], folder: Path) -> Iterator[str]:
    """A line per file written. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        path = folder / document.name
        path.write_bytes(document.data or document.text.encode())
        yield f"{path}\n  {document.use}"


def unreachable(settings: Settings) -> str:
    """A warning when no vendor could ever reach the addresses in the papers; else empty."""
    url = settings.public_url
    if url.startswith("https://") and not values.loopback_address(url):
        return ""
    return f"MIO_PUBLIC_URL is {url}: platforms need a public https address; set it and write the files again"
