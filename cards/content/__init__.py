"""Every card, once: a facts class and the function that makes the card of it.

Facts are plain values that can be stored as JSON; a card is made anew from them whenever it is sent.
"""

from collections.abc import Callable
from typing import Any

from cards.content import answers, conflicts, consent, imports, notices, papers, pauses, people, plans, running, teams
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
from cards.model import Card

__all__ = [
    "KINDS",
    "AdminNotice",
    "Answer",
    "Candidate",
    "CloseCard",
    "Conflict",
    "ConflictRow",
    "Conflicts",
    "Consent",
    "ConsentClosed",
    "ConsentLine",
    "Declined",
    "Done",
    "Help",
    "ImportOverview",
    "ImportProgress",
    "ImportResult",
    "ImportStopped",
    "LinkFacts",
    "Me",
    "Mistake",
    "NightlyImport",
    "NotCarried",
    "NotDelivered",
    "Paper",
    "PauseAll",
    "Paused",
    "PeopleList",
    "PersonCard",
    "PersonRow",
    "PlanCard",
    "PlanDone",
    "PlanGroup",
    "PlatformCount",
    "SettingRow",
    "SettingsCard",
    "Setup",
    "SetupLine",
    "Status",
    "Stopped",
    "TeamChoice",
    "TeamRow",
    "TeamsDropped",
    "Unsure",
    "Waiting",
    "build",
    "kind_of",
]

KINDS: dict[str, tuple[type[Any], Callable[[Any], Card]]] = {
    "answer": (Answer, answers.answer),
    "help": (Help, answers.help_card),
    "mistake": (Mistake, answers.mistake),
    "setup": (Setup, answers.setup),
    "status": (Status, answers.status),
    "me": (Me, answers.me),
    "consent": (Consent, consent.consent),
    "done": (Done, consent.done),
    "declined": (Declined, consent.declined),
    "consent_closed": (ConsentClosed, consent.closed),
    "import_overview": (ImportOverview, imports.overview),
    "import_progress": (ImportProgress, imports.progress),
    "import_result": (ImportResult, imports.result),
    "import_stopped": (ImportStopped, imports.stopped),
    "nightly_import": (NightlyImport, imports.nightly),
    "not_delivered": (NotDelivered, notices.not_delivered),
    "paused": (Paused, pauses.paused),
    "pause_all": (PauseAll, pauses.pause_all),
    "not_carried": (NotCarried, notices.not_carried),
    "waiting": (Waiting, notices.waiting),
    "unsure": (Unsure, notices.unsure),
    "admin_notice": (AdminNotice, notices.admin_notice),
    "paper": (Paper, papers.paper),
    "people": (PeopleList, people.people_list),
    "person": (PersonCard, people.person),
    "conflicts": (Conflicts, conflicts.conflicts),
    "conflict": (Conflict, conflicts.conflict),
    "plan": (PlanCard, plans.plan),
    "plan_done": (PlanDone, plans.done),
    "close": (CloseCard, plans.close),
    "settings": (SettingsCard, running.settings),
    "team_choice": (TeamChoice, teams.choice),
    "teams_dropped": (TeamsDropped, teams.dropped),
}
_KIND_OF = {facts: kind for kind, (facts, _) in KINDS.items()}


def kind_of(facts: object) -> str:
    """The stored name of a facts object's kind of card."""
    return _KIND_OF[type(facts)]


def build(facts: object) -> Card:
    """The card of some facts, as it should look now."""
    return KINDS[kind_of(facts)][1](facts)
