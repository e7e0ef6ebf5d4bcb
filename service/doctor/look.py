"""Puts the looks together. Lends platforms what they need for a probe and nothing to write with."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

import aiohttp

import platforms as platform_folders
from bot.events import Tokens
from bot.ids import AccountId, PlatformId
from bot.platform import Clock, Incoming, Lent, NotAuthorised, Platform, PlatformSpec, TryLater
from bot.ready import GrantKind, Health, Probed, Whose
from service import heard
from service.doctor import ground, reach
from service.doctor.findings import OPERATOR, Finding, Report, State, ok, todo, unknown
from service.settings import Settings
from service.signing import Signer
from storage.examine import Examined
from storage.sealing import Keys, SealError
from storage.store import Store


def misset(problems: Sequence[str]) -> Report:
    """The settings cannot even be read together: that comes first."""
    next = "Correct it, then run doctor again; docs/index.md leads to where each value comes from."
    return Report(tuple(todo("settings", _sentence(problem), next) for problem in problems))


async def look(settings: Settings, specs: Sequence[PlatformSpec], clock: Clock) -> Report:
    """Everything at once; order of the findings is the order in which to mend them."""
    keys, about_keys = ground.ring(settings)
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(reach.session())
        store, stored, about_data = await _stored(settings, keys, clock, stack)
        first = [_configured(settings, specs), about_keys, *about_data, await ground.disk(settings)]
        if not settings.platforms:
            return Report(tuple(first))
        network = asyncio.gather(reach.addresses(settings, specs, web, clock), reach.public(settings, web))
        visits = [
            Visit(
                spec, settings, clock, web, store, stored, Signer(keys.signing, settings.public_url) if keys else None
            )
            for spec in specs
            if str(spec.id) in settings.platforms
        ]
        told = await asyncio.gather(*(visit.look() for visit in visits))
        addresses, public = await network
        reached = not any(finding.state is State.TODO for finding in public)
        asked = [finding for findings in told for finding in findings]
        knocks = [f for visit in visits for f in await visit.webhooks()] if reached else []
    return Report(tuple(_once([*first, *public, *addresses, *asked, *knocks])))


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """One mistake is one thing to do, however many checks run into it."""
    first: dict[tuple[str, str], str] = {}
    for finding in findings:
        told = first.setdefault((finding.platform, finding.says), finding.check)
        if finding.state is State.TODO and told != finding.check:
            yield unknown(finding.check, "Not looked at.", f"Mend {told} first.", finding.platform)
        else:
            yield finding


async def _stored(
    settings: Settings, keys: Keys | None, clock: Clock, stack: AsyncExitStack
) -> tuple[Store | None, Examined | None, Sequence[Finding]]:
    if ground.fresh(settings):
        return None, None, [ok("database", "None yet; the bot makes it at its first start.")]
    try:
        # Without the right keys the rest can still be looked at.
        store = await stack.enter_async_context(ground.opened(settings, keys or Keys({"none": bytes(32)}), clock))
    except ground.AWAY as fault:
        return None, None, [ground.away(settings, fault)]
    stored, findings = await ground.database(settings, store)
    return (store if stored else None), stored, [f for f in findings if keys or f.check != "permissions"]


def _configured(settings: Settings, specs: Sequence[PlatformSpec]) -> Finding:
    named = [spec.title for spec in specs if str(spec.id) in settings.platforms]
    if named:
        return ok("settings", f"They fit together; configured: {', '.join(named)}.")
    known = ", ".join(str(spec.id) for spec in specs)
    next = f"Run `python app.py manifest` for each of your platforms ({known}), and set the values that it gives you."
    return todo("settings", "No platform is configured.", next)


def _sentence(problem: str) -> str:
    return problem if problem.endswith(".") else f"{problem}."


# -- one platform --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Visit:
    """One configured platform, asked what it is asked for."""

    spec: PlatformSpec
    settings: Settings
    clock: Clock
    web: aiohttp.ClientSession
    store: Store | None
    stored: Examined | None
    signer: Signer | None

    @property
    def id(self) -> str:
        return str(self.spec.id)

    async def look(self) -> list[Finding]:
        platform = self._connected()
        await platform.start()
        try:
            found = await asyncio.gather(*(self._probe(platform, what) for what in platform.probes))
        finally:
            await platform.stop()
        return list(found)

    async def _probe(self, platform: Platform, what: str) -> Finding:
        check = f"{self.id}.{what}"
        try:
            probed = await platform.probe(what)
        except SealError:
            said = "The stored permission cannot be opened with these keys."
            return unknown(check, said, "Mend the keys first.", self.id)
        return self._finding(check, probed)

    def _finding(self, check: str, probed: Probed) -> Finding:
        match probed.health:
            case Health.WORKS:
                return self._foreign(check, probed) or ok(check, probed.sentence, self.id)
            case Health.LATER:
                return unknown(check, probed.sentence, probed.next, self.id)
            case Health.NOT_AUTHORISED | Health.HOPELESS:
                who = f"{self.spec.title} admin" if probed.whose is Whose.ADMIN else OPERATOR
                found = todo(check, probed.sentence, probed.next, who, self.id)
                return replace(found, link=self._link(probed.connect)) if probed.connect else found

    def _foreign(self, check: str, probed: Probed) -> Finding | None:
        """The permission works, but in another workspace or account than the imported people's."""
        known = self.stored.tenants.get(self.id, frozenset()) if self.stored else frozenset()
        if probed.tenant is None or not known or probed.tenant in known:
            return None
        said = f"{probed.sentence} The people imported so far belong to {', '.join(sorted(known))}."
        next = f"Set the credentials of {', '.join(sorted(known))} again, or import anew if the company has moved."
        return todo(check, said, next, platform=self.id)

    def _link(self, kind: GrantKind) -> str:
        """First contact; without keys the bot makes the link at its first start."""
        return self.signer.setup_url(self.spec.id, kind, self.clock.now()) if self.signer else ""

    # -- what comes in -------------------------------------------------------------------------------

    async def webhooks(self) -> list[Finding]:
        knocks = self._connected().knocks()
        found: list[Finding] = []
        for one in knocks:
            found.append(await reach.knock(self.web, self.settings.public_url, self.id, one))
            found.append(await self._heard(one.path, one.secret))
        return found

    async def _heard(self, path: str, secret: str) -> Finding:
        """What the vendor's own requests told: the only way to know whether its secret is ours."""
        check = f"{self.id}.signature.{path}"
        store, (accepted, refused) = self.store, heard.keys(path)
        if store is None:
            return self._unheard(check, secret)
        last = heard.read(
            await store.read(lambda tx: tx.memory.get(self.spec.id, accepted)),
            await store.read(lambda tx: tx.memory.get(self.spec.id, refused)),
        )
        if last.shut_out:
            before = (
                f"the last good one came {last.accepted:%d %B %H:%M} UTC" if last.accepted else "no good one ever came"
            )
            said = f"Requests to {path} are refused since their signature does not fit {secret} ({last.refused:%d %B %H:%M} UTC; {before})."
            return todo(
                check, said, f"Copy {secret} from {self.spec.title} again and restart the bot.", platform=self.id
            )
        if last.accepted is None:
            return self._unheard(check, secret)
        return ok(
            check, f"{self.spec.title}'s requests fit {secret}; the last came {last.accepted:%d %B %H:%M} UTC.", self.id
        )

    def _unheard(self, check: str, secret: str) -> Finding:
        said = f"{self.spec.title} has sent nothing yet, so whether {secret} is right cannot be known."
        return Finding(
            check,
            State.NOTE,
            said,
            "It shows with the first request: enter the address at the vendor again or write a message there, then run doctor again.",
            platform=self.id,
        )

    # -- lending -------------------------------------------------------------------------------------

    def _connected(self) -> Platform:
        lent = Lent(
            settings=self.settings.platforms[self.id],
            public_url=self.settings.public_url,
            command=self.settings.commands[self.id],
            bot_name=self.settings.bot_name,
            submit=_submit,
            tokens=Glimpse(self.spec.id, self.store, self.clock),
            memory=Scrap({}),
            clock=self.clock,
            rates=True,
            counted=lambda platform, method, status: None,
        )
        return platform_folders.connect(self.spec, lent)[0]


async def _submit(_: Incoming) -> NoReturn:
    raise AssertionError("doctor takes nothing in")


@dataclass(frozen=True, slots=True)
class Scrap:
    """A memory that ends with the look."""

    kept: dict[str, str]

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def put(self, key: str, value: str) -> None:
        self.kept[key] = value


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Stored tokens as they are: renewing them is the running bot's business, and would end the ones it holds."""

    platform: PlatformId
    store: Store | None
    clock: Clock

    async def person(self, account: AccountId) -> str:
        raise NotAuthorised("doctor speaks for nobody", account)

    async def person_or_none(self, account: AccountId) -> str | None:
        return None

    async def ends(self, account: AccountId) -> datetime | None:
        return None

    async def installed(self, kind: GrantKind) -> Tokens | None:
        if self.store is None:
            return None
        grant = await self.store.read(lambda tx: tx.grants.get(kind, self.platform, None))
        if grant is None:
            return None
        if grant.tokens.expires is not None and grant.tokens.expires <= self.clock.now():
            raise TryLater("the stored token has expired; the bot renews it when it runs")
        return grant.tokens

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        raise AssertionError("doctor stores nothing")

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        """Nothing to remember: the look is over soon."""
