"""When each card is shown, and to whom: one line a kind, for readers who decide about the words and not about the program.

Every kind of ``KINDS`` stands here once; nothing in the program depends on it.
"""

from dataclasses import dataclass
from typing import Literal

Audience = Literal["people", "administrators"]


@dataclass(frozen=True, slots=True)
class Occasion:
    """``when`` is a sentence; ``to`` names the reader."""

    name: str
    audience: Audience
    when: str
    to: str


ASKED = "the person whose account is to be linked, on their primary platform"
WRITER = "the writer, on their primary platform"
ASKER = "whoever typed the command, in their direct conversation with the bot"
ADMIN = "the administrator who typed the command"

OCCASIONS: dict[str, Occasion] = {
    "consent": Occasion("Consent", "people", "An administrator confirmed a plan, or a reminder is due.", ASKED),
    "done": Occasion("Linked", "people", "The person allowed it; this replaces the consent card.", ASKED),
    "declined": Occasion("Declined", "people", "The person pressed No thanks; this replaces the consent card.", ASKED),
    "consent_closed": Occasion(
        "No longer asked",
        "people",
        "The question was taken back before an answer; this replaces the consent card.",
        ASKED,
    ),
    "not_delivered": Occasion(
        "Not delivered", "people", "A message could not be carried; more of them are counted on the same card.", WRITER
    ),
    "waiting": Occasion("Waiting", "people", "A permission ended; messages wait for it to come back.", WRITER),
    "paused": Occasion("Paused", "people", "A message waits for the end of a pause.", WRITER),
    "pause_all": Occasion("Pause everything", "administrators", "An administrator typed: pause all.", ADMIN),
    "not_carried": Occasion(
        "Not carried",
        "people",
        "Somebody outside, or a bot, wrote to the linked account.",
        "the linked person, once a day",
    ),
    "unsure": Occasion("Unknown", "people", "Nobody can tell whether a message arrived; it is not sent again.", WRITER),
    "me": Occasion("My links", "people", "Somebody typed: me.", "that person alone"),
    "help": Occasion("Help", "people", "Somebody typed: help. Only what this person may use is listed.", ASKER),
    "mistake": Occasion("Not understood", "people", "A command could not be read.", ASKER),
    "answer": Occasion(
        "Answer", "people", "A command was carried out or refused; the words follow the command.", ASKER
    ),
    "paper": Occasion(
        "A file", "people", "Export or Download my data was pressed, or somebody typed: export, or sync file.", ASKER
    ),
    "setup": Occasion("Connect Center", "administrators", "An administrator typed: setup.", ADMIN),
    "settings": Occasion("Settings", "administrators", "An administrator typed: settings.", ADMIN),
    "import_overview": Occasion("Import", "administrators", "An administrator typed: import.", ADMIN),
    "import_progress": Occasion("Import, running", "administrators", "An import runs; the card is renewed.", ADMIN),
    "import_result": Occasion("Import, result", "administrators", "An import ended.", ADMIN),
    "import_stopped": Occasion("Import, stopped", "administrators", "A platform refused to list its people.", ADMIN),
    "nightly_import": Occasion(
        "The night's import",
        "administrators",
        "The nightly import found newcomers, leavers or conflicts, or could not be finished.",
        "every administrator, once a night at most",
    ),
    "team_choice": Occasion(
        "Select teams",
        "administrators",
        "An administrator imports a platform whose people come by team.",
        ADMIN,
    ),
    "teams_dropped": Occasion(
        "Teams dropped", "administrators", "A team that brought people in is no longer selected.", ADMIN
    ),
    "people": Occasion("People", "administrators", "An administrator or the helpdesk typed: sync or users.", ASKER),
    "person": Occasion("One person", "administrators", "Somebody was chosen from the list.", ADMIN),
    "conflicts": Occasion("Conflicts", "administrators", "An administrator typed: conflicts.", ADMIN),
    "conflict": Occasion("One conflict", "administrators", "One was chosen from the list of conflicts.", ADMIN),
    "plan": Occasion("Plan", "administrators", "An administrator typed: sync … Nothing is sent before Confirm.", ADMIN),
    "plan_done": Occasion(
        "Plan, what became of it", "administrators", "A plan was confirmed or cancelled, or goes out in waves.", ADMIN
    ),
    "close": Occasion(
        "Ending syncs",
        "administrators",
        "Reset user or Remove user was pressed or typed, or somebody is excluded.",
        ADMIN,
    ),
    "status": Occasion("Status", "administrators", "An administrator or the helpdesk typed: status.", ASKER),
    "admin_notice": Occasion(
        "To be mended",
        "administrators",
        "Something broke that only an administrator can mend.",
        "every administrator, once",
    ),
}
