"""Facts for every card, so that every face of every card can be looked at: in the export, and by the tests.

The people are made up. The first example of a kind is its usual case; the others say how they differ.
"""

from dataclasses import dataclass, replace

from bot.links import LinkReason, State
from bot.pauses import By
from bot.people import Kind
from bot.plans import Outcome
from bot.relay import Reason
from bot.words import say
from cards.content.answers import Answer, Help, Me, Mistake, Setup, SetupLine, Status
from cards.content.conflicts import Candidate, Conflict, ConflictRow, Conflicts
from cards.content.consent import Consent, ConsentClosed, ConsentLine, Declined, Done
from cards.content.imports import (
    ImportOverview,
    ImportProgress,
    ImportResult,
    ImportStopped,
    NightlyImport,
    PlatformCount,
)
from cards.content.notices import AdminNotice, NotCarried, NotDelivered, Unsure, Waiting
from cards.content.papers import Paper
from cards.content.pauses import PauseAll, Paused, Stopped
from cards.content.people import LinkFacts, PeopleList, PersonCard, PersonRow
from cards.content.plans import CloseCard, PlanCard, PlanDone, PlanGroup
from cards.content.running import SettingRow, SettingsCard
from cards.content.teams import TeamChoice, TeamRow, TeamsDropped

URL = "https://bot.acme.example/allow/abc"
FILE = "https://bot.acme.example/download/abc"
PRIVACY = "https://bot.acme.example/privacy"


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a card is read: the reader's platform (id and title), another one, and the company's own names."""

    company: str = "Acme"
    bot: str = "Mio"
    command: str = "/mio"
    home: tuple[str, str] = ("slack", "Slack")
    away: tuple[str, str] = ("zoom", "Zoom")


@dataclass(frozen=True, slots=True)
class Example:
    """``note``: how it differs from the usual case."""

    facts: object
    note: str = ""


Examples = dict[str, tuple[Example, ...]]


def examples(scene: Scene) -> Examples:
    """By kind; every kind of ``KINDS`` has at least one."""
    return {
        **_consent(scene),
        **_notices(scene),
        **_answers(scene),
        **_imports(scene),
        **_people(scene),
        **_conflicts(scene),
        **_plans(scene),
        **_closing(),
        **_teams(),
        **_running(),
    }


def _consent(scene: Scene) -> Examples:
    away = scene.away[1]

    def asked(state: State, reason: LinkReason) -> Consent:
        line = ConsentLine(away, state, reason, URL)
        return Consent(scene.company, "Maya Ortiz", scene.command, PRIVACY, (line,))

    return {
        "consent": (
            Example(asked(State.PENDING, LinkReason.ASKED)),
            Example(asked(State.PENDING, LinkReason.EXPIRED), "Asked again, because the permission has ended."),
        ),
        "done": (Example(Done((away,), scene.company, scene.command)),),
        "declined": (Example(Declined((away,), scene.command)),),
        "consent_closed": (Example(ConsentClosed(scene.command)),),
    }


def _paused(stop: Stopped) -> tuple[Example, ...]:
    by_reader = replace(stop, by=By.READER, what="Ann Lee")
    return (
        Example(Paused("Ann Lee", 2, "14:02", "14:05", "Thursday 14:02", stop)),
        Example(Paused("Ann Lee", 1, "14:02", "14:02", "Thursday 14:02", by_reader), "The reader has paused."),
        Example(Paused("Ann Lee", 2, "14:02", "14:05", "Thursday 14:02", stop, over=True), "The pause is over."),
    )


def _notices(scene: Scene) -> Examples:
    home, away = scene.home[1], scene.away[1]

    def lost(own: bool, account: bool, count: int, reason: str, url: str | None) -> NotDelivered:
        return NotDelivered("Ann Lee", away, away, own, account, count, "14:02", "14:05", url, reason, scene.command)

    linked = Reason.READER_NOT_LINKED
    stop = Stopped(By.PLATFORM, away, "13:40", scene.command)
    reader = NotDelivered("Ann Lee", away, home, False, True, 1, "14:02", "14:02", None, linked, scene.command)
    return {
        "not_delivered": (
            Example(lost(True, True, 2, Reason.WRITER_NOT_LINKED, URL)),
            Example(lost(True, False, 1, Reason.WRITER_NOT_LINKED, None), f"The writer has no account in {away}."),
            Example(reader, "The reader is not linked."),
            Example(lost(False, True, 1, Reason.EXPIRED, None), "It waited for a permission until it was deleted."),
            Example(replace(lost(False, True, 1, Reason.PAUSED, None), stop=stop), "Paused, and messages are refused."),
            Example(lost(False, True, 1, "message too long", None), "The other platform refused it."),
        ),
        "waiting": (
            Example(Waiting("Ann Lee", away, 2, "14:02", "14:05", "Thursday 14:02", URL)),
            Example(Waiting("Ann Lee", away, 2, "14:02", "14:05", "Thursday 14:02", None), "The permission is back."),
        ),
        "paused": _paused(stop),
        "not_carried": (
            Example(NotCarried("Gail Guest", Kind.GUEST, scene.company, away)),
            Example(NotCarried("", Kind.GUEST, scene.company, away, (away,)), "Others wrote, too"),
        ),
        "unsure": (Example(Unsure("Ann Lee", "14:02")),),
        "admin_notice": (
            Example(AdminNotice("admin.grant_lost", "Bob Kim", home, LinkReason.POLICY)),
            Example(
                AdminNotice("admin.app_lost", "", away, LinkReason.NONE), "The platform no longer accepts the bot."
            ),
        ),
    }


def _answers(scene: Scene) -> Examples:
    (home_id, home), (away_id, away) = scene.home, scene.away
    link = LinkFacts(away_id, away, State.PENDING, LinkReason.NOT_NOW, "5 May", "8 May")
    connected = SetupLine(home, True, "the bot is installed", None, home_id)
    usage = (("sync [who]", "the list; with who: a plan"), ("me", "what is linked"))
    to_do = SetupLine(away, False, "an administrator has to allow it there", URL, away_id)
    ready = SetupLine(away, True, "the bot is installed", None, away_id)
    wrong = Mistake("sync", "priamry=slack", "sync … primary=<platform>", "sync ann@acme.example", scene.command)
    return {
        "answer": (Example(Answer("Reprompt user", ("2 people were asked again.",), (("Help", "help:"),))),),
        "help": (Example(Help(scene.command, usage, ("import",))),),
        "mistake": (Example(wrong),),
        "setup": (Example(Setup((connected, to_do))), Example(Setup((connected, ready)), "Everything is connected.")),
        "status": (
            Example(
                Status(
                    1600, ((away, "synced", 12), (away, "pending", 3)), 4, 1, "12 May", ((away, LinkReason.POLICY, 2),)
                )
            ),
        ),
        "me": (
            Example(Me("Ann Lee", scene.bot, home, (link,), scene.command, True)),
            Example(Me("Ann Lee", scene.bot, home, (), scene.command, True), "Nothing is linked."),
            Example(Me("Ann Lee", scene.bot, "", (), scene.command), "Not imported."),
            Example(Me("Ann Lee", scene.bot, home, (link,), scene.command, True, "14:02"), "While paused."),
        ),
        "paper": (
            Example(Paper("people", FILE)),
            Example(Paper("plan", FILE, 3), "Export was pressed on a plan."),
            Example(Paper("me", FILE), "Download my data was pressed."),
            Example(Paper("sync", FILE), "An administrator typed: sync file."),
        ),
    }


def _imports(scene: Scene) -> Examples:
    away = scene.away[1]
    counts = (PlatformCount(scene.home[1], 1200, True), PlatformCount(away, 400, False))
    read = tuple(PlatformCount(c.platform, c.count, True) for c in counts)
    return {
        "import_overview": (Example(ImportOverview(counts)),),
        "import_progress": (Example(ImportProgress(counts)),),
        "import_result": (
            Example(ImportResult(read, 350, 900, 350, 3, 1, 0, 2, 0, True)),
            Example(ImportResult(read, 350, 900, 350, 3, 1, 0, 0, 60, True), "Many accounts were missing."),
        ),
        "nightly_import": (
            Example(NightlyImport(3, 1, 1)),
            Example(NightlyImport(missing=60, stopped=((away, "403"),)), "Something did not work."),
        ),
        "import_stopped": (Example(ImportStopped(away, "the permission to list people is missing")),),
    }


def _people(scene: Scene) -> Examples:
    (home_id, home), (away_id, away) = scene.home, scene.away
    counts = (("synced", 12), ("pending", 3))

    def links(state: State, reason: LinkReason) -> tuple[LinkFacts, ...]:
        return (LinkFacts(away_id, away, state, reason, "5 May"),)

    def person(state: State, reason: LinkReason, excluded: bool = False) -> PersonCard:
        accounts = (scene.home, scene.away)
        return PersonCard("p1", "Ann Lee", "ann@acme.example", accounts, home_id, home, links(state, reason), excluded)

    both = (scene.home, scene.away)
    row = PersonRow(1, "p1", "Ann Lee", "ann@acme.example", home, links(State.PENDING, LinkReason.NOT_NOW))
    return {
        "people": (
            Example(PeopleList((row,), 2, 3, 21, "all", counts, platforms=both)),
            Example(PeopleList((), 1, 1, 0, "pending", (), words="lee", platforms=both), "Nobody was found."),
        ),
        "person": (
            Example(person(State.PENDING, LinkReason.NOT_NOW)),
            Example(person(State.NOT_CREATED, LinkReason.DECLINED), "The person declined."),
            Example(person(State.NOT_CREATED, LinkReason.NONE, True), "The person is excluded."),
        ),
    }


def _conflicts(scene: Scene) -> Examples:
    home, away = scene.home[1], scene.away[1]
    gus, second = f"gus@acme.example ({home} and {away})", f"gus@old.example ({away})"
    there = f"gus@acme.example ({away})"
    rows = (
        ConflictRow(1, "Gus W.", second, "fits Gus Weber", "a1"),
        ConflictRow(2, "Fay Wong", f"fay@acme.example ({home}); f.w@sub.example ({away})", "the same name", "a2", "a3"),
    )
    has = Candidate("p1", "Gus Weber", gus, there)
    other = Candidate("p2", "Gus Weber", f"g.weber@acme.example ({home})")
    fay = Candidate("p4", "Fay Wong", f"f.w@sub.example ({away})")
    same = Conflict("t3", "Fay Wong", f"fay@acme.example ({home})", home, "a2", "a3", (fay,))
    return {
        "conflicts": (
            Example(Conflicts("t1", rows, 1, 2, 12)),
            Example(Conflicts("t1", (), 1, 1, 0), "There is nothing to decide."),
        ),
        "conflict": (
            Example(Conflict("t2", "Gus W.", second, away, "a1", candidates=(has,))),
            Example(Conflict("t2", "Gus W.", second, away, "a1", candidates=(has, other)), "It fits two people."),
            Example(Conflict("t2", "Gus W.", second, away, "a1"), "It fits nobody any more."),
            Example(same, "Two people of one name: a suggestion."),
            Example(replace(same, state="matched", chosen="Fay Wong"), "After Match."),
            Example(replace(same, state="apart"), "After Keep apart."),
        ),
    }


def _plans(scene: Scene) -> Examples:
    away = scene.away[1]
    ask = PlanGroup(Outcome.ASK, away, 12, ("Ann Lee", "Bob Kim"))
    refused = PlanGroup(Outcome.NO_ACCOUNT, away, 1, ("Dana Ruiz",))
    limits = (say("plan.limit.waves", per_day=500, last="Thursday 14 May"),)
    days = ("Wednesday 13 May", "Thursday 14 May")
    return {
        "plan": (
            Example(PlanCard("pl1", 3, scene.home[1], (ask, refused), 13, 12)),
            Example(PlanCard("pl1", 3, "", (refused,), 1, 0, retry="p1.zoom.slack"), "Nobody would be asked."),
            Example(PlanCard("pl1", 3, "", (), 12_000, 0, "making"), "While a large plan is being made."),
            Example(
                PlanCard("pl1", 3, "", (ask,), 1_400, 1_200, "second", 2, limits, 3, "Maya Ortiz"),
                "A large plan: a second administrator has to agree, and the world has changed.",
            ),
        ),
        "plan_done": (
            Example(PlanDone(3, "done", 12, 1)),
            Example(PlanDone(3, "running"), "While it is carried out."),
            Example(PlanDone(3, "waves", 500, 0, "pl1", 700, 310, 12, 3, *days), "While it goes out in waves."),
            Example(PlanDone(3, "stopped", 500, 0, "pl1", 700, 210, 112, 3, *days), "Too many declined or failed."),
            Example(PlanDone(3, "cancelled"), "Cancelled."),
        ),
    }


def _closing() -> Examples:
    return {
        "close": (
            Example(CloseCard("pl1", 4, "reset", ("Ann Lee",), 1, window="3 days", linked=1)),
            Example(CloseCard("pl1", 4, "remove", ("Ann Lee",), 1, window="3 days"), "Remove user."),
            Example(CloseCard("pl1", 4, "remove", ("Ann Lee",), 1), "Remove user, at once and for good."),
            Example(CloseCard("pl1", 4, "erase", ("Ann Lee",), 1), "Erase me was pressed."),
            Example(CloseCard("pl1", 4, "erase", ("Ann Lee",), 1, "done"), "Erase me was confirmed."),
            Example(CloseCard("pl1", 4, "exclude", ("Ann Lee",), 1, window="3 days"), "Exclude somebody."),
            Example(CloseCard("pl1", 4, "include", ("Ann Lee",), 30), "Take many back who were excluded."),
            Example(
                CloseCard("pl1", 4, "reset", ("Ann Lee",), 900, "second", window="3 days", changed=2),
                "A second administrator has to agree, and the world has changed.",
            ),
            Example(CloseCard("pl1", 4, "reset", ("Ann Lee",), 900, "running"), "While many are reset."),
            Example(CloseCard("pl1", 4, "reset", ("Ann Lee",), 1, "done", "Friday 15 May, 14:02"), "After Confirm."),
            Example(CloseCard("pl1", 4, "reset", ("Ann Lee",), 1, "undone", back=1), "After Undo."),
            Example(CloseCard("pl1", 4, "reset", ("Ann Lee",), 1, "cancelled"), "After Cancel."),
        ),
    }


def _teams() -> Examples:
    names = ("Field sales", "Finance", "Front desk", "Support, nights", "Support, weekdays")
    rows = tuple(TeamRow(number, f"t{number}", name) for number, name in enumerate(names, 1))
    choice = TeamChoice("webex", "Webex", rows, ("t1", "t9"), 1, 3, 25)
    return {
        "team_choice": (
            Example(choice),
            Example(TeamChoice("webex", "Webex", (), (), 1, 1, 0, loading=True), "while the list is read"),
            Example(TeamChoice("webex", "Webex", (), (), 1, 1, 0, trouble="403"), "the list cannot be read"),
        ),
        "teams_dropped": (
            Example(TeamsDropped("p8", 8, "Webex", ("Field sales",), 4)),
            Example(TeamsDropped("p8", 8, "Webex", ("Field sales",), 4, "unsynced"), "unsynced"),
        ),
    }


def _running() -> Examples:
    rows = (
        SettingRow("prompt_every", "2d", say("settings.chat", name="Maya Ortiz", at="12 May 14:02")),
        SettingRow("undo_window", "3d", say("settings.default")),
        SettingRow("company", "Acme", say("settings.fixed", origin="the environment")),
    )
    question = PauseAll("pl1", 5, "Slack and Zoom", refuse=False)
    return {
        "settings": (Example(SettingsCard(rows)),),
        "pause_all": (
            Example(question),
            Example(replace(question, refuse=True), "While messages are refused instead of held."),
            Example(replace(question, state="done"), "After Confirm."),
            Example(replace(question, state="cancelled"), "After Cancel."),
        ),
    }
