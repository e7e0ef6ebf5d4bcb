"""The catalogue: every sentence that people read, by key, in English. Wording changes here and nowhere else.

Pure. A template's fields are filled by ``say``; an icon never stands without its word.
"""

import re

from bot.links import LinkReason, State
from bot.plans import Outcome

ICONS = {State.SYNCED: "✅", State.PENDING: "🕐", State.FAILED: "🔺", State.NOT_CREATED: "🔄"}

LEGEND = (
    "✅ synced: can send and receive cross-platform direct messages · 🕐 pending: asked; waiting for the person to allow · "
    "🔺 failed: did not work; the reason is one tap away · 🔄 not created: no sync yet, or declined; press to start"
)

WORDS: dict[str, str] = {
    # messages on their way
    "message.late": "({time}) ",
    "message.file_left": "[File “{name}” was not carried: files do not cross platforms yet.]",
    # consent
    "consent.title": "Let {platforms} colleagues reach you here",
    "consent.asks": "{who} asks to link your {platforms} account.",
    "consent.what": "Direct messages to it arrive here; your replies appear there as you.",
    "consent.rights": "{platforms} will list wide rights, including reading all your direct messages. "
    "Only one-to-one messages with colleagues are passed on; no text is kept after delivery.",
    "consent.stop": "Optional. Stop any time: {command} disconnect.",
    "consent.line": "{platform}: {icon} {state}{reason}",
    "consent.privacy": "What is read and kept: {url}",
    "consent.twins": "Or type: allow, not now, no thanks.",
    "done.title": "Done",
    "done.text": "{platforms} colleagues now reach you here. Find them in the people search as before. Not carried: group chats, "
    "channels, calls and people outside {company}; look into {platforms} for those.",
    "done.mute": "To avoid double alerts, mute {platforms}'s chat notifications, but do not sign out or delete the account. "
    "Stop any time: {command} disconnect.",
    "declined.title": "Not linked",
    "declined.text": "Your {platforms} account is not linked, and you will not be asked again. If you change your mind: {command} connect.",
    "closed.title": "No longer needed",
    "closed.text": "This question was taken back; there is nothing to do. To link an account yourself: {command} connect.",
    # notices
    "undelivered.title.one": "{reader} did not get your message of {time}.",
    "undelivered.title.many": "{reader} did not get {count} of your messages, {first} to {last}.",
    "undelivered.own": "{reader} works in {home}, and your {missing} account is not linked yet.",
    "undelivered.own_allow": "Press Allow once and your messages will reach {reader} there. I kept no copy: please send it again.",
    "undelivered.own_ask": "Type {command} connect to link it, then send the message again; I kept no copy.",
    "undelivered.own_none": "You have no {missing} account that could carry it. Please ask your administrator. I kept no copy.",
    "undelivered.reader": "{reader} works in {home} and is not linked to {missing} at the moment. I kept no copy; please reach {reader} another way.",
    "undelivered.refused": "{home} did not take it ({reason}). I kept no copy.",
    "undelivered.expired": "It waited for a permission that did not come back in time and was deleted unsent.",
    "undelivered.removed": "Somebody who is not here any more",
    "outside.outside": "{name} (outside {company}) wrote to you in {platform}",
    "outside.bot": "{name} (a bot) wrote to you in {platform}",
    "outside.member": "{name} wrote to you in {platform}",
    "outside.somebody": "Somebody",
    "outside.company": "your company",
    "outside.text": "That is not carried here; open {platform} to read it.",
    "waiting.title.one": "Your message to {reader} ({first}) is waiting.",
    "waiting.title.many": "{count} of your messages to {reader} are waiting, {first} to {last}.",
    "waiting.text": "{platform} says your permission has ended. Press Allow by {until} and everything waiting goes out in order. "
    "Until then it is stored encrypted; after that it is deleted unsent, and I will tell you.",
    "waiting.over.title": "Your messages to {reader} are on their way again.",
    "waiting.over": "Your {platform} account is linked again; what was waiting goes out now.",
    "unsure.title": "Your message to {reader} ({time}) may not have arrived.",
    "unsure.text": "The other platform gave no answer, and I cannot look. Please check there before you send it again.",
    "admin.grant_lost": "{name}'s {platform} account is not linked any more: {reason}.",
    "admin.grant_lost.next": "{name} was not asked again, because only an administrator can mend this. Then type reprompt {name}.",
    "admin.primary": "{name} would like {platform} as primary platform.",
    "admin.primary.next": "To agree, type: primary {name} {platform}. Otherwise nothing changes.",
    "admin.app_lost": "{platform} does not accept the bot any more.",
    "admin.app_lost.next": "Nothing is carried on {platform} until it is connected again. Type setup; waiting messages go out then.",
    # import
    "import.title": "Import users",
    "import.running": "Import is running",
    "import.line.running": "🕐 {platform}: {count} people so far",
    "import.line.done": "✅ {platform}: {count} people read",
    "import.next": "Next: people are matched by verified e-mail. Nobody is contacted.",
    "import.done": "Import is done",
    "import.second": "Connect a second platform to continue.",
    "import.then": "Next: sync shows the list; sync all proposes a plan.",
    "import.not_checked": "{count} accounts were missing from the listing, more than the guard allows, so nothing was closed. Run import again; if they are still missing, tell your support.",
    "import.stopped.title": "Import of {platform} stopped",
    "import.stopped": "Reason: {reason}. What was read so far is kept, nobody was closed.",
    # setup
    "setup.title": "Connect Center",
    "setup.connected": "✅ connected: {sentence}",
    "setup.open": "🔺 not connected: {sentence}",
    "setup.unproven": "the directory is readable. If the bot never wrote to anybody there: {what}",
    "setup.personal": "{sentence}. ⚠️ The directory is read with {name}'s own account: if {name} leaves, importing stops. Better connect again with a service account.",
    "setup.two": "Two platforms are needed before people can be synced.",
    # matching by hand
    "match.nobody": "I know no account with “{value}”. Import its platform first, or check the address.",
    "match.several": "Several accounts have “{value}”: {accounts}. Say which one, with its platform.",
    "match.unknown": "{account} is not imported as a person, so nothing can be joined to it.",
    "match.same": "Both accounts are {name}'s already.",
    "match.twice": "{name} has an account on {platforms} already; a person has at most one there. Unmatch the wrong one first.",
    "match.linked": "{name} is synced or being asked, so their accounts stay as they are. Reset them first.",
    "match.alone": "{account} is the only account of its person; there is nothing to take apart.",
    "match.parted": "{account} is no longer {name}'s and stays apart from now on. To join them again: match.",
    "alias.set": "Addresses at {old} are read as {new} from the next import on.",
    "alias.fixed": "The setting MIO_ALIASES reads {old} as {new}; it can be changed only there.",
    "alias.circle": "{new} is read as {old} already; both at once would lead nowhere.",
    # teams
    "teams.title": "Select teams of {platform}",
    "teams.loading": "🕐 Reading the teams of {platform}; this card changes when they are there.",
    "teams.trouble": "The teams cannot be read: {reason}.",
    "teams.intro": "{picked} of {total} teams selected. Only their members are imported; nobody is contacted.",
    "teams.choose": "Select or drop teams",
    "teams.search": "Search a team by name",
    "teams.none": "No team’s name contains “{words}”.",
    "teams.empty": "There are no teams to select.",
    "teams.typed": "Or type: {command} import {platform} add <team>, drop <team>.",
    "teams.dropped.title": "No longer imported: {names}",
    "teams.dropped": "{count} people came in through these teams only. Keep them and their syncs, or unsync them? Until you decide nothing changes for them.",
    "teams.dropped.typed": "Or type: confirm {number} to unsync, cancel {number} to keep.",
    "teams.kept": "{count} people stay as they are.",
    "teams.unsynced": "{count} people were unsynced; their permissions are revoked and erased.",
    "teams.everybody": "{platform} imports everybody; teams cannot be selected there. Type import {command}.",
    "teams.unknown": "No team of {platform} is called {names}. Type import {command} to see the list.",
    "teams.many": "Several teams are called {names}; select them in the list: import {command}.",
    "teams.nothing": "No team is selected any more, so nobody is imported from there.",
    "teams.changed": "{added} added, {dropped} dropped. The import begins now.",
    # people

    "list.title": "Sync users",
    "list.empty": "Nobody found. Run import first, or search for something else.",
    "list.page": "{first}–{last} of {total}",
    "list.choose": "Choose a person",
    "person.primary": "Primary platform",
    "person.undecided": "to decide",
    "exclude.title": "Excluded",
    "exclude.done": "{count} people are never synced, asked or represented from now on. To take them back: include.",
    "include.title": "Included",
    "include.done": "{count} people may be synced again. Nobody was asked.",
    "include.nobody": "None of them was excluded.",
    "admin.appointed.admin": "{name} is an administrator of this bot now.",
    "admin.appointed.admin.next": "{platform} said so. To take it back, type: admins remove {name}.",
    "admin.appointed.helpdesk": "{name} belongs to this bot's helpdesk now.",
    "admin.appointed.helpdesk.next": "{platform} said so. The helpdesk looks at people and asks them again, nothing else.",
    "admin.dismissed": "{name} has no role here any more.",
    "admin.dismissed.next": "{platform} said so.",
    "role.title": "Administrators and helpdesk",
    "role.admin": "administrator",
    "role.helpdesk": "helpdesk (looks and reprompts)",
    "role.setting": ", by the setting MIO_ADMINS",
    "role.platforms": "Nobody is named as administrator, so the platforms' own administrators are. The first one you add takes you along.",
    "role.one": "Name one person at a time, by e-mail address.",
    "role.no_address": "{name} has no verified e-mail address, so nobody could tell them from somebody else.",
    "role.nobody_left": "You have no verified e-mail address: with {name} alone on the list you would lock yourself out.",
    "role.fixed": "{name} is named by the setting MIO_ADMINS; that can be changed only there.",
    "role.none": "{name} has no role here.",
    "role.last": "{name} is the last administrator and stays it. Add another one first.",
    "audit.title": "Audit log, newest first",
    "audit.empty": "Nothing is written down about that.",
    "audit.line": "#{number} {at} · {who}: {verb} – {subject}",
    "audit.bot": "the bot",
    "find.title": "Find {words}",
    "find.nobody": "I know no colleague with “{words}” in name or address. Perhaps they were not imported yet.",
    "find.more": "And {count} more; type more of the name.",
    "find.you": "{name} – that is you.",
    "find.same": "{name} works here in {here}. Write to them as usual.",
    "find.undecided": "{name} has accounts in {home}; where they work is not decided yet.",
    "find.elsewhere": "{name} works in {home} and has no account in {here}.",
    "find.unknown": "{name} works in {home}.",
    "find.reached": "{name} works in {home}. Write to {name}'s {here} account here: it arrives in {home}.",
    "find.allow": "{name} works in {home}. Allow your own {home} account once (type connect), then write to {name}'s {here} account here.",
    "find.not_linked": "{name} works in {home} and cannot be reached from {here} yet: {name}'s {here} account is not linked.",
    "find.home": "{name} works in {home}. You write from the app that is your own primary platform, not from here.",
    "person.excluded": "Excluded: never synced or prompted.",
    "person.remark": "Reset user and Remove user revoke and erase at once; they cannot be undone yet.",
    "status.title": "Status",
    "status.oldest": "Somebody has been pending since {day}. Who: status pending; again: reprompt pending.",
    "status.unsaid": "no reason known",
    "me.title": "You and {bot}",
    "me.keeps": "Kept: ids, times and outcomes of messages, never text; your permission, sealed. Disconnect revokes it at once.",
    "me.none": "Nothing is linked.",
    # plans
    "plan.title": "Plan {number}: nothing has been sent yet",
    "plan.summary": "{people} people, {asks} will be asked.",
    "plan.primary": "Primary platform for all of them: {primary}.",
    "plan.confirm": "Confirm sends the consent cards now. Or type: confirm {number}, cancel {number}.",
    "plan.nothing": "There is nothing to confirm.",
    "plan.done.title": "Plan {number} was carried out",
    "plan.done": "{asked} people were asked, {skipped} were left as they are.",
    "plan.cancelled.title": "Plan {number} was cancelled",
    "plan.cancelled": "Nobody was contacted.",
    "plan.running.title": "Plan {number} is being carried out",
    "plan.running": "🕐 Consent cards are on their way.",
    "close.title.reset": "Reset {names}?",
    "close.title.remove": "Remove {names}?",
    "close.reset": "All syncs of {count} people end, their permissions are revoked at the platforms and erased at once. This cannot be undone yet. They may be synced again.",
    "close.remove": "All syncs of {count} people end, their permissions are revoked, and the people are erased from the bot's store at once. This cannot be undone.",
    "close.title.exclude": "Exclude {names}?",
    "close.exclude": "All syncs of {count} people end, their permissions are revoked at the platforms and erased at once. From then on they are never synced or asked, until you include them.",
    "close.cancelled": "Nothing was changed.",
    "closed.reset": "{count} people were reset.",
    "closed.exclude": "{count} people are excluded.",
    "closed.remove": "{count} people were removed.",
    # answers
    "list.several": "Several people fit “{who}”. Name one by e-mail address, or by the number in this list.",
    "answer.excluded": "Your administrator has excluded you from this, so there is nothing to link. Ask {names}.",
    "answer.primary.asked": "I told {names} that you would like {platform} to be your primary platform.",
    "answer.primary.moved": "Your primary platform is {platform} from now on.",
    "answer.connect.there": "The question is in your direct conversation with me in {platform}.",
    "answer.connect.twin": "There is no open question. To link an account yourself: {command} connect.",
    "answer.not_now": "Nothing is linked for now; I ask again later, by the timetable.",
    "answer.no_thanks": "Nothing is linked, and you will not be asked again. If you change your mind: {command} connect.",
    "answer.plan.none": "There is no plan {number}.",
    "answer.plan.other": "Plan {number} belongs to {name} in {platform}; only there can it be confirmed or cancelled. Type sync with the same people for a plan of your own.",
    "answer.plan.confirmed": "Plan {number} was confirmed before; nothing is done twice.",
    "answer.plan.cancelled": "Plan {number} was cancelled before; nobody was contacted.",
    "answer.here": "I answered in our direct conversation.",
    "answer.refused": "Only administrators may do that.",
    "answer.refused.whom": "Ask {names}.",
    "answer.somebody": "your administrator",
    "answer.not_imported": "You have not been imported yet, so there is nothing to link. Ask {names} to run import.",
    "answer.primary": "{count} people now have {platform} as their primary platform.",
    "answer.primary.refused": "Not changed, because they have no {platform} account or are synced or being asked already: {names}. Reset them first.",
    "answer.primary.self": "Your administrator decides your primary platform. Ask {names}.",
    "answer.primary.none": "You have no {platform} account, so it cannot be your primary platform.",
    "answer.reprompt": "{count} people were asked again.",
    "answer.reprompt.none": "Nobody to ask: they are synced, were never asked, or were asked less than a day ago. Type sync {who} for a plan.",
    "answer.disconnected": "{platforms} disconnected. The permission is revoked at the platform and erased. To link again: {command} connect.",
    "answer.disconnected.none": "Nothing was linked.",
    "answer.connect.none": "There is nothing to link: everything is linked already, or you have an account on one platform only.",
    "answer.connect.undecided": "Your primary platform is not decided yet. Ask {names}.",
    "answer.noted": "Noted.",
    "answer.stale": "That question was answered or taken back before. Type status or sync to see what is true now.",
    "answer.nobody": "I found nobody for “{who}”. Use an e-mail address, a mention, or a number from the last list.",
    "answer.unknown_platform": "{platform} is not connected here. Connected: {platforms}.",
    "answer.import.away": "{platforms} is not connected yet, so there is nobody to read.",
    "answer.import.setup": "Type setup: it shows what is missing, with a button to connect it.",
    "answer.import.running": "An import of {platforms} is running already; this card follows it.",
    "answer.nothing_open": "There is no open question of that kind.",
    "welcome": "I let you write to colleagues on other platforms from here. Type help.",
    "failed.title": "That did not work",
    "failed.text": "{what}: {reason}.",
}  # fmt: skip

STATE_WORDS = {state: state.value for state in State}

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

OUTCOMES: dict[Outcome, str] = {
    Outcome.ASK: "🕐 will be asked to link {platform}",
    Outcome.ALREADY: "✅ already synced to {platform}",
    Outcome.WAITING: "🕐 asked before for {platform}, waiting",
    Outcome.NO_ACCOUNT: "🔺 refused: no {platform} account; ask your {platform} admin to create one, then import again",
    Outcome.NO_HOME_ACCOUNT: "🔺 refused: no account on the primary platform {platform}",
    Outcome.UNDECIDED: "🔺 primary platform to decide: name it with primary=",
    Outcome.EXCLUDED: "🔺 excluded",
    Outcome.LINKED_PRIMARY: "🔺 refused: synced or being asked already, so the primary cannot be changed; reset first",
    Outcome.NOTHING: "🔄 on one platform only, nothing to do",
}


ONE = (
    ("1 people were", "1 person was"),
    ("1 people now have", "1 person now has"),
    ("1 people came", "1 person came"),
    ("1 people stay", "1 person stays"),
    ("1 people", "1 person"),
)
"""Sentences are written for many; these are the forms for one. The longest come first."""


def say(key: str, **values: object) -> str:
    """The sentence of ``key``. Raises ``KeyError`` for an unknown key or a missing field."""
    words = WORDS[key].format(**values)
    for many, one in ONE:
        words = re.sub(rf"\b{many}\b", one, words)
    return words


def state_words(state: State) -> str:
    """Icon and word, always together."""
    return f"{ICONS[state]} {state.value}"


def listed(words: tuple[str, ...] | list[str]) -> str:
    """ "Zoom", "Zoom and Webex", "Zoom, Webex and Slack"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]
