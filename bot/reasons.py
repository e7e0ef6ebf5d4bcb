"""Why a link is in its state and what comes next, in words: for administrators, and for the person themselves.

Part of the catalogue in ``bot.words``; what a plan says of people stands here, too. Every reason has both; ``next_step`` fills in
the day of the next card and the leading word.
"""

from bot.links import LinkReason, State
from bot.plans import Outcome

REASONS: dict[LinkReason, str] = {
    LinkReason.NONE: "",
    LinkReason.ASKED: "asked, no answer yet",
    LinkReason.PLANNED: "planned",
    LinkReason.NOT_NOW: "said “Not now”",
    LinkReason.UNANSWERED: "did not answer the last reminder",
    LinkReason.DECLINED: "declined",
    LinkReason.DENIED: "refused on the platform's page",
    LinkReason.WRONG_ACCOUNT: "signed in with another account",
    LinkReason.NO_ACCOUNT: "no account there",
    LinkReason.REVOKED: "the permission was taken back",
    LinkReason.EXPIRED: "the permission has expired",
    LinkReason.POLICY: "the platform's administrators do not allow it",
    LinkReason.ACCOUNT_GONE: "the account is closed",
    LinkReason.DISCONNECTED: "disconnected by the person",
    LinkReason.RESET: "reset by an administrator",
    LinkReason.LEFT: "left the company or lost the account",
    LinkReason.UNREACHABLE: "could not be reached",
    LinkReason.CONNECTING: "allowed; being connected",
}
NEVER_ASKED = "never asked"

NEXT_STEPS: dict[LinkReason, str] = {
    LinkReason.NONE: "Sync asks for it.",
    LinkReason.ASKED: "The next reminder follows on {day}; Reprompt user asks now.",
    LinkReason.PLANNED: "The first card goes out on {day}.",
    LinkReason.NOT_NOW: "Asked again on {day}.",
    LinkReason.UNANSWERED: "No reminder follows any more; Reprompt user asks again.",
    LinkReason.DECLINED: "Only the person's own connect or Reprompt user asks again.",
    LinkReason.DENIED: "They may press Allow again; Reprompt user asks again.",
    LinkReason.WRONG_ACCOUNT: "They have to press Allow again and sign in with the account of their own address.",
    LinkReason.NO_ACCOUNT: "Create an account there, then import again.",
    LinkReason.REVOKED: "A new consent card was sent; waiting messages go out after Allow.",
    LinkReason.EXPIRED: "A new consent card was sent; waiting messages go out after Allow.",
    LinkReason.POLICY: "Approve the app at the platform, then Reprompt user.",
    LinkReason.ACCOUNT_GONE: "Import again when the account exists, then Reprompt user.",
    LinkReason.DISCONNECTED: "Only the person's own connect or Reprompt user asks again.",
    LinkReason.RESET: "Sync again when wanted.",
    LinkReason.LEFT: "Import again when there is an account, then sync.",
    LinkReason.UNREACHABLE: "Check the person's account, then Reprompt user.",
    LinkReason.CONNECTING: "Nothing to do; this takes a minute at most.",
}
"""For administrators and the helpdesk."""

OWN_STEPS: dict[LinkReason, str] = {
    LinkReason.NONE: "Type {command} connect to link it.",
    LinkReason.ASKED: "Press Allow on the card, or type {command} connect to see it again.",
    LinkReason.PLANNED: "You will be asked on {day}. To link it now, type {command} connect.",
    LinkReason.NOT_NOW: "You will be asked again on {day}. To link it now, type {command} connect.",
    LinkReason.UNANSWERED: "You are not reminded any more. Type {command} connect to be asked again.",
    LinkReason.DECLINED: "You are not asked again. If you change your mind, type {command} connect.",
    LinkReason.DENIED: "Press Allow again, or type {command} connect.",
    LinkReason.WRONG_ACCOUNT: "Press Allow again and sign in with your own work account.",
    LinkReason.NO_ACCOUNT: "Ask your administrator for an account there.",
    LinkReason.REVOKED: "Press Allow on the newest card; waiting messages go out then.",
    LinkReason.EXPIRED: "Press Allow on the newest card; waiting messages go out then.",
    LinkReason.POLICY: "Your administrator has to allow it at the platform first.",
    LinkReason.ACCOUNT_GONE: "Ask your administrator for an account there.",
    LinkReason.DISCONNECTED: "You are not asked again. If you change your mind, type {command} connect.",
    LinkReason.RESET: "Nothing to do. To link it again, type {command} connect.",
    LinkReason.LEFT: "Ask your administrator for an account there.",
    LinkReason.UNREACHABLE: "Type {command} connect to be asked again.",
    LinkReason.CONNECTING: "Nothing to do; this takes a minute at most.",
}
"""For the person, on their own card."""

NO_DAY = {
    LinkReason.ASKED: "The last reminder was sent; Reprompt user asks again.",
    LinkReason.PLANNED: "The first card waits until an administrator lets the plan go on.",
    LinkReason.NOT_NOW: "Reprompt user asks again.",
}
OWN_NO_DAY = {
    LinkReason.PLANNED: "You have not been asked yet. To link it now, type {command} connect.",
    LinkReason.NOT_NOW: "To link it, type {command} connect.",
}
"""Where no card is planned, these stand instead."""

OUTCOMES: dict[str, str] = {
    Outcome.ASK: "🕐 will be asked to link {platform}",
    Outcome.ALREADY: "✅ already synced to {platform}",
    Outcome.WAITING: "🕐 asked before for {platform}, waiting",
    Outcome.DECLINED: "🔄 declined {platform}: only their own connect or an express reprompt asks again",
    Outcome.NO_ACCOUNT: "🔺 refused: no {platform} account; ask your {platform} admin to create one, or for a licence, then import again",
    Outcome.NO_HOME_ACCOUNT: "🔺 refused: no account on the primary platform {platform}",
    Outcome.UNDECIDED: "🔺 primary platform to decide: name it with primary=",
    Outcome.EXCLUDED: "🔺 excluded",
    Outcome.LINKED_PRIMARY: "🔺 refused: synced or being asked already, so the primary is changed by itself: primary <who> <platform>",
    Outcome.NOTHING: "🔄 on one platform only, nothing to do",
    "again": "🕐 will be asked again for {platform}",
    "move": "🕐 will be asked to allow {platform}, which they leave; the change follows by itself",
    "set": "🔄 have nothing linked: set to {platform} at once",
    "at home": "✅ already at home in {platform}",
    "leave": "🔄 left alone: synced, never asked, or said no",
    "gone": "🔄 not here any more",
}


def why(state: State, reason: LinkReason, since: str) -> str:
    """The reason with its day, as it follows the state; empty where the state says all."""
    words = REASONS[reason] or (NEVER_ASKED if state is State.NOT_CREATED and not since else "")
    if reason is LinkReason.DECLINED and since:
        return f" – {words} {since}"
    return (f" – {words}" if words else "") + (f", since {since}" if since else "")


def next_step(state: State, reason: LinkReason, day: str, command: str | None = None) -> str:
    """What to do, or what follows by itself. ``day``: of the next card, empty when none is planned. ``command``: the leading
    word where the person themselves reads it; None: an administrator does."""
    if state is State.SYNCED:
        return ""
    if command is None:
        words = NEXT_STEPS[reason] if day else NO_DAY.get(reason, NEXT_STEPS[reason])
    else:
        words = OWN_STEPS[reason] if day else OWN_NO_DAY.get(reason, OWN_STEPS[reason])
    return words.format(day=day, command=command or "")
