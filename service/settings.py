"""The settings of the process: every name, its default and its meaning, checked before anything starts.

``load`` is the only way in. Platforms bring their own tables (``PlatformSpec.settings``). Secrets are never part of
an error or a ``repr``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.hours import WorkingHours
from bot.links import Timetable
from bot.platform import PlatformSpec
from service import platform_settings, values
from service.platform_settings import PlatformSettings
from service.sources import gather
from service.values import Address, Guard
from storage.sealing import Keys, SealError
from storage.store import embedded_url

Process = Literal["web", "work", "clock"]
ALL: frozenset[Process] = frozenset({"web", "work", "clock"})

Duration = Annotated[timedelta, BeforeValidator(values.duration)]
Line = Annotated[str, BeforeValidator(values.line)]
Flag = Annotated[bool, BeforeValidator(values.flag)]
WebAddress = Annotated[str, BeforeValidator(values.web_address)]
Site = Annotated[WebAddress, AfterValidator(lambda url: url.rstrip("/"))]


class SettingsError(Exception):
    """Settings that cannot be used. Each problem is one readable line that names the setting, never its value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Settings(BaseSettings):
    """Typed and frozen. The field ``prompt_every`` is ``MIO_PROMPT_EVERY`` outside."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=False,
        arbitrary_types_allowed=True,
        alias_generator=lambda field: f"MIO_{field.upper()}",
    )

    bind: Annotated[Address, BeforeValidator(values.address)] = Address("127.0.0.1", 8080)
    public_url: Site
    """Without a slash at the end."""
    data_dir: Path
    database_url: SecretStr
    database_direct_url: SecretStr = SecretStr("")
    rates: Literal["auto", "off"] = "auto"
    process: Annotated[frozenset[Process], BeforeValidator(values.items), Field(min_length=1)] = ALL
    encryption_keys: SecretStr = SecretStr("")
    """Empty = made in the data dir at the first start; on the embedded database only."""
    admins: Annotated[tuple[str, ...], BeforeValidator(values.emails)] = ()
    company: Line = ""
    bot_name: str = "Mio"
    support: Line = ""
    help_url: WebAddress = ""
    privacy_url: WebAddress = ""
    terms_url: WebAddress = ""
    """Empty addresses: the built-in pages."""
    command: str = "/mio"
    timezone: Annotated[str, BeforeValidator(values.time_zone)] = "UTC"
    language: Literal["en"] = "en"
    prompt_every: Annotated[Duration, Field(gt=timedelta())] = timedelta(days=3)
    prompt_max: Annotated[int, Field(ge=0)] = 3
    prompt_hours: Annotated[tuple[time, time], BeforeValidator(values.hours)] = (time(9), time(17))
    prompt_days: Annotated[frozenset[int], BeforeValidator(values.days)] = frozenset(range(5))
    prompt_throttle: Duration = timedelta(hours=24)
    prompt_per_day: Annotated[int, Field(ge=1)] = 500
    undo_window: Duration = timedelta(hours=72)
    removal_guard: Annotated[Guard, BeforeValidator(values.guard)] = Guard(0.05, 25)
    hold: Duration = timedelta(hours=72)
    unlinked: Literal["deliver", "refuse"] = "deliver"
    paused: Literal["hold", "refuse"] = "hold"
    stop_share: Annotated[float, BeforeValidator(values.share)] = 0.2
    guests: Flag = False
    two_person: Annotated[int, Field(ge=0)] = 0
    self_primary: Literal["request", "allow", "no"] = "request"
    aliases: Annotated[Mapping[str, str], BeforeValidator(values.aliases)] = Field(default_factory=dict)
    teams_listen: Literal["person", "tenant"] = "person"
    canary: Annotated[tuple[tuple[str, str], ...], BeforeValidator(values.pairs)] = ()
    keep: Annotated[Duration, Field(gt=timedelta())] = timedelta(days=400)
    secrets_dir: str = ""
    mark_read: Flag = False
    debug_clock: Flag = False
    files: Annotated[int | None, BeforeValidator(values.size)] = None
    """Largest file in bytes; 0 = files are not carried, None = as large as the platforms allow."""
    log_format: Literal["", "console", "json"] = ""
    """Empty: console on a terminal, else JSON."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    platforms: Mapping[str, PlatformSettings] = Field(default_factory=dict, alias="platforms")
    """The configured ones, by platform id."""
    commands: Mapping[str, str] = Field(default_factory=dict, alias="commands")
    """The leading word on each platform, configured or not (``MIO_ZOOM_COMMAND``, else ``MIO_COMMAND``)."""
    origins: Mapping[str, str] = Field(default_factory=dict, alias="origins")
    """Which settings were given, and where; everything else is a default."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Words come from ``service.sources`` alone: the built-in sources neither know ``_FILE`` nor unknown names."""
        return (init_settings,)

    @property
    def embedded(self) -> bool:
        """Whether the database is the SQLite file of this process."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def hours(self) -> WorkingHours:
        return WorkingHours(*self.prompt_hours, self.prompt_days)

    @property
    def timetable(self) -> Timetable:
        return Timetable(self.prompt_every, self.prompt_max)

    @property
    def demonstrable(self) -> bool:
        """Nothing is configured and nobody outside is meant to reach us: the sandbox may be served instead."""
        meant = {"MIO_PUBLIC_URL", "MIO_DATABASE_URL"} & set(self.origins)
        return not self.platforms and not meant and values.loopback(self.bind.host)


def names(specs: Sequence[PlatformSpec]) -> tuple[str, ...]:
    """Every setting's name."""
    own = [str(field.alias) for field in Settings.model_fields.values() if str(field.alias).startswith("MIO_")]
    tables = [setting.name for spec in specs for setting in spec.settings]
    return (*own, *(_command(spec) for spec in specs), *tables)


def load(environ: Mapping[str, str], specs: Sequence[PlatformSpec], cwd: Path) -> Settings:
    """Read and check everything. Raises ``SettingsError`` with all problems at once. Writes nothing."""
    known = names(specs)
    found = gather(environ, known, cwd)
    problems, words = found.problems, found.words
    platforms: dict[str, PlatformSettings] = {}
    for spec in specs:
        read = platform_settings.read(spec, words)
        problems += read.problems
        if read.settings is not None:
            platforms[str(spec.id)] = read.settings
    data_dir = cwd / Path(words.get("MIO_DATA_DIR", "var")).expanduser()
    derived = {
        "MIO_PUBLIC_URL": f"http://{words.get('MIO_BIND', '127.0.0.1:8080')}",
        "MIO_DATABASE_URL": embedded_url(data_dir),
    }
    command = words.get("MIO_COMMAND", "/mio")
    own = {name: word for name, word in words.items() if name in names(())}
    parsed: dict[str, Any] = {
        **derived,
        **own,
        "MIO_DATA_DIR": data_dir,
        "platforms": platforms,
        "commands": {str(spec.id): words.get(_command(spec), command) for spec in specs},
        "origins": found.origins,
    }
    try:
        settings = Settings(**parsed)
    except ValidationError as fault:
        raise SettingsError([*problems, *_sentences(fault)]) from None
    problems += _contradictions(settings)
    for spec in specs:
        if str(spec.id) in platforms:
            problems += spec.problems(platforms[str(spec.id)], _local(settings))
    if problems:
        raise SettingsError(problems)
    return settings


def read_one(name: str, word: str) -> Any:
    """The value of one field, read exactly as at the start. Raises ``ValidationError``."""
    words: dict[str, Any] = {
        "MIO_PUBLIC_URL": "http://localhost",
        "MIO_DATA_DIR": Path(),
        "MIO_DATABASE_URL": "sqlite://",
        f"MIO_{name.upper()}": word,
    }
    return getattr(Settings(**words), name)


def problem(name: str, word: str) -> str:
    """What is wrong with a word for one field, in a sentence that names the setting; empty when it is right."""
    try:
        read_one(name, word)
    except ValidationError as fault:
        return _sentences(fault)[0]
    return ""


def _command(spec: PlatformSpec) -> str:
    return f"MIO_{spec.id.upper()}_COMMAND"


def _sentences(fault: ValidationError) -> list[str]:
    """One line per setting; the words given are left out, they may be a secret in the wrong place."""
    found: dict[str, str] = {}
    for error in fault.errors(include_input=False, include_context=False, include_url=False):
        name = str(error["loc"][0])
        wrong = error["msg"].removeprefix("Value error, ")
        found.setdefault(name, f"{name} {wrong.replace('Input should', 'must', 1)}")
    return list(found.values())


def _contradictions(settings: Settings) -> Iterator[str]:
    url = settings.database_url.get_secret_value()
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        yield "MIO_DATABASE_URL must begin with postgresql:// or sqlite:///"
    elif not settings.embedded and not settings.encryption_keys.get_secret_value():
        yield "MIO_ENCRYPTION_KEYS must be set on PostgreSQL (kid:base64 of 32 bytes)"
    elif settings.embedded and settings.process != ALL:
        yield "MIO_PROCESS must be web,work,clock on the embedded database; set MIO_DATABASE_URL to divide the work"
    if settings.encryption_keys.get_secret_value():
        try:
            Keys.parse(settings.encryption_keys.get_secret_value())
        except SealError:
            yield "MIO_ENCRYPTION_KEYS must be kid:base64 of 32 bytes, several separated by commas"
    if settings.debug_clock:
        yield from _not_local(settings)
    if settings.teams_listen == "tenant":
        yield "MIO_TEAMS_LISTEN=tenant is not available yet: leave it at person (at most 10,000 linked people)"


def _local(settings: Settings) -> bool:
    """Whether nobody outside this machine can reach us."""
    return values.loopback(settings.bind.host) and values.loopback_address(settings.public_url)


def _not_local(settings: Settings) -> Iterator[str]:
    reached = [("MIO_BIND", f"http://{settings.bind}"), ("MIO_PUBLIC_URL", settings.public_url)]
    for platform in settings.platforms.values():
        reached += platform_settings.addresses(platform)
    for name, url in reached:
        if not values.loopback_address(url):
            yield f"MIO_DEBUG_CLOCK is refused while {name} is not a loopback address"
