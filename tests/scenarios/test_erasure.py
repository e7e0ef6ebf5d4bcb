"""Erase me, and what remove leaves behind: nothing – but a number in the audit log that leads to nobody."""

import json

import pytest
from company import Company, Seat

from storage.schema import metadata
from storage.store import Tx

ANN = "ann@acme.example"


@pytest.fixture
async def maya(acme: Company) -> Seat:
    """Ann lives in Slack, Bob in Zoom; both allowed and wrote to each other."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    await acme.seat("zoom", "Bob Kim").says(acme.seat("zoom", "Ann Lee"), "hello")
    await acme.seat("slack", "Ann Lee").says(acme.seat("slack", "Bob Kim"), "hello yourself")
    await acme.settle()
    return acme.seat("slack", "Maya Ortiz")


async def everything(acme: Company) -> dict[str, str]:
    """All that is stored, as text, by table."""

    def work(tx: Tx) -> dict[str, str]:
        return {
            table.name: json.dumps([[str(value) for value in row] for row in tx.conn.execute(table.select())])
            for table in metadata.sorted_tables
        }

    return await acme.program.store.read(work)


def number(stored: dict[str, str]) -> str:
    (mine,) = [row[0] for row in json.loads(stored["people"]) if row[2] == ANN]
    return str(mine)


def live(acme: Company, name: str) -> bool:
    return acme.seat("zoom", name).id in acme.fake("zoom").tokens.of_user


async def asks_for_it(ann: Seat) -> None:
    await ann.types("me")
    assert ann.buttons()[-2:] == ["Download my data", "Erase me"]
    await ann.presses("Erase me")
    assert "Erase everything about you?" in ann.reads() and "cannot be undone" in ann.reads()


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_ann_erases_herself_and_nothing_is_left(acme: Company, maya: Seat, platform: str) -> None:
    ann = acme.seat(platform, "Ann Lee")
    mine = number(await everything(acme))
    traces = [mine, acme.seat("slack", "Ann Lee").id, acme.seat("zoom", "Ann Lee").id, ANN]
    await asks_for_it(ann)
    assert live(acme, "Ann Lee"), "nothing before Confirm"
    await ann.presses("Confirm", "Erase everything about you?")
    assert not live(acme, "Ann Lee"), "revoked at once"
    done = ann.card("You are erased here")
    assert "as a newcomer" in "\n".join(done["lines"]) and done["buttons"] == []
    await acme.seat("zoom", "Bob Kim").says(acme.seat("zoom", "Ann Lee"), "are you there?")
    await acme.settle()
    assert acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim")) == ["hello"]
    await acme.later(minutes=11)
    left = await everything(acme)
    kept = {"acts", "seen", "jobs", "streams", "memory"}
    found = {(name, trace) for name, text in left.items() if name not in kept for trace in traces if trace in text}
    assert not found, found
    assert mine in left["acts"] and "Ann Lee" not in left["acts"] and ANN not in left["acts"]
    assert not [trace for trace in traces[1:] if trace in left["acts"]], "the audit log has numbers, no accounts"
    assert "Ann Lee" not in left["plans"] + left["plan_people"]
    assert "I found nobody" in await maya.asks(f"status {ANN}")
    said = await maya.asks("audit 40")
    assert f"{mine}: erased" in said and "Ann Lee" not in said


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_she_is_a_newcomer_at_the_next_import(acme: Company, maya: Seat, platform: str) -> None:
    """Also when it comes before the last sentence was out; nobody asks her."""
    ann = acme.seat(platform, "Ann Lee")
    mine = number(await everything(acme))
    await asks_for_it(ann)
    await ann.presses("Confirm", "Erase everything about you?")
    await maya.types("import")
    await acme.later(minutes=11)
    stored = await everything(acme)
    assert number(stored) != mine
    assert mine not in "".join(text for name, text in stored.items() if name not in ("acts", "seen", "jobs", "streams"))
    assert "not created" in await maya.asks(f"status {ANN}")
    cards = len(ann.cards())
    await acme.later(days=4)
    assert len(ann.cards()) == cards and "Allow" not in ann.buttons()


async def test_cancel_changes_nothing(acme: Company, maya: Seat) -> None:
    ann = acme.seat("slack", "Ann Lee")
    await asks_for_it(ann)
    await ann.presses("Cancel", "Erase everything about you?")
    assert "Nothing was changed" in ann.reads() and live(acme, "Ann Lee")
    assert "✅ synced" in await maya.asks(f"status {ANN}")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_nobody_else_can_confirm_it(acme: Company, maya: Seat, platform: str) -> None:
    """Neither a colleague nor an administrator, by whatever means; and there is no way back for anybody."""
    ann = acme.seat(platform, "Ann Lee")
    await asks_for_it(ann)
    plan = ann.reads().rpartition("cancel ")[2].rstrip(".")
    for seat, words in ((maya, "belongs to Ann Lee"), (acme.seat("zoom", "Bob Kim"), "Only administrators")):
        assert words in await seat.asks(f"confirm {plan}")
        assert words in await seat.asks(f"cancel {plan}")
    assert (await maya.asks("audit 4")).count("refused") == 4
    await ann.types(f"confirm {plan}")
    assert "You are erased here" in ann.card("You are erased")["lines"][0]
    assert "no way back" in await maya.asks(f"undo {plan}")
    assert "Nothing is stored about you" in await ann.asks("me") or "Erase me" not in ann.buttons()


async def test_what_was_parked_is_revoked_with_her(acme: Company, maya: Seat) -> None:
    """An administrator reset Ann, which could be taken back for three days; she does not wait so long."""
    await maya.types(f"reset {ANN}")
    await maya.presses("Confirm", "Reset Ann Lee?")
    assert live(acme, "Ann Lee")
    ann = acme.seat("slack", "Ann Lee")
    await asks_for_it(ann)
    await ann.presses("Confirm", "Erase everything about you?")
    assert not live(acme, "Ann Lee")
    await maya.types("undo")
    assert "I found nobody" in await maya.asks(f"status {ANN}")


async def test_an_administrator_may_erase_herself(acme: Company, maya: Seat) -> None:
    """What she planned stays, under her number."""
    native = maya.id
    await asks_for_it(maya)
    await maya.presses("Confirm", "Erase everything about you?")
    await acme.later(minutes=11)
    stored = await everything(acme)
    for name in ("plans", "runs", "cards", "accounts", "team_members"):
        assert native not in stored[name], name
    assert json.loads(stored["plans"])


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_a_removed_person_leaves_nothing_either(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    before = await everything(acme)
    mine = number(before)
    assert mine in before["messages"] and mine in before["legs"] and mine in before["plan_people"]
    await admin.types(f"remove {ANN}")
    await admin.presses("Confirm", "Remove Ann Lee?")
    await acme.later(hours=71)
    assert mine in (await everything(acme))["messages"], "undo could need it"
    await acme.later(hours=2)
    left = await everything(acme)
    kept = {"acts", "seen", "jobs", "streams", "memory"}
    found = {name for name, text in left.items() if name not in kept and mine in text}
    assert not found, found


async def test_many_messages_go_in_several_steps(acme: Company, maya: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.closing.ROWS", 1)
    mine = number(await everything(acme))
    assert (await everything(acme))["messages"].count(mine) >= 2
    await maya.types(f"remove {ANN} now")
    await maya.presses("Confirm", "Remove Ann Lee?")
    await acme.later(minutes=11)
    left = await everything(acme)
    assert mine not in left["messages"] + left["parked"] + left["legs"]
