"""What the program knows of Slack before it is connected, and that discovery finds it."""

from pathlib import Path

import platforms
from bot.platform import Lent
from bot.ready import GrantKind
from platforms.slack import SPEC

FOLDER = Path(platforms.__file__).parent


def test_every_platform_folder_is_found_and_has_its_fixed_files() -> None:
    folders = sorted(path.name for path in FOLDER.iterdir() if (path / "__init__.py").is_file())
    assert [str(spec.id) for spec in platforms.specs()] == folders
    assert "slack" in folders
    for name in platforms.FILES:
        assert (FOLDER / "slack" / f"{name}.py").is_file()


def test_slack_is_declared_by_its_public_names() -> None:
    required = [setting.name for setting in SPEC.settings if setting.required]
    assert required == ["MIO_SLACK_CLIENT_ID", "MIO_SLACK_CLIENT_SECRET", "MIO_SLACK_SIGNING_SECRET"]
    assert all(setting.secret for setting in SPEC.settings if setting.name.endswith(("_SECRET", "_TOKEN")))


def test_an_administrator_installs_unless_the_token_is_given() -> None:
    assert SPEC.installs({}) == (GrantKind.BOT,)
    assert SPEC.installs({"MIO_SLACK_BOT_TOKEN": "xoxb-1"}) == ()


def test_connecting_needs_no_network_and_gives_one_address(lent: Lent) -> None:
    platform, routes = platforms.connect(SPEC, lent)
    assert (platform.id, platform.traits) == ("slack", SPEC.traits)
    assert [(route.method, route.path) for route in routes] == [("POST", "/slack/events")]


def test_its_open_questions_are_written_down() -> None:
    lines = (FOLDER / "slack" / "quality.yaml").read_text().splitlines()
    entries = [line for line in lines if line.startswith("  ")]
    assert entries and all("{status: " in line and 'comment: "' in line for line in entries)
