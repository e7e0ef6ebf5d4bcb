"""The audit log in chat and on the command line."""

import pytest
from company import Company, Seat
from sqlalchemy import update

from service.auditing import verified
from storage.schema import acts
from storage.store import Tx


@pytest.fixture
async def maya(acme: Company) -> Seat:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.seat("slack", "Maya Ortiz").types("exclude cleo@acme.example")
    return acme.seat("slack", "Maya Ortiz")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_who_did_what_to_whom(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    said = await admin.asks("audit")
    assert "Maya Ortiz: exclude – Cleo Park" in said and "Ann Lee: allowed – Ann Lee (platform zoom)" in said, said
    said = await admin.asks("audit cleo@acme.example")
    assert "exclude" in said and "allowed" not in said
    said = await admin.asks("audit 1")
    assert "exclude" in said and "allowed" not in said
    assert "Nothing is written down" in await admin.asks("audit emil@acme.example 5")


async def test_only_for_administrators(acme: Company, maya: Seat) -> None:
    ann = acme.seat("slack", "Ann Lee")
    assert "administrator" in await ann.asks("audit")


async def test_the_clock_chains_it_and_the_command_line_checks_it(
    acme: Company, maya: Seat, capsys: pytest.CaptureFixture[str]
) -> None:
    await acme.later(minutes=5)
    assert await verified(acme.program.settings) == 0
    said = capsys.readouterr().out
    assert "The chain holds" in said and "0 wait for their link" in said, said
    await acme.program.store.write(_forged)
    assert await verified(acme.program.settings) == 1
    said = capsys.readouterr().out
    assert "was changed or reordered" in said and "does not hold" in said, said


def _forged(tx: Tx) -> None:
    tx.conn.execute(update(acts).values(verb="nothing"))
