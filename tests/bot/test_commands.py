"""The grammar: what people type, what is understood, and what a mistake is answered with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import AccountRef, Command, Usage, Who, WhoKind, parse
from bot.ids import PlatformId
from bot.verbs import TABLE

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")
KNOWN = (SLACK, ZOOM)
ANN_OLD, ANN_ZOOM = AccountRef("ann@old.example", SLACK), AccountRef("ann@acme.example", ZOOM)
U1 = AccountRef("slack:T0:U1")
ANN = Who(WhoKind.EMAIL, "ann@acme.example")


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("", Command("help")),
        ("/mio", Command("help")),
        ("help sync", Command("help", words="sync")),
        ("/mio import", Command("import")),
        ("MIO Import Zoom", Command("import", platforms=(ZOOM,))),
        ("import slack, zoom", Command("import", platforms=(SLACK, ZOOM))),
        ("import zoom Sales", Command("import", platforms=(ZOOM,), teams=("Sales",))),
        (
            "import zoom add Sales, Field Service",
            Command("import", platforms=(ZOOM,), teams=("Sales", "Field Service")),
        ),
        ("Import Zoom DROP “Sales, North”", Command("import", platforms=(ZOOM,), teams=("Sales", "North"), drop=True)),
        ('import zoom "drop"', Command("import", platforms=(ZOOM,), teams=("drop",))),
        ("import zoom slack fans", Command("import", platforms=(ZOOM,), teams=("slack fans",))),
        ("match slack:Ann@Old.example zoom:ann@acme.example", Command("match", accounts=(ANN_OLD, ANN_ZOOM))),
        (
            "match @account:slack:T0:U1 ann@acme.example",
            Command("match", accounts=(U1, AccountRef("ann@acme.example"))),
        ),
        ("unmatch zoom:<ann@acme.example>", Command("unmatch", accounts=(ANN_ZOOM,))),
        ("unmatch mailto:ann@acme.example", Command("unmatch", accounts=(AccountRef("ann@acme.example"),))),
        ("alias Old.example=Acme.example", Command("alias", domains=("old.example", "acme.example"))),
        ("alias @old.example = @acme.example", Command("alias", domains=("old.example", "acme.example"))),
        ("pause", Command("pause")),
        ("Resume me", Command("resume")),
        ("pause Zoom", Command("pause", platforms=(ZOOM,))),
        ("resume ALL", Command("resume", words="all")),
        ("settings", Command("settings")),
        ("settings prompt_every", Command("settings", setting="prompt_every")),
        ("settings prompt_every 2d", Command("settings", setting="prompt_every", words="2d")),
        ("Settings MIO_PROMPT_EVERY=2d", Command("settings", setting="prompt_every", words="2d")),
        ("settings prompt-every = 2d", Command("settings", setting="prompt_every", words="2d")),
        ("settings company=“Acme & Sons”", Command("settings", setting="company", words="Acme & Sons")),
        ("settings company Acme & Sons", Command("settings", setting="company", words="Acme & Sons")),
        ("settings time-zone Europe/Berlin", Command("settings", setting="timezone", words="Europe/Berlin")),
        (
            "settings help_url https://a.example/?q=1",
            Command("settings", setting="help_url", words="https://a.example/?q=1"),
        ),
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
        ("sync team:Ops", Command("sync", Who(WhoKind.TEAM, "Ops"))),
        ('sync Team:"Blue team" with=zoom', Command("sync", Who(WhoKind.TEAM, "Blue team"), secondaries=(ZOOM,))),
        ("sync “team:Blue team”", Command("sync", Who(WhoKind.TEAM, "Blue team"))),
        ("reset team:Blue team", Command("reset", Who(WhoKind.TEAM, "Blue team"))),
        ("primary team:“On: call” slack", Command("primary", Who(WhoKind.TEAM, "On: call"), primary=SLACK)),
        ('users team:"Blue team"', Command("users", words="team:Blue team")),
        ("why team:ops", Command("status", Who(WhoKind.TEAM, "ops"))),
        ("sync 3", Command("sync", Who(WhoKind.NUMBER, "3"))),
        ("sync @account:slack:T0:U1", Command("sync", Who(WhoKind.ACCOUNT, "slack:T0:U1"))),
        ("primary me zoom", Command("primary", Who(WhoKind.ME), primary=ZOOM)),
        ("why me", Command("status", Who(WhoKind.ME))),
        ("remove ann@acme.example now", Command("remove", ANN, now=True)),
        ("undo", Command("undo")),
        ("Undo #7", Command("undo", number=7)),
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
        ("import zom add Sales", "zom", "zoom"),
        ("import zoom drop", "which team", "import zoom drop <team>"),
        ("import zoom add ,", "which team", "import zoom add <team>"),
        ("match slack:ann@acme.example", "which account", "match <platform>:<e-mail> <platform>:<e-mail>"),
        ("match ann@acme.example bob@acme.example cleo@acme.example", "cleo@acme.example", "match <platform>:<e-mail> <platform>:<e-mail>"),
        ("match slak:ann@acme.example zoom:ann@acme.example", "slak", "slack"),
        ("unmatch", "which account", "unmatch <platform>:<e-mail>"),
        ("unmatch zoom:Ann", "zoom:Ann", "<platform>:<e-mail>, such as slack:ann@acme.example"),
        ("alias", "which domains", "alias <old domain>=<new domain>"),
        ("alias old.example acme.example", "old.example", "alias <old domain>=<new domain>"),
        ("alias acme.example=Acme.example", "acme.example=Acme.example", "alias <old domain>=<new domain>"),
        ("alias old=acme.example", "old=acme.example", "alias <old domain>=<new domain>"),
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
        ("pause zom", "zom", "zoom"),
        ("pause zoom now", "now", "pause zoom"),
        ("Doctor", "Doctor (not available yet)", "help"),
        ("undo it", "it", "undo <n>"),
        ("auto on Sales", "auto (not available yet)", "help"),
        ("connect slack zoom", "zoom", ""),
        ("confirm three", "three", "confirm <n>"),
        ("sync team:", "which team", "team:<name>"),
        ('users team:""', "which team", "team:<name>"),
        ('sync group:"All staff"', "group:All staff (not available yet)", "team:<name>, on:<platform>, domain:<domain>"),
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
