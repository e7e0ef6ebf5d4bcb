"""The grammar: what people type, what is understood, and what a mistake is answered with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import TABLE, Command, Usage, Who, WhoKind, parse
from bot.ids import PlatformId

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")
KNOWN = (SLACK, ZOOM)
ANN = Who(WhoKind.EMAIL, "ann@acme.example")


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", Command("help")),
        ("/mio", Command("help")),
        ("help sync", Command("help", words="sync")),
        ("/mio import", Command("import")),
        ("MIO Import Zoom", Command("import", platforms=(ZOOM,))),
        ("sync", Command("sync")),
        ("sync Ann@Acme.example with=zoom", Command("sync", ANN, secondaries=(ZOOM,))),
        (
            "sync ann@acme.example primary=slack secondary=zoom",
            Command("sync", ANN, primary=SLACK, secondaries=(ZOOM,)),
        ),
        ("sync “Ann Lee” primary=slack", Command("sync", Who(WhoKind.NAME, "Ann Lee"), primary=SLACK)),
        ("sync Ann Lee", Command("sync", Who(WhoKind.NAME, "Ann Lee"))),
        ("sync all", Command("sync", Who(WhoKind.ALL))),
        ("sync on:zoom", Command("sync", Who(WhoKind.ON, "zoom"))),
        ("sync domain:@acme.example", Command("sync", Who(WhoKind.DOMAIN, "acme.example"))),
        ("sync 3", Command("sync", Who(WhoKind.NUMBER, "3"))),
        ("sync @account:slack:T0:U1", Command("sync", Who(WhoKind.ACCOUNT, "slack:T0:U1"))),
        ("primary me zoom", Command("primary", Who(WhoKind.ME), primary=ZOOM)),
        ("why me", Command("status", Who(WhoKind.ME))),
        ("remove ann@acme.example now", Command("remove", ANN)),
        ("confirm #3", Command("confirm", number=3)),
        ("Not now.", Command("not now")),
        ("no thanks!", Command("no thanks")),
        ("try again", Command("try again")),
        ("users on:zoom", Command("users", words="on:zoom")),
        ("mio users lee", Command("users", words="lee")),
        ("users\u00a0lee", Command("users", words="lee")),
    ],
)
def test_what_is_understood(typed: str, understood: Command) -> None:
    assert parse(typed, KNOWN) == understood


@pytest.mark.parametrize(
    ("typed", "wrong", "nearest"),
    [
        ("imprt", "imprt", "import"),
        ("import zom", "zom", "zoom"),
        ("import webex", "webex (not connected here)", "slack, zoom"),
        ("sync ann@acme.example priamry=slack", "priamry=slack", "sync … primary=<platform>"),
        ("sync secondary=zoom", "whom", "sync <who> secondary=<platform>"),
        ("primary ann@acme.example", "which platform, after ann@acme.example", "primary <who> <platform>"),
        ("primary", "who, and which platform", "primary <who> <platform>"),
        ("primary ann@acme.example slak", "slak", "slack"),
        ("sync ann@acme.example secondary=", "secondary=", "sync <who> secondary=slack,zoom"),
        ("sync ann@acme.example primary=", "primary=", "slack, zoom"),
        ("sync ann@acme.example primary=zoom secondary=zoom", "zoom as primary and as secondary", "sync <who> primary=<one> secondary=<other>"),
        ("sync ann@acme.example zoom", "zoom", "ann@acme.example alone, options as name=<value>"),
        ("sync ann@acme.example standins=yes", "standins=yes (not available yet)", "sync <who> secondary=<platform>"),
        ("users on:zom", "zom", "zoom"),
        ("help pryvacy", "pryvacy", "help privacy"),
        ("help auto", "auto", "help import|sync|states|privacy"),
        ("Undo 3", "Undo (not available yet)", "help"),
        ("auto on Sales", "auto (not available yet)", "help"),
        ("connect slack zoom", "zoom", ""),
        ("confirm three", "three", "confirm <n>"),
        ("sync team:ops", "team:ops (not available yet)", "all, new, pending, failed, undecided, on:<platform>, domain:<domain>"),
        ("reset", "whom", "reset <who>"),
        ("next please", "please", "next"),
    ],
)  # fmt: skip
def test_a_mistake_names_what_is_wrong_and_what_is_near(typed: str, wrong: str, nearest: str) -> None:
    found = parse(typed, KNOWN)
    assert isinstance(found, Usage)
    assert (found.wrong, found.nearest) == (wrong, nearest)
    assert isinstance(parse(found.example, KNOWN), Command), "the example works"


def test_the_leading_word_of_the_company_may_be_there_or_not() -> None:
    assert parse("/acme users lee", KNOWN, "/acme") == parse("users lee", KNOWN, "/acme")
    assert isinstance(parse("/acme users lee", KNOWN), Usage)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.verb)
def test_every_example_of_the_table_works(row: object) -> None:
    assert isinstance(parse(row.example, KNOWN), Command)  # type: ignore[attr-defined]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["sync", "primary=", "=", '"', "on:", "me", "🎈", "@"])).map(" ".join)
)
def test_parsing_never_raises(typed: str) -> None:
    assert isinstance(parse(typed, KNOWN), Command | Usage)
