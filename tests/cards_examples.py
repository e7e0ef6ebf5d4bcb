"""One set of facts for every card, so that every face of every card can be looked at."""

from typing import Any

from bot.links import LinkReason, State
from bot.plans import Outcome
from bot.relay import Reason
from cards import content as c

URL = "https://bot.acme.example/allow/abc"
LINKS = (
    c.LinkFacts("slack", "Slack", State.SYNCED, LinkReason.NONE, "4 May"),
    c.LinkFacts("zoom", "Zoom", State.PENDING, LinkReason.NOT_NOW, "5 May"),
)
ROW = c.PersonRow(1, "p1", "Ann <b>&</b> Lee", "ann@acme.example", "Slack", LINKS[1:])
COUNTS = (c.PlatformCount("Slack", 1200, True), c.PlatformCount("Zoom", 400, False))

EXAMPLES: dict[str, Any] = {
    "answer": c.Answer("Reprompt user", ("2 people were asked again.",), (("Help", "help:"),)),
    "help": c.Help("/mio", (("sync [who]", "the list; with who: a plan"), ("me", "what is linked")), ("import",)),
    "mistake": c.Mistake("sync", "priamry=slack", "sync … primary=<platform>", "sync ann@acme.example", "/mio"),
    "setup": c.Setup(
        (
            c.SetupLine("Slack", True, "the bot is installed", None, "slack"),
            c.SetupLine("Zoom", False, "authorise app A as an administrator", URL, "zoom"),
        )
    ),
    "status": c.Status(1600, (("Zoom", "synced", 12), ("Zoom", "pending", 3)), 4, 1),
    "me": c.Me("Ann Lee", "Mio", "Slack", LINKS[1:], "/mio"),
    "consent": c.Consent(
        "Acme IT",
        "Maya Ortiz",
        "/mio",
        "https://bot.acme.example/privacy",
        (c.ConsentLine("Zoom", State.PENDING, LinkReason.ASKED, URL),),
    ),
    "done": c.Done(("Zoom",), "Acme", "/mio"),
    "declined": c.Declined(("Zoom",), "/mio"),
    "consent_closed": c.ConsentClosed("/mio"),
    "import_overview": c.ImportOverview(COUNTS),
    "import_progress": c.ImportProgress(COUNTS),
    "import_result": c.ImportResult(COUNTS, 350, 900, 350, 3, 1, 0, 2, 0, True),
    "import_stopped": c.ImportStopped("Zoom", "scopes missing: user:read:list_users:admin"),
    "not_delivered": c.NotDelivered(
        "Ann Lee", "Slack", "Slack", True, True, 2, "14:02", "14:05", URL, Reason.WRITER_NOT_LINKED, "/mio"
    ),
    "unsure": c.Unsure("Ann Lee", "14:02"),
    "admin_notice": c.AdminNotice("admin.grant_lost", "Bob Kim", "Slack", LinkReason.POLICY),
    "people": c.PeopleList((ROW,), 2, 3, 21, "", (("synced", 12), ("pending", 3))),
    "person": c.PersonCard(
        "p1", "Ann Lee", "ann@acme.example", (("slack", "Slack"), ("zoom", "Zoom")), "slack", "Slack", LINKS[1:], False
    ),
    "plan": c.PlanCard(
        "pl1",
        3,
        "Slack",
        (
            c.PlanGroup(Outcome.ASK, "Zoom", 12, ("Ann Lee", "Bob Kim")),
            c.PlanGroup(Outcome.NO_ACCOUNT, "Zoom", 1, ("Dana Ruiz",)),
        ),
        13,
        12,
    ),
    "plan_done": c.PlanDone(3, "done", 12, 1),
    "close": c.CloseCard("pl1", 4, "reset", ("Ann Lee",), 1),
}
