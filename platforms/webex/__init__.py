"""Webex: one bot with a fixed token, one integration for people's consent and for an administrator's directory grant."""

from collections.abc import Mapping, Sequence

from bot.ids import PlatformId
from bot.platform import Hearing, Lent, Platform, PlatformSpec, Revocable, Route, Scope, Setting, Traits
from bot.presence import Document, Presence
from bot.ready import GrantKind
from bot.text import Unit
from platforms.webex.oauth import PERSON_SCOPES

TRAITS = Traits(
    # developer.webex.com/docs/api/v1/messages: 7,439 bytes; some room is left for words put before the text.
    text_limit=7_000,
    text_unit=Unit.BYTE,
    card_replaceable=False,
    opens_addresses=True,
    buttons=5,
    revoke=Revocable.BEST_EFFORT,
    hearing=Hearing.PERSON,
    scope=Scope.TEAMS,
)

SETTINGS = (
    Setting("MIO_WEBEX_BOT_TOKEN", True, True, "", "the bot's access token, shown once when the bot is made"),
    Setting("MIO_WEBEX_CLIENT_ID", True, False, "", "the integration's client id"),
    Setting("MIO_WEBEX_CLIENT_SECRET", True, True, "", "the integration's client secret"),
    Setting("MIO_WEBEX_WEBHOOK_SECRET", True, True, "", "any long random words: Webex signs its webhooks with them"),
    Setting("MIO_WEBEX_API_URL", False, False, "https://webexapis.com/v1", "address of the API"),
    Setting(
        "MIO_WEBEX_REVOKE_URL",
        False,
        False,
        "https://idbroker.webex.com/idb/oauth2/v1/revoke",
        "address where tokens are revoked",
    ),
)


def installs(settings: Mapping[str, str]) -> tuple[GrantKind, ...]:
    return (GrantKind.DIRECTORY,)


def connect(lent: Lent) -> tuple[Platform, Sequence[Route]]:
    from platforms.webex.send import Webex
    from platforms.webex.webhook import routes

    platform = Webex(lent)
    return platform, routes(lent, platform.hooks.missed)


def documents(presence: Presence) -> Sequence[Document]:
    from platforms.webex import manifest

    return manifest.documents(presence)


SPEC = PlatformSpec(
    id=PlatformId("webex"),
    title="Webex",
    traits=TRAITS,
    settings=SETTINGS,
    connect=connect,
    installs=installs,
    install_words="let the bot read your Webex directory, signed in as a full administrator who is in the teams to import",
    person_scopes=PERSON_SCOPES,
    manifest=documents,
)
