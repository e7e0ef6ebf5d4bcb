"""The network as seen from here: the platforms' addresses and clocks, and our own public address.

Asks nothing that needs a permission, follows no redirect, and repeats nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot.platform import Clock, PlatformSpec
from bot.ready import Knock
from service import values
from service.doctor.findings import Finding, ok, todo, unknown
from service.heard import DOCTOR
from service.settings import Settings

PATIENCE = aiohttp.ClientTimeout(total=8, connect=4)
OFF = timedelta(seconds=60)
"""More than a network's delay; Slack accepts signatures for 300 seconds."""


@dataclass(frozen=True, slots=True)
class Answered:
    """``trouble`` is empty when something answered."""

    status: int = 0
    body: bytes = b""
    date: datetime | None = None
    location: str = ""
    trouble: str = ""


async def ask(session: aiohttp.ClientSession, method: str, url: str, knock: Knock | None = None) -> Answered:
    headers = {"User-Agent": DOCTOR, **(knock.headers if knock else {})}
    body = knock.body if knock else None
    try:
        async with session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
            raw = await answer.content.read(64 * 1024)
            return Answered(answer.status, raw, _date(answer.headers.get("Date")), answer.headers.get("Location", ""))
    except aiohttp.ClientConnectorCertificateError:
        return Answered(trouble="its certificate is not trusted")
    except aiohttp.ClientConnectorDNSError:
        return Answered(trouble="its name is not known")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as fault:
        return Answered(trouble="no answer in time" if isinstance(fault, TimeoutError) else "no connection")


def session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=PATIENCE)


def _date(header: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


# -- the platforms' addresses, and what time it is there ---------------------------------------------------


async def addresses(
    settings: Settings, specs: Sequence[PlatformSpec], web: aiohttp.ClientSession, clock: Clock
) -> list[Finding]:
    """Each address once, whatever it answers; the same answers tell how far our clock is off."""
    asked = [
        (spec, setting.name, setting.default, settings.platforms[str(spec.id)][setting.name])
        for spec in specs
        if str(spec.id) in settings.platforms
        for setting in spec.settings
        if setting.name.endswith("_URL")
    ]
    answers = await asyncio.gather(*(ask(web, "GET", url) for *_, url in asked))
    found = [_address(*one, answer) for one, answer in zip(asked, answers, strict=True)]
    now = clock.now()
    return [*found, _clock([answer.date - now for answer in answers if answer.date is not None])]


def _address(spec: PlatformSpec, name: str, default: str, url: str, answer: Answered) -> Finding:
    check = f"{spec.id}.address.{name}"
    if not answer.trouble:
        return ok(check, f"{url} answers.", str(spec.id))
    said = f"{name}: nothing answers at {url} ({answer.trouble})."
    if url != default:
        return todo(check, said, f"Correct or remove {name}; its default is {default}.", platform=str(spec.id))
    return unknown(check, said, "Let this machine open connections there.", str(spec.id))


def _clock(offsets: Sequence[timedelta]) -> Finding:
    if not offsets:
        return unknown("clock", "No platform told its time.", "Check this machine's clock by hand.")
    # The middle one: a single server may be wrong itself.
    off = sorted(offsets)[len(offsets) // 2]
    if abs(off) <= OFF:
        return ok("clock", "It agrees with the platforms' clocks.")
    late = "behind" if off > timedelta() else "ahead of"
    said = f"This machine's clock is {round(abs(off).total_seconds())} seconds {late} the platforms': requests will be refused as too old."
    return todo("clock", said, "Set the clock, and keep it right with NTP.")


# -- our own address ---------------------------------------------------------------------------------------


async def public(settings: Settings, web: aiohttp.ClientSession) -> list[Finding]:
    """Whether the bot answers at its public address, and whether vendors can use such an address at all."""
    url = settings.public_url
    wrong = _unusable(settings)
    if wrong is not None:
        return [wrong]
    answer = await ask(web, "GET", f"{url}/healthz")
    if not answer.trouble and answer.status == 200 and answer.body.strip() == b"ok":
        return [ok("public_url", f"A bot answers at {url}, tried from here; the platforms come from outside.")]
    local = await ask(web, "GET", f"http://{settings.bind}/healthz")
    return [_astray(settings, answer, not local.trouble and local.status == 200)]


def _unusable(settings: Settings) -> Finding | None:
    """Real platforms come from outside, by https (Slack, Zoom: a public name and a certificate that everybody trusts)."""
    reached = [url for one in settings.platforms.values() for name, url in one.items() if name.endswith("_URL")]
    if all(values.loopback_address(url) for url in reached):
        return None
    if values.loopback_address(settings.public_url) or not settings.public_url.startswith("https://"):
        said = f"MIO_PUBLIC_URL ({settings.public_url}) is no https address that the platforms can reach."
        return todo("public_url", said, "Set MIO_PUBLIC_URL to the bot's public https address.")
    return None


def _astray(settings: Settings, answer: Answered, runs_here: bool) -> Finding:
    url = settings.public_url
    if answer.trouble:
        said = f"MIO_PUBLIC_URL: nothing answers at {url} ({answer.trouble})."
    elif answer.location:
        said = f"MIO_PUBLIC_URL: {url} redirects to another address, which platforms do not follow."
    else:
        said = f"MIO_PUBLIC_URL: what answers at {url} is not the bot ({answer.status})."
    if runs_here:
        return todo("public_url", said, f"Lead that address to the bot, which listens on {settings.bind}.")
    return todo(
        "public_url", said, "Start the bot, then look whether the address leads to it; correct MIO_PUBLIC_URL if not."
    )


async def knock(web: aiohttp.ClientSession, public_url: str, platform: str, one: Knock) -> Finding:
    """The vendor's own test of an address, played by ourselves with our own secret."""
    check, url = f"{platform}.webhook.{one.path}", public_url + one.path
    answer = await ask(web, "POST", url, one)
    if answer.status == 200 and one.accepts(answer.body):
        return ok(check, f"{url} answers a request signed with {one.secret}.", platform)
    if answer.status == 401:
        said = f"The bot at {url} runs with another {one.secret}, or its clock is off."
        return todo(check, said, "Restart the bot with these settings.", platform=platform)
    if answer.status == 503:
        said = f"The bot at {url} cannot keep requests at the moment (503)."
        return todo(
            check, said, "Look into the bot's log: its database is away, or it is overloaded.", platform=platform
        )
    said = f"{url} does not answer as the bot does ({answer.trouble or answer.status})."
    return todo(
        check,
        said,
        "Lead MIO_PUBLIC_URL with all its paths to the bot, bodies and headers unchanged.",
        platform=platform,
    )
