"""Slack: one app in one workspace; people's direct messages through user tokens, cards and commands through the bot."""

from collections.abc import Mapping, Sequence

from bot.ids import PlatformId
from bot.platform import Lent, Platform, PlatformSpec, Revocable, Route, Setting, Traits
from bot.presence import Document, Presence
from bot.ready import GrantKind
from bot.text import Unit
from platforms.slack.members import BOT_SCOPES, USER_SCOPES

TRAITS = Traits(
    # docs.slack.dev recommends 4,000 characters for a message's text; some room is left for words put before it.
    text_limit=3_800,
    text_unit=Unit.CHARACTER,
    card_replaceable=True,
    opens_addresses=True,
    buttons=25,
    revoke=Revocable.YES,
)

SETTINGS = (
    Setting("MIO_SLACK_CLIENT_ID", True, False, "", "the app's client id (Basic information)"),
    Setting("MIO_SLACK_CLIENT_SECRET", True, True, "", "the app's client secret"),
    Setting("MIO_SLACK_SIGNING_SECRET", True, True, "", "the app's signing secret"),
    Setting("MIO_SLACK_BOT_TOKEN", False, True, "", "the bot token of an app without token rotation"),
    Setting("MIO_SLACK_API_URL", False, False, "https://slack.com/api/", "address of the Web API"),
    Setting(
        "MIO_SLACK_AUTHORIZE_URL", False, False, "https://slack.com/oauth/v2/authorize", "address of the consent page"
    ),
)


def installs(settings: Mapping[str, str]) -> tuple[GrantKind, ...]:
    return () if settings.get("MIO_SLACK_BOT_TOKEN") else (GrantKind.BOT,)


def documents(presence: Presence) -> Sequence[Document]:
    from platforms.slack.manifest import manifest

    return manifest(presence)


def connect(lent: Lent) -> tuple[Platform, Sequence[Route]]:
    from platforms.slack.send import Slack
    from platforms.slack.webhook import routes

    platform = Slack(lent)
    return platform, routes(lent, platform.bot_channel)


SPEC = PlatformSpec(
    id=PlatformId("slack"),
    title="Slack",
    traits=TRAITS,
    settings=SETTINGS,
    connect=connect,
    installs=installs,
    install_words="install the app into your Slack workspace as an owner or administrator",
    person_scopes=USER_SCOPES,
    manifest=documents,
)

__all__ = ["BOT_SCOPES", "SPEC"]
