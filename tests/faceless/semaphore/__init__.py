"""Semaphore, a platform nobody has: imports by team, hears each person through a watch, speaks plain text.

Only tests find this folder; it shows all that a new platform needs. Imports within it are relative, because it lies
elsewhere than its name says.
"""

from collections.abc import Mapping, Sequence

from bot.ids import PlatformId
from bot.platform import Hearing, Lent, Platform, PlatformSpec, Revocable, Route, Scope, Setting, Traits
from bot.presence import Document, Presence
from bot.ready import GrantKind
from bot.text import Unit

TRAITS = Traits(
    text_limit=1_000,
    text_unit=Unit.BYTE,
    card_replaceable=True,
    opens_addresses=True,
    buttons=6,
    revoke=Revocable.YES,
    hearing=Hearing.PERSON,
    scope=Scope.TEAMS,
    explains_itself=False,
)

SETTINGS = (
    Setting("MIO_SEMAPHORE_CLIENT_ID", True, False, "", "the app's client id"),
    Setting("MIO_SEMAPHORE_CLIENT_SECRET", True, True, "", "the app's client secret"),
    Setting("MIO_SEMAPHORE_SIGNING_SECRET", True, True, "", "what its events are signed with"),
    Setting("MIO_SEMAPHORE_API_URL", False, False, "https://semaphore.example/api", "address of the API"),
    Setting("MIO_SEMAPHORE_OAUTH_URL", False, False, "https://semaphore.example/oauth", "address of the consent page"),
)


def installs(settings: Mapping[str, str]) -> tuple[GrantKind, ...]:
    return (GrantKind.BOT,)


def documents(presence: Presence) -> Sequence[Document]:
    from .manifest import manifest

    return manifest(presence)


def connect(lent: Lent) -> tuple[Platform, Sequence[Route]]:
    from .send import Semaphore
    from .webhook import routes

    return Semaphore(lent), routes(lent)


SPEC = PlatformSpec(
    id=PlatformId("semaphore"),
    title="Semaphore",
    traits=TRAITS,
    settings=SETTINGS,
    connect=connect,
    installs=installs,
    install_words="raise the app's flag in your Semaphore harbour as a harbour master",
    person_scopes=("messages", "watch"),
    manifest=documents,
)
