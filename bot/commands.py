"""The ``/mio`` grammar: one table of verbs; parsing, usage and help derive from it. Pure, and it never raises.

Tolerant of how people type – case, blanks, smart quotes, a missing leading word – and strict about meaning: what is
not understood is named, with the nearest right spelling and one example.
"""

import difflib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.ids import AccountId, PlatformId
from bot.typed import AccountRef, Command, Usage, Who, WhoKind
from bot.verbs import NOT_YET, TOPICS, VERBS, Row

__all__ = ["AccountRef", "Command", "Usage", "Who", "WhoKind", "parse"]

LATER = {"teams": "teams", "msteams": "teams", "webex": "webex"}
SELECTIONS = {
    kind.value: kind for kind in WhoKind if kind.value in ("me", "all", "new", "pending", "failed", "undecided")
}
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " ", "\u200b": ""})
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_WORD = re.compile(r'((?:team|group):)?"([^"]*)"|(\S+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    quoted: bool


class _Mistake(Exception):
    def __init__(self, wrong: str, nearest: str = "") -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.nearest = nearest


def parse(text: str, known: Collection[PlatformId], word: str = "/mio") -> Command | Usage:
    """Read one line. ``known``: the platforms that are connected here; ``word``: the leading word, which may be missing."""
    words = [
        _Word((m[1] or "") + (m[2] or "") if m[3] is None else m[3], m[3] is None)
        for m in _WORD.finditer(text.translate(_QUOTES))
    ]
    if words and words[0].text.lower().lstrip("/") in ("mio", word.lower().lstrip("/")):
        words = words[1:]
    if not words:
        return Command("help")
    row, rest = _verb(words)
    if row is None and words[0].text.lower() in NOT_YET:
        return Usage("", f"{words[0].text} (not available yet)", "help", "help")
    if row is None:
        near = difflib.get_close_matches(words[0].text.lower(), VERBS, 1, 0.6)
        example = VERBS[near[0]].example if near else "help"
        return Usage("", words[0].text[:60], near[0] if near else "help", example)
    try:
        return _arguments(row, rest, known)
    except _Mistake as mistake:
        return Usage(row.verb, mistake.wrong[:60], mistake.nearest, row.example)


def _verb(words: list[_Word]) -> tuple[Row | None, list[_Word]]:
    two = " ".join(w.text.lower().rstrip(".!") for w in words[:2])
    if two in VERBS:
        return VERBS[two], words[2:]
    return VERBS.get(words[0].text.lower().rstrip(".!")), words[1:]


def _arguments(row: Row, rest: list[_Word], known: Collection[PlatformId]) -> Command:
    match row.verb:
        case "help":
            return Command("help", words=_topic(rest))
        case "import":
            return _import(rest, known)
        case "connect" | "disconnect" | "allow":
            if len(rest) > 1:
                raise _Mistake(rest[1].text)
            return Command(row.verb, platforms=tuple(_platform(w.text, known) for w in rest))
        case "sync":
            return _sync(rest, known)
        case "primary":
            return _primary(rest, known)
        case "users":
            return _users(rest, known)
        case "status":
            return Command("status", _who(rest, known) if rest else None)
        case "find" | "alias" | "settings":
            return _ALONE[row.verb](rest)
        case "reset" | "reprompt" | "remove" | "exclude" | "include":
            return _about(row.verb, rest, known)
        case "audit":
            return _audit(rest, known)
        case "admins":
            return _admins(rest, known)
        case "match" | "unmatch":
            return _accounts(row.verb, rest, known)
        case "pause" | "resume":
            return _pause(row.verb, rest, known)
        case "undo" if not rest:
            return Command("undo")
        case "confirm" | "cancel" | "undo":
            return _plan(row.verb, rest)
        case _:
            if rest:
                raise _Mistake(rest[0].text, row.verb)
            return Command(row.verb)


def _users(rest: list[_Word], known: Collection[PlatformId]) -> Command:
    """A selection must be right; anything else is searched for."""
    text = " ".join(w.text for w in rest)
    if _team(text) or (len(rest) == 1 and not rest[0].quoted and ":" in text):
        _who(rest, known)
    return Command("users", words=text[:100])


def _plan(verb: str, rest: list[_Word]) -> Command:
    number = rest[0].text.lstrip("#") if rest else ""
    if not _is_number(number):
        raise _Mistake(number or "which plan", f"{verb} <n>")
    return Command(verb, number=int(number))


def _about(verb: str, rest: list[_Word], known: Collection[PlatformId]) -> Command:
    now = verb == "remove" and len(rest) > 1 and rest[-1].text.lower() == "now"
    rest = rest[:-1] if now else rest
    if not rest:
        raise _Mistake("whom", f"{verb} <who>")
    return Command(verb, _who(rest, known), now=now)


def _primary(rest: list[_Word], known: Collection[PlatformId]) -> Command:
    if len(rest) < 2:
        wrong = f"which platform, after {rest[0].text}" if rest else "who, and which platform"
        raise _Mistake(wrong, "primary <who> <platform>")
    return Command("primary", _who(rest[:-1], known), primary=_platform(rest[-1].text, known))


def _find(rest: list[_Word]) -> Command:
    if not rest:
        raise _Mistake("which name", "find <name>")
    return Command("find", words=" ".join(w.text for w in rest)[:100])


def _audit(rest: list[_Word], known: Collection[PlatformId]) -> Command:
    """A number at the end says how many."""
    number = None
    if rest and not rest[-1].quoted and _is_number(rest[-1].text):
        number, rest = max(1, int(rest[-1].text)), rest[:-1]
    return Command("audit", _who(rest, known) if rest else None, number=number)


def _admins(rest: list[_Word], known: Collection[PlatformId]) -> Command:
    if not rest:
        return Command("admins")
    what, rest = rest[0].text.lower(), rest[1:]
    if what not in ("add", "remove"):
        raise _Mistake(what, "admins add <who>")
    role = ""
    if len(rest) > 1 and rest[-1].text.lower() in ("helpdesk", "admin"):
        role, rest = rest[-1].text.lower(), rest[:-1]
    if not rest:
        raise _Mistake("whom", f"admins {what} <who>")
    return Command("admins", _who(rest, known), words=role if what == "add" else "", drop=what == "remove")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _topic(rest: list[_Word]) -> str:
    """One of the topics, or nothing for the whole list."""
    topic = rest[0].text.lower() if rest else ""
    if topic and topic not in TOPICS:
        near = difflib.get_close_matches(topic, TOPICS, 1, 0.5)
        raise _Mistake(rest[0].text, f"help {near[0]}" if near else "help " + "|".join(TOPICS))
    return topic


def _import(rest: list[_Word], known: Collection[PlatformId]) -> Command:
    """Platforms, or one platform and the names of teams, divided by commas."""
    names = [word.text.lower().strip(",") for word in rest]
    if all(LATER.get(name, name) in known for name in names):
        return Command("import", platforms=tuple(dict.fromkeys(_platform(name, known) for name in names)))
    platform, rest = _platform(rest[0].text, known), rest[1:]
    first = rest[0].text.lower()
    spoken = first in ("add", "drop") and not rest[0].quoted
    if spoken:
        rest = rest[1:]
    teams = [name.strip() for name in " ".join(word.text for word in rest).split(",")]
    if not any(teams):
        raise _Mistake("which team", f"import {platform} {first} <team>")
    return Command(
        "import", platforms=(platform,), teams=tuple(name for name in teams if name), drop=spoken and first == "drop"
    )


def _accounts(verb: str, rest: list[_Word], known: Collection[PlatformId]) -> Command:
    wanted = 2 if verb == "match" else 1
    if len(rest) != wanted:
        wrong = rest[wanted].text if len(rest) > wanted else "which account"
        raise _Mistake(wrong, f"{verb} " + " ".join(["<platform>:<e-mail>"] * wanted))
    return Command(verb, accounts=tuple(_account(word.text, known) for word in rest))


def _account(text: str, known: Collection[PlatformId]) -> AccountRef:
    if text.lower().startswith("@account:"):
        return AccountRef(text[len("@account:") :])
    name, colon, address = text.partition(":")
    platform = _platform(name, known) if colon and name.lower() != "mailto" else None
    email = (address if colon else text).lower().strip("<>,;.")
    if not EMAIL.fullmatch(email):
        raise _Mistake(text, "<platform>:<e-mail>, such as slack:ann@acme.example")
    return AccountRef(email, platform)


def _alias(rest: list[_Word]) -> Command:
    old, eq, new = "".join(word.text for word in rest).lower().partition("=")
    if not (eq and DOMAIN.fullmatch(old.lstrip("@")) and DOMAIN.fullmatch(new.lstrip("@")) and old != new):
        raise _Mistake(rest[0].text if rest else "which domains", "alias <old domain>=<new domain>")
    return Command("alias", domains=(old.lstrip("@"), new.lstrip("@")))


def _settings(rest: list[_Word]) -> Command:
    """A name, as here or as in the environment, and a word for it, with or without ``=``."""
    name, _, value = " ".join(word.text for word in rest).partition(" ")
    name, eq, at_once = name.partition("=")
    value = f"{at_once} {value}".strip() if eq else value.strip().removeprefix("=").strip()
    called = name.lower().replace("-", "_").removeprefix("mio_").strip("_")
    return Command("settings", setting={"time_zone": "timezone"}.get(called, called)[:60], words=value.strip('"'))


def _pause(verb: str, rest: list[_Word], known: Collection[PlatformId]) -> Command:
    """A platform, everything, or – nothing said – oneself."""
    if len(rest) > 1:
        raise _Mistake(rest[1].text, f"{verb} {rest[0].text}")
    what = rest[0].text.lower() if rest else "me"
    if what in ("me", "all"):
        return Command(verb, words="all" if what == "all" else "")
    return Command(verb, platforms=(_platform(what, known),))


_ALONE: dict[str, Callable[[list[_Word]], Command]] = {"find": _find, "alias": _alias, "settings": _settings}
"""What is read without knowing the platforms."""


def _sync(rest: list[_Word], known: Collection[PlatformId]) -> Command:
    who: list[_Word] = []
    primary: PlatformId | None = None
    secondaries: list[PlatformId] = []
    for word in rest:
        name, eq, value = word.text.partition("=")
        if not eq or word.quoted:
            who.append(word)
        elif name.lower() == "primary":
            primary = _platform(value or word.text, known)
        elif name.lower() in ("secondary", "secondaries", "with"):
            secondaries = _secondaries(word, value, known)
        elif name.lower() == "standins":
            raise _Mistake(f"{word.text} (not available yet)", "sync <who> secondary=<platform>")
        else:
            near = difflib.get_close_matches(name.lower(), ("primary", "secondary", "with"), 1, 0.5)
            raise _Mistake(word.text, f"sync … {near[0] if near else 'secondary'}=<platform>")
    if not who and (primary or secondaries):
        raise _Mistake("whom", "sync <who> secondary=<platform>")
    if primary in secondaries:
        raise _Mistake(f"{primary} as primary and as secondary", "sync <who> primary=<one> secondary=<other>")
    return Command("sync", _who(who, known) if who else None, primary=primary, secondaries=tuple(secondaries))


def _secondaries(word: _Word, value: str, known: Collection[PlatformId]) -> list[PlatformId]:
    found = [_platform(part, known) for part in value.split(",") if part]
    if not found:
        raise _Mistake(word.text, "sync <who> secondary=" + ",".join(sorted(known)))
    return list(dict.fromkeys(found))


def _platform(text: str, known: Collection[PlatformId]) -> PlatformId:
    name = text.lower().strip(".,")
    name = LATER.get(name, name)
    if name in known:
        return PlatformId(name)
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    if name in LATER.values():
        raise _Mistake(f"{text} (not connected here)", ", ".join(sorted(known)))
    raise _Mistake(text, near[0] if near else ", ".join(sorted(known)))


def _address(text: str) -> str:
    """The e-mail address that a word is; empty when it is none."""
    email = text.removeprefix("mailto:").strip("<>,;.")
    return email if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email) else ""


def _team(text: str) -> bool:
    """Whether a team or a group is meant, quoted or not: their names have blanks."""
    return text.lower().startswith(("team:", "group:"))


def _named_team(text: str) -> Who:
    kind, _, name = text.partition(":")
    if kind.lower() == "group":
        raise _Mistake(f"{text} (not available yet)", "team:<name>, on:<platform>, domain:<domain>")
    if not name.strip():
        raise _Mistake("which team", "team:<name>")
    return Who(WhoKind.TEAM, name.strip()[:100])


def _who(words: list[_Word], known: Collection[PlatformId]) -> Who:
    text = " ".join(w.text for w in words).strip()
    low = text.lower()
    if _team(text):
        return _named_team(text)
    if len(words) == 1 and not words[0].quoted:
        if low in SELECTIONS:
            return Who(SELECTIONS[low])
        if low == WhoKind.FILE:
            return Who(WhoKind.FILE)
        if low.startswith("@account:"):
            return Who(WhoKind.ACCOUNT, AccountId(text[len("@account:") :]))
        if low.lstrip("#").isascii() and low.lstrip("#").isdigit():
            return Who(WhoKind.NUMBER, low.lstrip("#")[:9])
        kind, colon, value = low.partition(":")
        if colon and kind == "on":
            return Who(WhoKind.ON, _platform(value, known))
        if colon and kind == "domain" and value:
            return Who(WhoKind.DOMAIN, value.lstrip("@"))
        if colon and kind == "file":
            raise _Mistake(
                f"{text} (not available yet)", "all, new, pending, failed, undecided, on:<platform>, domain:<domain>"
            )
        if colon and kind not in ("http", "https", "mailto"):
            raise _Mistake(text, "on:<platform>, domain:<domain>, team:<name>")
    email = _address(low)
    if email:
        return Who(WhoKind.EMAIL, email)
    if len(words) > 1 and _address(words[0].text.lower()):
        raise _Mistake(words[1].text, f"{words[0].text} alone, options as name=<value>")
    if not text:
        raise _Mistake("whom", "an e-mail address, a mention, or a number from the last list")
    return Who(WhoKind.NAME, text.lstrip("@")[:100])
