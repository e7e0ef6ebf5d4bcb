"""Zoom Team Chat: two apps – A for the bot and the directory, B for people's consent and their direct messages."""

from collections.abc import Mapping, Sequence

from bot.ids import PlatformId
from bot.platform import Lent, Platform, PlatformSpec, Revocable, Route, Setting, Traits
from bot.presence import Document, Presence
from bot.ready import GrantKind
from bot.text import Unit
from platforms.zoom.oauth import PERSON_SCOPES

TRAITS = Traits(
    # The API takes 1,024 characters; which unit is counted is not documented, so the wider one is assumed.
    text_limit=1_000,
    text_unit=Unit.UTF16,
    card_replaceable=True,
    opens_addresses=False,
    buttons=5,
    revoke=Revocable.YES,
)

SETTINGS = (
    Setting("MIO_ZOOM_ACCOUNT_ID", True, False, "", "the account's id"),
    Setting("MIO_ZOOM_BOT_JID", True, False, "", "app A: the bot's JID"),
    Setting("MIO_ZOOM_CLIENT_ID", True, False, "", "app A (bot, directory): client id"),
    Setting("MIO_ZOOM_CLIENT_SECRET", True, True, "", "app A: client secret"),
    Setting("MIO_ZOOM_SECRET_TOKEN", True, True, "", "app A: webhook secret token"),
    Setting("MIO_ZOOM_USER_CLIENT_ID", True, False, "", "app B (people): client id"),
    Setting("MIO_ZOOM_USER_CLIENT_SECRET", True, True, "", "app B: client secret"),
    Setting("MIO_ZOOM_USER_SECRET_TOKEN", True, True, "", "app B: webhook secret token"),
    Setting("MIO_ZOOM_S2S_CLIENT_ID", False, False, "", "server-to-server app for the directory: client id"),
    Setting("MIO_ZOOM_S2S_CLIENT_SECRET", False, True, "", "server-to-server app: client secret"),
    Setting("MIO_ZOOM_API_URL", False, False, "https://api.zoom.us/v2", "address of the API"),
    Setting("MIO_ZOOM_OAUTH_URL", False, False, "https://zoom.us/oauth", "address of the consent pages"),
    Setting("MIO_ZOOM_FILE_URL", False, False, "https://file.zoom.us/v2", "address of the file API"),
)


def installs(settings: Mapping[str, str]) -> tuple[GrantKind, ...]:
    """With a server-to-server app the directory is there; whether app A is installed shows with its bot's first card."""
    return () if settings.get("MIO_ZOOM_S2S_CLIENT_ID") else (GrantKind.DIRECTORY,)


def documents(presence: Presence) -> Sequence[Document]:
    from platforms.zoom.manifest import manifest

    return manifest(presence)


def connect(lent: Lent) -> tuple[Platform, Sequence[Route]]:
    from platforms.zoom.send import Zoom
    from platforms.zoom.webhook import routes

    return Zoom(lent), routes(lent)


SPEC = PlatformSpec(
    id=PlatformId("zoom"),
    title="Zoom",
    traits=TRAITS,
    settings=SETTINGS,
    connect=connect,
    installs=installs,
    install_words="authorise app A in your Zoom account as an owner or administrator",
    person_scopes=PERSON_SCOPES,
    proves=GrantKind.BOT,
    manifest=documents,
)
