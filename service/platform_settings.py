"""One platform's settings, read by the table in its ``SPEC``: complete, absent, or a list of what is missing.

Secrets are hidden in ``repr`` and never part of a problem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.platform import PlatformSpec
from service import values


class PlatformSettings(Mapping[str, str]):
    """A configured platform's settings by their public names, defaults included."""

    __slots__ = ("_secrets", "_words")

    def __init__(self, words: Mapping[str, str], secrets: frozenset[str]) -> None:
        self._words = dict(words)
        self._secrets = secrets

    def __getitem__(self, name: str) -> str:
        return self._words[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __repr__(self) -> str:
        shown = (f"{name}={'***' if name in self._secrets else word}" for name, word in self._words.items())
        return f"<{', '.join(shown)}>"


@dataclass(frozen=True, slots=True)
class Read:
    """``settings`` None without problems: the platform is not configured."""

    settings: PlatformSettings | None
    problems: tuple[str, ...] = ()


def read(spec: PlatformSpec, words: Mapping[str, str]) -> Read:
    """Pick the platform's own words out of all. One that is given at all must be given completely."""
    names = [setting.name for setting in spec.settings]
    given = [name for name in names if words.get(name)]
    if not given:
        return Read(None)
    required = {setting.name for setting in spec.settings if setting.required} - spec.spared(words)
    missing = [setting.name for setting in spec.settings if setting.name in required - set(given)]
    missing += [twin for name in given if (twin := _twin(name)) in names and twin not in given + missing]
    if missing:
        return Read(None, (f"{spec.title} is half-configured ({given[0]} is set): missing {', '.join(missing)}",))
    chosen = {setting.name: words.get(setting.name) or setting.default for setting in spec.settings}
    problems = tuple(_addresses(chosen))
    if problems:
        return Read(None, problems)
    secrets = frozenset(setting.name for setting in spec.settings if setting.secret)
    return Read(PlatformSettings({name: word for name, word in chosen.items() if word}, secrets))


def _twin(name: str) -> str:
    """An app's id is of no use without its secret, nor the secret without the id."""
    if name.endswith("_CLIENT_ID"):
        return name.removesuffix("_ID") + "_SECRET"
    return name.removesuffix("_SECRET") + "_ID" if name.endswith("_CLIENT_SECRET") else ""


def _addresses(chosen: Mapping[str, str]) -> Iterator[str]:
    for name, word in chosen.items():
        if name.endswith("_URL") and word:
            try:
                values.web_address(word)
            except ValueError as fault:
                yield f"{name} {fault}"


def addresses(settings: PlatformSettings) -> Iterator[tuple[str, str]]:
    """Every address the platform is reached at, with the name of its setting."""
    return ((name, word) for name, word in settings.items() if name.endswith("_URL"))
