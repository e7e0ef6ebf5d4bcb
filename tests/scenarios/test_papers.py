"""Files out of chat: people, plans, and what is stored of oneself – by a link that works once, for ten minutes, for one person."""

import csv
import io
import json
from pathlib import Path

import pytest
from company import Company, Seat, company
from residents import RESIDENTS, all_imported
from structlog.testing import capture_logs

from bot.ids import AccountId, PersonId
from handlers.files import Way
from storage.store import Tx


@pytest.fixture
async def maya(acme: Company) -> Seat:
    """Ann lives in Slack and is linked to Zoom; Cleo was asked."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("sync cleo@acme.example primary=slack secondary=zoom")
    await maya.presses("Confirm")
    return maya


def link(seat: Seat, label: str) -> str:
    """The address behind a button of the newest card."""
    (url,) = [b["url"] for b in seat.cards()[-1]["buttons"] if b["label"] == label]
    assert url, seat.cards()[-1]
    return str(url)


async def fetched(acme: Company, url: str) -> tuple[int, str]:
    """What the page's button gets."""
    async with acme.browser.post(url) as answer:
        return answer.status, await answer.text()


async def acts(acme: Company) -> list[tuple[str, str | None, str]]:
    def work(tx: Tx) -> list[tuple[str, str | None, str]]:
        return [(act.verb, act.actor, act.subject) for act in tx.acts.newest(100)]

    return await acme.program.store.read(work)


async def person(acme: Company, platform: str, name: str) -> tuple[PersonId, AccountId]:
    native = acme.seat(platform, name).id

    def work(tx: Tx) -> tuple[PersonId, AccountId]:
        rows = tx.conn.exec_driver_sql("SELECT id, person FROM accounts").all()
        (found,) = [(row[1], row[0]) for row in rows if row[0].startswith(platform) and row[0].endswith(":" + native)]
        return PersonId(found[0]), AccountId(found[1])

    return await acme.program.store.read(work)


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_an_administrator_exports_people_accounts_and_states(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    assert "one line a person" in await admin.asks("export")
    url = link(admin, "Export")
    for _ in range(2):
        _, page = await acme.opens(url)
        assert "<button>Download</button>" in page and "Nothing happens before" in page
    assert not [verb for verb, _, _ in await acts(acme) if verb == "downloaded"], "looking changes nothing"
    status, text = await fetched(acme, url)
    assert status == 200 and text.startswith("\ufeff")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))}
    ann = rows["Ann Lee"]
    assert (ann["email"], ann["primary"], ann["zoom state"]) == ("ann@acme.example", "slack", "synced")
    assert ann["zoom"] == ann["slack"] == "ann@acme.example" and ann["zoom since"] and ann["excluded"] == "no"
    assert (rows["Cleo Park"]["zoom state"], rows["Cleo Park"]["zoom reason"]) == ("pending", "asked, no answer yet")
    mine, _ = await person(acme, platform, "Maya Ortiz")
    assert ("downloaded", mine, "people") in await acts(acme)


async def test_a_link_works_once_and_for_ten_minutes(acme: Company, maya: Seat) -> None:
    await maya.types("export")
    first = link(maya, "Export")
    assert (await fetched(acme, first))[0] == 200
    status, page = await fetched(acme, first)
    assert status == 410 and "used, or is too old" in page and "ask Mio in chat again" in page
    assert "too old" in (await acme.opens(first))[1]
    await maya.types("export")
    second = link(maya, "Export")
    await acme.later(minutes=11)
    status, page = await fetched(acme, second)
    assert status == 410 and "too old" in page
    assert [verb for verb, _, _ in await acts(acme)].count("downloaded") == 1


async def test_a_changed_link_is_nobodys(acme: Company, maya: Seat) -> None:
    await maya.types("export")
    url = link(maya, "Export")
    with capture_logs() as logs:
        for wrong in (url[:-3] + "abc", url.replace("/download/", "/upload/"), url.rpartition("/")[0] + "/x"):
            status, page = await fetched(acme, wrong)
            assert status == 404 and "not known here" in page
    assert [entry["reason"] for entry in logs if entry["event"] == "file refused"] == ["not our link"] * 3
    assert (await fetched(acme, url))[0] == 200, "the link itself is as good as before"


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_who_is_no_administrator_any_more_gets_nothing(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    await admin.types("export")
    url = link(admin, "Export")
    await acme.seat("slack", "Maya Ortiz").types("admins add ann@acme.example")
    await acme.seat("slack", "Ann Lee").types("admins remove maya@acme.example")
    with capture_logs() as logs:
        status, page = await fetched(acme, url)
    assert status == 403 and "Not for you" in page
    assert any(entry["event"] == "file refused" and entry["reason"] == "refused" for entry in logs)
    mine, _ = await person(acme, platform, "Maya Ortiz")
    assert ("refused", mine, "people") in await acts(acme)


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_only_administrators_export(acme: Company, maya: Seat, platform: str) -> None:
    ann = acme.seat(platform, "Ann Lee")
    assert "Only administrators" in await ann.asks("export")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_a_plans_people_with_what_it_says_of_each(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    await admin.types("sync all primary=slack secondary=zoom")
    assert admin.buttons() == ["Confirm", "Cancel", "Export"]
    await admin.presses("Export")
    assert "lines of a file that fitted nobody" in admin.reads()
    status, text = await fetched(acme, link(admin, "Export"))
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))}
    assert status == 200 and rows["Ann Lee"]["outcome"] == "already synced to Zoom"
    assert rows["Bob Kim"]["outcome"] == "will be asked to link Zoom" and rows["Bob Kim"]["n"]
    await admin.presses("Cancel", "nothing has been sent yet")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_my_data_is_all_that_is_stored_and_nothing_secret(acme: Company, maya: Seat, platform: str) -> None:
    bob = acme.seat("zoom", "Bob Kim")
    await bob.says(acme.seat("zoom", "Ann Lee"), "the secret of the soup")
    await acme.settle()
    ann = acme.seat(platform, "Ann Lee")
    assert "Download my data" in (await ann.asks("me")) or "Download my data" in ann.buttons()
    await ann.presses("Download my data")
    status, text = await fetched(acme, link(ann, "Download my data"))
    assert status == 200
    data = json.loads(text)
    assert data["person"]["email"] == "ann@acme.example" and len(data["accounts"]) == 2
    (linked,) = data["links"]
    assert (linked["platform"], linked["state"]) == ("zoom", "synced") and linked["since"]
    (held,) = data["permissions"]
    assert sorted(held) == ["expires", "kind", "platform", "since"] and held["platform"] == "zoom"
    assert {"act": "allowed", "by": "you"}.items() <= next(a for a in data["acts"] if a["act"] == "allowed").items()
    assert any(a["by"] == "you" and a["act"] == "downloaded" for a in data["acts"])
    assert {card["kind"] for card in data["cards"]} >= {"done", "me", "paper"} - (
        {"done"} if platform == "zoom" else set()
    )
    assert [m["you"] for m in data["messages"]] == ["were written to"] and data["plans"]
    assert "soup" not in text and "Bob" not in text and "Maya" not in text and "sealed" not in text


async def test_somebody_elses_data_is_refused_and_logged(acme: Company, maya: Seat) -> None:
    """Even a link that is signed: what it is about must be the person it was made for."""
    ann, _ = await person(acme, "slack", "Ann Lee")
    bob_is, bob = await person(acme, "zoom", "Bob Kim")
    url = acme.program.signer.file_url(Way.DOWNLOAD, "me", ann, bob, acme.clock.now())
    assert "Not for you" in (await acme.opens(url))[1]
    status, page = await fetched(acme, url)
    assert status == 403 and "written down" in page
    assert ("refused", bob_is, ann) in await acts(acme)


async def test_who_is_unknown_has_no_data(acme: Company) -> None:
    ann = acme.seat("slack", "Ann Lee")
    await ann.types("me")
    assert ann.buttons() and not {"Download my data", "Erase me"} & set(ann.buttons())


async def test_a_long_life_comes_in_pages(acme: Company, maya: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages join without a gap, whatever their size; the files are the same."""
    ann, account = await person(acme, "slack", "Ann Lee")
    _, admins = await person(acme, "slack", "Maya Ortiz")
    found = []
    for size in (500, 2, 1):
        monkeypatch.setattr("handlers.sheets.PAGE", size)
        now = acme.clock.now()
        mine = acme.program.signer.file_url(Way.DOWNLOAD, "me", ann, account, now)
        people = acme.program.signer.file_url(Way.DOWNLOAD, "people", "", admins, now)
        data = json.loads((await fetched(acme, mine))[1])
        found.append((len(data["cards"]), (await fetched(acme, people))[1]))
        assert [act["id"] for act in data["acts"]] == sorted({act["id"] for act in data["acts"]})
    assert found[0] == found[1] == found[2]


async def test_on_every_platform_the_buttons_lead_to_the_file(tmp_path: Path, database: str | None) -> None:
    async with company(tmp_path, database, vendors=("slack", "zoom", "webex", "teams"), MIO_RATES="off") as acme:
        await all_imported(acme.seat("slack", "Maya Ortiz"))
        for platform, name in RESIDENTS.items():
            seat = acme.seat(platform, name)
            await seat.tells_bot("me")
            await acme.calm()
            await seat.presses("Download my data")
            await acme.calm()
            status, text = await fetched(acme, link(seat, "Download my data"))
            assert status == 200 and json.loads(text)["person"]["name"] == name, (platform, text)
            await seat.presses("Erase me")
            await acme.calm()
            await seat.presses("Confirm", "Erase everything about you?")
            await acme.calm()
            assert seat.card("You are erased here")["buttons"] == [], platform
