"""sync file: a CSV comes in through a page, and becomes a plan with a word for every line – or nothing at all."""

import asyncio
import csv
import io

import aiohttp
import pytest
from company import Company, Seat
from structlog.testing import capture_logs

from storage.store import Tx


@pytest.fixture
async def maya(acme: Company) -> Seat:
    await acme.import_all()
    return acme.seat("slack", "Maya Ortiz")


def link(seat: Seat, label: str = "Continue") -> str:
    (url,) = [b["url"] for b in seat.cards()[-1]["buttons"] if b["label"] == label]
    return str(url)


async def sent(acme: Company, url: str, data: str | bytes, encoding: str = "utf-8") -> tuple[int, str]:
    form = aiohttp.FormData()
    form.add_field("file", data.encode(encoding) if isinstance(data, str) else data, filename="people.csv")
    async with acme.browser.post(url, data=form) as answer:
        status, page = answer.status, await answer.text()
    await acme.settle()
    return status, page


async def stored(acme: Company) -> tuple[int, int]:
    """Plans, and rows of plans."""

    def count(tx: Tx) -> tuple[int, int]:
        both = [tx.conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in ("plans", "plan_people")]
        return int(both[0] or 0), int(both[1] or 0)

    return await acme.program.store.read(count)


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_a_file_becomes_a_plan_and_each_line_is_answered(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    assert "A CSV file with a header" in await admin.asks("sync file primary=slack secondary=zoom")
    url = link(admin)
    for _ in range(2):
        assert 'type="file"' in (await acme.opens(url))[1]
    assert await stored(acme) == (0, 0), "looking changes nothing"
    status, page = await sent(
        acme,
        url,
        "email;floor;primary;secondary\n"
        "ann@acme.example;3;;\n"
        "bob@acme.example;;zoom;slack\n"
        "nobody@acme.example;;;\n"
        "ANN@acme.example;;;\n"
        "=1+1;;;\n",
    )
    assert status == 200 and "2 of 5 lines were understood" in page
    shown = admin.card("nothing has been sent yet")
    words = "\n".join(shown["lines"])
    assert "2 people, 2 will be asked" in words and "3 lines of the file fitted nobody" in words, words
    assert "link Zoom – Ann Lee" in words and "link Slack – Bob Kim" in words, "a line's own wish counts"
    await admin.presses("Export", "nothing has been sent yet")
    async with acme.browser.post(link(admin, "Export")) as answer:
        rows = list(csv.DictReader(io.StringIO((await answer.text()).lstrip("\ufeff"))))
    assert [row["remark"] for row in rows] == [
        "",
        "primary=zoom secondary=slack",
        "line 4: unknown e-mail nobody@acme.example",
        "line 5: the same person as in line 2",
        "line 6: a formula in column email",
    ]
    await admin.presses("Confirm", "nothing has been sent yet")
    assert "Allow" in acme.seat("slack", "Ann Lee").buttons() and "Allow" in acme.seat("zoom", "Bob Kim").buttons()


async def test_the_link_works_once_and_for_ten_minutes(acme: Company, maya: Seat) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    first = link(maya)
    assert (await sent(acme, first, "email\nann@acme.example\n"))[0] == 200
    before = await stored(acme)
    status, page = await sent(acme, first, "email\nbob@acme.example\n")
    assert status == 410 and "used, or is too old" in page
    await maya.types("sync file primary=slack secondary=zoom")
    second = link(maya)
    await acme.later(minutes=11)
    assert (await sent(acme, second, "email\nbob@acme.example\n"))[0] == 410
    assert await stored(acme) == before


async def test_twice_at_the_same_time_makes_one_plan(acme: Company, maya: Seat) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    url = link(maya)
    both = await asyncio.gather(*(sent(acme, url, "email\nann@acme.example\n") for _ in range(2)))
    assert sorted(status for status, _ in both) == [200, 410]
    assert await stored(acme) == (1, 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("name,phone\nAnn,7\n", "The columns are: name, phone. Expected is one of email, zoom, teams, webex, slack"),
        (b"PK\x03\x04 a spreadsheet", "no CSV file"),
        ("email\n\n", "nobody in it"),
        ('email\n"ann@acme.example\n', "Line 2 cannot be read"),
        ("email\n" + "ann@acme.example\n" * 700 + '"bob', "cannot be read"),
        (b"", "No file arrived"),
    ],
)
async def test_a_file_that_is_refused_leaves_nothing(acme: Company, maya: Seat, data: str | bytes, words: str) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    url, cards = link(maya), len(maya.cards())
    status, page = await sent(acme, url, data)
    assert status == 400 and words in page, page
    assert await stored(acme) == (0, 0) and len(maya.cards()) == cards
    assert (await sent(acme, url, "email\nann@acme.example\n"))[0] == 200, "the link is as good as before"


async def test_an_upload_that_breaks_off_leaves_nothing(acme: Company, maya: Seat) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    url = link(maya)
    bind = acme.program.settings.bind
    for length in (10_000, None):
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\nemail\nann@acme.example\n'
        reader, writer = await asyncio.open_connection(bind.host, bind.port)
        head = f"POST /upload/{url.rpartition('/')[2]} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        writer.write(f"{head}Content-Length: {length or len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        if length is None:
            assert b" 400 " in await reader.readline(), "a form that does not end"
        writer.close()
        await writer.wait_closed()
        await acme.settle()
        assert await stored(acme) == (0, 0)
    assert (await sent(acme, url, "email\nann@acme.example\n"))[0] == 200


async def test_what_is_too_large_is_refused(acme: Company, maya: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    url = link(maya)
    monkeypatch.setattr("service.files.UPLOAD", 1_000)
    status, page = await sent(acme, url, b"email\n" + b"x" * 2_000)
    assert status == 413 and "too large" in page and await stored(acme) == (0, 0)
    monkeypatch.setattr("service.files.FRAME", 0)
    assert (await sent(acme, url, b"email\n" + b"x" * 2_000))[0] == 413


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_only_administrators_send_files(acme: Company, maya: Seat, platform: str) -> None:
    ann, admin = acme.seat(platform, "Ann Lee"), acme.seat(platform, "Maya Ortiz")
    assert "Only administrators" in await ann.asks("sync file secondary=zoom")
    await admin.types("sync file primary=slack secondary=zoom")
    url = link(admin)
    await maya.types("admins add ann@acme.example")
    await acme.seat("slack", "Ann Lee").types("admins remove maya@acme.example")
    with capture_logs() as logs:
        status, page = await sent(acme, url, "email\nbob@acme.example\n")
    assert status == 403 and "Not for you" in page and await stored(acme) == (0, 0)
    assert any(entry["event"] == "file refused" for entry in logs)


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_addresses_of_platforms_and_old_domains(acme: Company, maya: Seat, platform: str) -> None:
    admin = acme.seat(platform, "Maya Ortiz")
    await admin.types("alias old.example=acme.example")
    await admin.types("sync file primary=slack secondary=zoom")
    data = "zoom\tslack\nann@old.example\tann@acme.example\nbob@acme.example\tcleo@acme.example\n\tdana@acme.example\n"
    status, page = await sent(acme, link(admin), data, "utf-16")
    assert status == 200 and "2 of 3 lines" in page
    assert "Ann Lee" in "\n".join(admin.card("nothing has been sent yet")["lines"])


async def test_a_guessed_encoding_is_said(acme: Company, maya: Seat) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    _, page = await sent(acme, link(maya), "name,email\nZoë,ann@acme.example\n", "cp1252")
    assert "Windows-1252" in page and "Windows-1252" in "\n".join(maya.card("1 will be asked")["lines"])


@pytest.mark.parametrize("command", ["reset file", "exclude file", "status file", "primary file zoom", "audit file"])
async def test_other_commands_say_that_a_file_is_not_for_them(acme: Company, maya: Seat, command: str) -> None:
    """Nobody, and certainly not everybody."""
    said = await maya.asks(command)
    assert "A file is not available here" in said and await stored(acme) == (0, 0), said


async def test_many_lines_are_many_small_steps(acme: Company, maya: Seat) -> None:
    await maya.types("sync file primary=slack secondary=zoom")
    lines = [f"p{n}@acme.example" for n in range(1_300)] + ["ann@acme.example"]
    status, page = await sent(acme, link(maya), "email\n" + "\n".join(lines))
    assert status == 200 and "1 of 1301 lines" in page
    assert "1300 lines of the file fitted nobody" in "\n".join(maya.card("1 will be asked")["lines"])
    assert await stored(acme) == (1, 1_301)
