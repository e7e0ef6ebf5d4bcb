"""What the program knows of Zoom before it is connected."""

import platforms
from bot.platform import Lent
from bot.ready import GrantKind
from platforms.zoom import SPEC


def test_zoom_is_declared_by_its_public_names() -> None:
    required = [setting.name.removeprefix("MIO_ZOOM_") for setting in SPEC.settings if setting.required]
    assert required == [
        "ACCOUNT_ID",
        "BOT_JID",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "SECRET_TOKEN",
        "USER_CLIENT_ID",
        "USER_CLIENT_SECRET",
        "USER_SECRET_TOKEN",
    ]
    defaults = {setting.name.removeprefix("MIO_ZOOM_"): setting.default for setting in SPEC.settings if setting.default}
    assert defaults == {
        "API_URL": "https://api.zoom.us/v2",
        "OAUTH_URL": "https://zoom.us/oauth",
        "FILE_URL": "https://file.zoom.us/v2",
    }


def test_app_a_is_installed_in_any_case() -> None:
    """A server-to-server app reads the directory, but without app A the bot may write to nobody."""
    assert SPEC.installs({}) == (GrantKind.DIRECTORY,)
    assert SPEC.installs({"MIO_ZOOM_S2S_CLIENT_ID": "app-c"}) == ()
    assert SPEC.proves is GrantKind.BOT, "app A is offered until its bot has written to somebody"


def test_a_part_leaves_room_below_the_limit() -> None:
    assert SPEC.traits.text_limit < 1_024
    assert not SPEC.traits.opens_addresses, "no button can open an address: Allow is a link"


def test_connecting_needs_no_network_and_gives_an_address_for_each_app(lent: Lent) -> None:
    platform, routes = platforms.connect(SPEC, lent)
    assert (platform.id, platform.traits) == ("zoom", SPEC.traits)
    assert [(route.method, route.path) for route in routes] == [("POST", "/zoom/bot"), ("POST", "/zoom/user")]
