"""What a look found, and the report made of it: words for people, one stable JSON form for programs. Pure."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = 1
"""Of the JSON form; a number more when a name in it changes or goes."""
OPERATOR = "operator"


class State(enum.StrEnum):
    OK = "ok"
    NOTE = "note"
    """Nothing to do, but worth knowing."""
    TODO = "todo"
    UNKNOWN = "unknown"
    """Could not be looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is a stable name, such as ``slack.scopes``; ``who`` and ``next`` are empty where there is nothing to do."""

    check: str
    state: State
    says: str
    next: str = ""
    who: str = ""
    platform: str = ""
    link: str = ""
    """A one-time link for an administrator."""


def ok(check: str, says: str, platform: str = "") -> Finding:
    return Finding(check, State.OK, says, platform=platform)


def todo(check: str, says: str, next: str, who: str = OPERATOR, platform: str = "") -> Finding:
    return Finding(check, State.TODO, says, next, who, platform)


def unknown(check: str, says: str, next: str, platform: str = "") -> Finding:
    return Finding(check, State.UNKNOWN, says, next, OPERATOR, platform)


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]

    @property
    def status(self) -> int:
        """The exit status: 1 something to do, 2 something could not be looked at, 0 nothing of either."""
        states = {finding.state for finding in self.findings}
        return 1 if State.TODO in states else 2 if State.UNKNOWN in states else 0

    def only(self, state: State) -> Sequence[Finding]:
        return [finding for finding in self.findings if finding.state is state]

    def json(self) -> dict[str, Any]:
        return {"version": VERSION, "status": self.status, "checks": [_row(finding) for finding in self.findings]}

    def text(self) -> str:
        lines = [
            *self._todo(),
            *self._listed(State.UNKNOWN, "Could not be checked"),
            *self._listed(State.NOTE, "Notes"),
        ]
        fine = self.only(State.OK)
        if fine:
            lines += ["", f"In order ({len(fine)})", *(f"  {finding.check}: {finding.says}" for finding in fine)]
        return "\n".join([self._headline(), *lines])

    def _headline(self) -> str:
        n, blind = len(self.only(State.TODO)), len(self.only(State.UNKNOWN))
        if n:
            return f"{n} {'thing' if n == 1 else 'things'} to do."
        return f"Nothing to do, but {blind} could not be checked." if blind else "Nothing to do."

    def _todo(self) -> Iterable[str]:
        for number, finding in enumerate(self.only(State.TODO), 1):
            yield ""
            yield f"{number}. {finding.who[:1].upper()}{finding.who[1:]} ({finding.check}): {finding.says}"
            yield f"   Next: {finding.next}"
            if finding.link:
                yield f"   {finding.link}"

    def _listed(self, state: State, title: str) -> Iterable[str]:
        found = self.only(state)
        if found:
            yield ""
            yield title
        for finding in found:
            yield f"  {finding.check}: {finding.says}{' ' + finding.next if finding.next else ''}"


def _row(finding: Finding) -> dict[str, str | None]:
    return {
        "check": finding.check,
        "platform": finding.platform or None,
        "state": finding.state.value,
        "who": finding.who or None,
        "says": finding.says,
        "next": finding.next or None,
        "link": finding.link or None,
    }
