"""What the program knows of Webex before it is connected."""

import platforms
from bot.platform import ByTeam, Hearing, Lent, Listens, Scope
from bot.ready import GrantKind
from platforms.webex import SPEC


def test_webex_is_declared_by_its_public_names() -> None:
    required = [setting.name.removeprefix("MIO_WEBEX_") for setting in SPEC.settings if setting.required]
    assert required == ["BOT_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "WEBHOOK_SECRET"]
    defaults = {
        setting.name.removeprefix("MIO_WEBEX_"): setting.default for setting in SPEC.settings if setting.default
    }
    assert defaults == {
        "API_URL": "https://webexapis.com/v1",
        "REVOKE_URL": "https://idbroker.webex.com/idb/oauth2/v1/revoke",
    }


def test_an_administrator_connects_the_directory() -> None:
    assert SPEC.installs({}) == (GrantKind.DIRECTORY,)
    assert SPEC.traits.scope is Scope.TEAMS and SPEC.traits.hearing is Hearing.PERSON


def test_a_part_leaves_room_below_the_limit() -> None:
    assert SPEC.traits.text_limit < 7_439


def test_connecting_needs_no_network_and_gives_an_address_for_the_bot_and_one_for_people(lent: Lent) -> None:
    platform, routes = platforms.connect(SPEC, lent)
    assert (platform.id, platform.traits) == ("webex", SPEC.traits)
    assert [(route.method, route.path) for route in routes] == [("POST", "/webex/bot"), ("POST", "/webex/user")]
    assert isinstance(platform, ByTeam) and isinstance(platform, Listens)
