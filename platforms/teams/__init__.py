"""Teams: a bot that carries commands and cards (Bot Connector), and people's chats with their own permission (Graph).

One Entra app of one tenant serves both, with three kinds of tokens that never stand for each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from bot.ids import PlatformId
from bot.platform import Hearing, Lent, Platform, PlatformSpec, Revocable, Route, Scope, Setting, Traits
from bot.presence import Document, Presence
from bot.ready import GrantKind
from bot.text import Unit
from platforms.teams.oauth import PERSON_SCOPES
from platforms.teams.trust import DEFAULT_SERVICE, loopback_address

TRAITS = Traits(
    # learn.microsoft.com/graph: about 28 KB with markup; where markup would not fit, a part goes as plain words.
    text_limit=20_000,
    text_unit=Unit.BYTE,
    card_replaceable=True,
    opens_addresses=True,
    buttons=6,
    revoke=Revocable.NONE,
    hearing=Hearing.PERSON,
    scope=Scope.TEAMS,
    # learn.microsoft.com/graph/change-notifications-delivery-webhooks: four hours; a little less is on the safe side.
    redelivers=timedelta(hours=3, minutes=30),
    # Microsoft Graph: subscriptions of one app in one tenant.
    most_heard=10_000,
    explains_itself=False,
)

ANONYMOUS = "MIO_TEAMS_ANONYMOUS"
SETTINGS = (
    Setting("MIO_TEAMS_APP_ID", True, False, "", "the Entra app's (client) id"),
    Setting("MIO_TEAMS_APP_SECRET", True, True, "", "a client secret of that app"),
    Setting("MIO_TEAMS_TENANT_ID", True, False, "", "the directory (tenant) id"),
    Setting("MIO_TEAMS_LOGIN_URL", False, False, "https://login.microsoftonline.com", "address of the login service"),
    Setting("MIO_TEAMS_GRAPH_URL", False, False, "https://graph.microsoft.com/v1.0", "address of Microsoft Graph"),
    Setting(
        "MIO_TEAMS_OPENID_URL",
        False,
        False,
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "where the keys that sign activities are described",
    ),
    Setting(
        "MIO_TEAMS_BOT_SCOPE", False, False, "https://api.botframework.com/.default", "scope of the bot's own token"
    ),
    Setting("MIO_TEAMS_SERVICE_URL", False, False, DEFAULT_SERVICE, "address of the Bot Connector for first contact"),
    Setting(ANONYMOUS, False, False, "0", "1 accepts unsigned activities, from this machine to this machine only"),
)


def installs(settings: Mapping[str, str]) -> tuple[GrantKind, ...]:
    """Consent for the whole tenant; where that was given already, the platform finds it out by itself."""
    return (GrantKind.DIRECTORY,)


def spared(settings: Mapping[str, str]) -> frozenset[str]:
    return frozenset({"MIO_TEAMS_APP_ID", "MIO_TEAMS_APP_SECRET"}) if settings.get(ANONYMOUS) == "1" else frozenset()


def problems(settings: Mapping[str, str], local: bool) -> Iterator[str]:
    """Unsigned activities are a tool for one machine: anything that reaches further refuses to start."""
    said = settings.get(ANONYMOUS, "0")
    if said not in ("0", "1"):
        yield f"{ANONYMOUS} must be 0 or 1, not {said[:20]!r}"
    elif said == "1" and not (local and loopback_address(settings["MIO_TEAMS_SERVICE_URL"])):
        yield f"{ANONYMOUS}=1 needs MIO_BIND, MIO_PUBLIC_URL and MIO_TEAMS_SERVICE_URL on this machine (127.0.0.1)"


def connect(lent: Lent) -> tuple[Platform, Sequence[Route]]:
    from platforms.teams.send import Teams
    from platforms.teams.webhook import routes

    platform = Teams(lent)
    return platform, routes(platform.api, platform.keys, platform.invokes)


def documents(presence: Presence) -> Sequence[Document]:
    from platforms.teams import manifest

    return manifest.documents(presence)


SPEC = PlatformSpec(
    id=PlatformId("teams"),
    title="Teams",
    traits=TRAITS,
    settings=SETTINGS,
    connect=connect,
    installs=installs,
    install_words="consent for your whole Microsoft tenant, signed in as a global administrator",
    spared=spared,
    problems=lambda settings, local: tuple(problems(settings, local)),
    person_scopes=PERSON_SCOPES,
    manifest=documents,
)
