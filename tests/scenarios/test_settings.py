"""Settings in chat: looking, changing, refusing – from two platforms, checked like the environment's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from company import Company, Seat, company

from service.main import program
from storage.policies import Word

SEATS = ("slack", "zoom")


@pytest.fixture
async def imported(acme: Company) -> Company:
    await acme.import_all()
    return acme


@pytest.fixture
async def fixed(tmp_path: Path) -> AsyncIterator[Company]:
    """A company whose operator decided about one setting."""
    async with company(tmp_path, without=("MIO_COMPANY",), MIO_PROMPT_MAX="5") as made:
        await made.import_all()
        yield made


def row(said: str, name: str) -> str:
    """The line of one setting, whichever way a platform lays rows out."""
    _, _, rest = said.partition(name)
    return " ".join(rest.split("\n")[:3]) if "\n" in rest[:3] else rest.split("\n")[0] + rest.split("\n")[1]


@pytest.mark.parametrize("platform", SEATS)
async def test_maya_changes_a_setting_and_takes_it_back(imported: Company, platform: str) -> None:
    maya, cleo = imported.seat(platform, "Maya Ortiz"), imported.seat(platform, "Cleo Park")
    before = len(cleo.cards())
    assert "3d – default" in await maya.asks("settings prompt_every")
    said = await maya.asks("settings MIO_PROMPT_EVERY=2d")
    assert "prompt_every is 2d from now on; before it was 3d." in said, said
    assert imported.program.policy().timetable.every == timedelta(days=2)
    said = await maya.asks("settings prompt-every")
    assert "2d – set in chat by Maya Ortiz" in said and "next reminder" in said, said
    listed = await maya.asks("settings")
    assert "set in chat by Maya Ortiz" in row(listed, "prompt_every"), listed
    assert "default" in row(listed, "undo_window"), listed
    assert "2d already" in await maya.asks("settings prompt_every 2d")
    said = await maya.asks("settings prompt_every default")
    assert "prompt_every is 3d again" in said and "before it was 2d" in said, said
    assert imported.program.policy().timetable.every == timedelta(days=3)
    assert "was not set in chat" in await maya.asks("settings prompt_every default")
    assert "3d already; nothing changed" in await maya.asks("settings undo_window 3d")
    assert not (await imported.program.store.read(lambda tx: tx.policies.rules())).words
    said = await maya.asks("audit 10")
    assert "old 3d, new 2d" in said and "old 2d, new 3d" in said, said
    assert len(cleo.cards()) == before, "only the asker hears"


@pytest.mark.parametrize("platform", SEATS)
async def test_what_is_wrong_is_said_and_changes_nothing(imported: Company, platform: str) -> None:
    maya = imported.seat(platform, "Maya Ortiz")
    for line, words in {
        "settings prompt_every soon": "MIO_PROMPT_EVERY must be a duration such as 3d",
        "settings prompt_every 0s": "MIO_PROMPT_EVERY must be greater than",
        "settings two_person -3": "MIO_TWO_PERSON must be greater than or equal to 0",
        "settings paused perhaps": "MIO_PAUSED must be 'hold' or 'refuse'",
        "settings help_url javascript:alert(1)": "MIO_HELP_URL must be a web address",
        "settings timezone Atlantis": "MIO_TIMEZONE must be a time zone",
        f"settings support {'x' * 250}": "MIO_SUPPORT must be one line of at most 200 characters",
        f"settings help_url https://{'x' * 400}.example": "at most 300 characters",
        "settings guests on": "not available yet",
        "settings files off": "not available yet",
        "settings mark_read off": "not available yet",
        "settings unlinked deliver": "not available yet",
        "settings aliases old.example=new.example": "alias old.example=new.example",
        "settings bind 0.0.0.0:80": "MIO_BIND can be changed only where the bot is started",
        "settings encryption_keys x": "MIO_ENCRYPTION_KEYS can be changed only where",
        "settings slack_signing_secret": "MIO_SLACK_SIGNING_SECRET can be changed only where",
        "settings promt_evry 2d": "settings prompt_every",
    }.items():
        before = imported.program.policy()
        said = await maya.asks(line)
        assert words.lower() in said.lower(), (line, said)
        assert imported.program.policy() == before, line
    assert not (await imported.program.store.read(lambda tx: tx.policies.rules())).words


@pytest.mark.parametrize("platform", SEATS)
async def test_only_administrators_may(imported: Company, platform: str) -> None:
    ann = imported.seat(platform, "Ann Lee")
    for line in ("settings", "settings hold", "settings hold 1h"):
        said = await ann.asks(line)
        assert "Only administrators may do that" in said and "Maya Ortiz" in said, said
    assert "settings" not in await ann.asks("help")
    assert imported.program.policy().hold == timedelta(hours=72)


@pytest.mark.parametrize("platform", SEATS)
async def test_the_environment_wins_and_says_so(fixed: Company, platform: str) -> None:
    maya = fixed.seat(platform, "Maya Ortiz")
    said = await maya.asks("settings prompt_max 1")
    assert "MIO_PROMPT_MAX is given in the environment" in said and "It is 5." in said, said
    assert fixed.program.policy().timetable.most == 5
    assert "given in the environment" in row(await maya.asks("settings"), "prompt_max")


async def test_people_read_what_was_set(fixed: Company) -> None:
    """The company's name on a card and on the pages, and the address of the privacy page."""
    maya: Seat = fixed.seat("slack", "Maya Ortiz")
    await maya.types('settings company "Acme & Sons"')
    await maya.types("settings privacy_url https://acme.example/privacy")
    await maya.types('sync "Ann Lee" primary=slack secondary=zoom')
    await maya.presses("Confirm")
    said = fixed.seat("slack", "Ann Lee").reads()
    assert "Acme & Sons" in said and "https://acme.example/privacy" in said, said
    _, html = await fixed.opens(f"{fixed.program.settings.public_url}/privacy")
    assert "Acme &amp; Sons" in html


async def test_a_restart_keeps_it_and_another_process_follows(imported: Company) -> None:
    program_ = imported.program
    await imported.seat("slack", "Maya Ortiz").types("settings hold 1h")
    async with program(program_.settings, imported.clock) as other:
        assert other.policy().hold == timedelta(hours=1)
        word = Word("2h", "slack:T1:U1", imported.clock.now())
        await other.store.write(lambda tx: tx.policies.set_word("hold", word))
        following = asyncio.create_task(program_.rules.follow())
        async with asyncio.timeout(10):
            while program_.policy().hold != timedelta(hours=2):
                await asyncio.sleep(0)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert program_.engine.hold() == timedelta(hours=2)
