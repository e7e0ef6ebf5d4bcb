"""The verbs of ``/mio``: who may use them, how help shows them, one line each. What words mean is read elsewhere."""

import enum
from dataclasses import dataclass


class May(enum.StrEnum):
    ADMIN = "admin"
    HELPDESK = "helpdesk"
    IMPORTED = "imported"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One verb. ``form``: the arguments as help shows them."""

    verb: str
    form: str
    may: May
    line: str
    example: str
    aliases: tuple[str, ...] = ()
    quiet: bool = False
    """A typed twin of a button: not listed in help."""
    whole: str = ""
    """The arguments as administrators may use them, where that is more."""


TABLE: tuple[Row, ...] = (
    Row("help", "[topic]", May.ALL, "what I can do, and more about one topic", "help sync"),
    Row("me", "", May.ALL, "what is linked, what I keep", "me"),
    Row("find", "<name>", May.ALL, "where a colleague is and whom to write to here", "find lee"),
    Row("connect", "[platform]", May.IMPORTED, "show the consent card again", "connect slack"),
    Row("disconnect", "[platform]", May.IMPORTED, "take my permission back", "disconnect zoom"),
    Row("pause", "", May.IMPORTED, "carry nothing to or from me for now", "pause", whole="[<platform>|all]"),
    Row("resume", "", May.IMPORTED, "end a pause; what waits goes out in order", "resume", whole="[<platform>|all]"),
    Row("status", "[who]", May.IMPORTED, "counts, or one person's states with reason and next step", "status me", ("why",)),
    Row("setup", "", May.ADMIN, "the Connect Center: platforms and what is missing", "setup"),
    Row("import", "[platform] [[add|drop] <team>, …]", May.ADMIN, "read the people of a platform, or of all; where it goes by team, choose the teams", "import zoom"),
    Row("sync", "[who] [primary=<platform>] [secondary=<platform>,…]", May.ADMIN, "the list; with who: a plan, then Confirm", "sync ann@acme.example secondary=zoom"),
    Row("primary", "<who> <platform>", May.ADMIN, "where a person writes and reads every day", "primary ann@acme.example slack"),
    Row("users", "[who or text]", May.HELPDESK, "list or find people, without actions", "users lee"),
    Row("conflicts", "", May.ADMIN, "people that could not be matched or decided, one button each", "conflicts"),
    Row("match", "<account> <account>", May.ADMIN, "two accounts of one person whose addresses differ", "match slack:ann@old.example zoom:ann@acme.example"),
    Row("unmatch", "<account>", May.ADMIN, "an account that belongs to somebody else", "unmatch zoom:ann@acme.example"),
    Row("alias", "<old domain>=<new domain>", May.ADMIN, "read the old domain's addresses as the new one's", "alias old.example=acme.example"),
    Row("reset", "<who>", May.ADMIN, "break all syncs; they may be synced again", "reset ann@acme.example"),
    Row("reprompt", "<who>", May.HELPDESK, "send the consent card again", "reprompt pending"),
    Row("remove", "<who> [now]", May.ADMIN, "break all syncs and erase the person here", "remove ann@acme.example"),
    Row("undo", "[number]", May.ADMIN, "take back a reset, remove or exclude", "undo 7"),
    Row("exclude", "<who>", May.ADMIN, "never synced, prompted or represented; wins over everything", "exclude ann@acme.example"),
    Row("include", "<who>", May.ADMIN, "take somebody back who was excluded", "include ann@acme.example"),
    Row("settings", "[name [value]]", May.ADMIN, "how the bot behaves: reminders, undo, holding messages, addresses", "settings prompt_every 2d"),
    Row("admins", "[add|remove <who>] [helpdesk]", May.ADMIN, "who runs this bot, and who may look and reprompt", "admins add ann@acme.example"),
    Row("audit", "[who] [n]", May.ADMIN, "the newest acts, of all or about somebody", "audit ann@acme.example 20"),
    Row("export", "", May.ADMIN, "people, accounts and states as a CSV file", "export"),
    Row("confirm", "<n>", May.ALL, "confirm plan n", "confirm 3", (), True),
    Row("cancel", "<n>", May.ALL, "cancel plan n", "cancel 3", (), True),
    Row("allow", "[platform]", May.ALL, "the link of my open question", "allow", (), True),
    Row("not now", "", May.ALL, "ask me again later", "not now", (), True),
    Row("no thanks", "", May.ALL, "do not ask me again", "no thanks", (), True),
    Row("next", "", May.ALL, "the next page", "next", (), True),
    Row("previous", "", May.ALL, "the page before", "previous", (), True),
    Row("try again", "", May.ALL, "what failed, once more", "try again", (), True),
)  # fmt: skip

VERBS: dict[str, Row] = {word: row for row in TABLE for word in (row.verb, *row.aliases)}
TOPICS = ("import", "sync", "states", "privacy")
NOT_YET = frozenset("auto autosync doctor dm trace".split())
"""Verbs that the program will have and does not have yet: named as such, never mistaken for a misspelling."""
