"""Why a link or a plan's line stands as it does: one phrase for each reason and outcome, and the next step. English.

Part of the catalogue in ``bot.words``: wording changes there and here, and nowhere else.
"""

from bot.links import LinkReason
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

NEXT_STEPS: dict[LinkReason, str] = {
    LinkReason.NONE: "",
    LinkReason.ASKED: "Reminders follow by themselves; Reprompt user asks now.",
    LinkReason.PLANNED: "The card is on its way.",
    LinkReason.NOT_NOW: "Reminders follow by themselves.",
    LinkReason.UNANSWERED: "Reprompt user asks again.",
    LinkReason.DECLINED: "Only the person's own connect or Reprompt user asks again.",
    LinkReason.DENIED: "Press Allow again, or Reprompt user.",
    LinkReason.WRONG_ACCOUNT: "Press Allow again and sign in with the right account.",
    LinkReason.NO_ACCOUNT: "Create an account there, then import again.",
    LinkReason.REVOKED: "A new consent card was sent; waiting messages go out after Allow.",
    LinkReason.EXPIRED: "A new consent card was sent; waiting messages go out after Allow.",
    LinkReason.POLICY: "Approve the app at the platform, then Reprompt user.",
    LinkReason.ACCOUNT_GONE: "Import again when the account exists.",
    LinkReason.DISCONNECTED: "Only the person's own connect or Reprompt user asks again.",
    LinkReason.RESET: "Sync again when wanted.",
    LinkReason.LEFT: "",
    LinkReason.UNREACHABLE: "Check the person's account, then Reprompt user.",
    LinkReason.CONNECTING: "Nothing to do; this takes a minute at most.",
}

OUTCOMES: dict[str, str] = {
    Outcome.ASK: "🕐 will be asked to link {platform}",
    Outcome.ALREADY: "✅ already synced to {platform}",
    Outcome.WAITING: "🕐 asked before for {platform}, waiting",
    Outcome.NO_ACCOUNT: "🔺 refused: no {platform} account; ask your {platform} admin to create one, then import again",
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
