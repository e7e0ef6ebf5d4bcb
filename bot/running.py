"""Words about running the bot: what may be set in chat and what it means, stopping and going on.

Pure. Part of the catalogue in ``bot.words``, which is where they are read.
"""

MEANINGS: dict[str, str] = {
    "prompt_every": "How long after a consent card the next reminder follows.",
    "prompt_max": "How many reminders follow the first consent card at most.",
    "prompt_hours": "At which hours of the person's own day reminders and waves go out.",
    "prompt_days": "On which days of the week reminders and waves go out.",
    "prompt_throttle": "The shortest time between two messages that the same person did not ask for.",
    "prompt_per_day": "The size of a roll-out wave: first consent cards per day.",
    "undo_window": "How long reset, remove and automatic unsync can be undone.",
    "removal_guard": "An automatic run that would unsync more than this share or number, whichever is less, stops and asks.",
    "hold": "How long undeliverable messages are held.",
    "unlinked": "What becomes of messages from people who have not linked yet: deliver or refuse.",
    "paused": "What becomes of messages while paused: hold or refuse.",
    "stop_share": "A wave stops when more than this share declines or fails.",
    "guests": "Whether people without a Teams account are invited as guests: on or off.",
    "two_person": "What is about more people than this needs a second administrator; 0 = never.",
    "self_primary": "Whether people may change their own primary platform: request, allow or no.",
    "files": "Whether files are carried: on, off or the largest size.",
    "mark_read": "Whether carried messages are marked as read on the secondary platform: on or off.",
    "company": "The company's name, as cards and pages say it.",
    "support": "Whom people ask when no administrator is known.",
    "help_url": "Where people read more; empty = the built-in page.",
    "privacy_url": "What is read and kept; empty = the built-in page.",
    "terms_url": "Terms of use; empty = the built-in page.",
    "language": "The language for people whose platform does not say.",
    "timezone": "The time zone for people whose platform does not say.",
}
"""By the setting's name, in the order in which they are shown."""

UNAVAILABLE = frozenset({("guests", "on"), ("files", "on"), ("mark_read", "on"), ("unlinked", "deliver")})
"""Settings whose word has no effect yet."""

RUNNING: dict[str, str] = {
    "settings.title": "Settings",
    "settings.default": "default",
    "settings.chat": "set in chat by {name}, {at}",
    "settings.somebody": "somebody who is not here any more",
    "settings.fixed": "given in {origin}",
    "settings.empty": "(empty)",
    "settings.how": "About one: settings prompt_every. To change it: settings prompt_every 2d. To go back: settings prompt_every default.",
    "settings.now": "Now: {value} – {source}.",
    "settings.usual": "Default: {value}.",
    "settings.one": "To change it, type: settings {name} <value>. To go back to the default: settings {name} default.",
    "settings.set": "{name} is {value} from now on; before it was {old}.",
    "settings.same": "{name} is {value} already; nothing changed.",
    "settings.back": "{name} is {value} again, the default; before it was {old}.",
    "settings.not_set": "{name} was not set in chat; it stays {value}.",
    "settings.wins": "{setting} is given in {origin}, which wins over chat: it can be changed only there. It is {value}.",
    "settings.wrong": "{problem}. Nothing changed; it stays {value}.",
    "settings.long": "{setting} must be at most {most} characters long",
    "settings.not_yet": "{name} cannot be changed: that is not available yet.",
    "settings.not_yet.word": "{name} {word} is not available yet.",
    "settings.alias": "Domains are set one by one: alias old.example=new.example.",
    "settings.outside": "{setting} can be changed only where the bot is started, not in chat.",
}
