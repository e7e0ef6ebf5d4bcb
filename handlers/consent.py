"""Consent: the Allow page, the platform's redirect, what was granted, and what was lost.

An attempt is minted at every opening and used once; only a callback with the right account links anything.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from bot.events import AppLost, Granted, GrantLost, GrantRefused, GrantRevoked, Renewed, Tokens
from bot.ids import AccountId, AttemptId, PersonId, PlatformId, platform_of
from bot.links import Effect, Happening, LinkReason, State, SyncLink, step
from bot.orders import Listen, RedeemCode, RevokeGrant, Unlisten
from bot.pauses import own_key
from bot.people import Account, Person
from bot.platform import Hearing
from bot.ready import GrantKind
from bot.relay import Reason
from handlers import notices
from handlers.asking import ask, refresh_consent
from handlers.ctx import Ctx
from handlers.roles import is_admin
from storage.grants import discarded_id, grant_id
from storage.links import Attempt

ATTEMPT = timedelta(minutes=10)
OPEN = (State.PENDING, State.FAILED)


@dataclass(frozen=True, slots=True)
class Begun:
    """Send the browser to the platform's page: ``state`` comes back with the code, ``account`` must sign in."""

    attempt: AttemptId
    platform: PlatformId
    kind: GrantKind
    state: str
    verifier: str
    account: AccountId | None
    words: str
    """Whose account is expected, for the page before the platform's."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing to allow: the state of the link says what is true now."""

    link: SyncLink
    title: str


def asked(ctx: Ctx, person: PersonId, platform: PlatformId, round_: int) -> Account | Closed | None:
    """Whose account is asked for by the link behind *Allow*. None: the person was erased."""
    found = ctx.tx.people.get(person)
    if found is None:
        return None
    link = ctx.tx.links.get(person, platform)
    account = found.on(platform)
    if link.state not in OPEN or link.round != round_ or account is None or link.connecting:
        return Closed(link, ctx.policy.title(platform))
    return account


def begin(ctx: Ctx, person: PersonId, platform: PlatformId, round_: int) -> Begun | Closed | None:
    """*Allow* was opened. None: the person was erased. A link preview does the same and changes nothing."""
    account = asked(ctx, person, platform, round_)
    if not isinstance(account, Account):
        return account
    return _mint(ctx, GrantKind.PERSON, platform, person, account.id, account.email or account.name)


def begin_setup(ctx: Ctx, platform: PlatformId, kind: GrantKind) -> Begun:
    """An administrator opened *Connect*."""
    return _mint(ctx, kind, platform, None, None, "")


def _mint(
    ctx: Ctx, kind: GrantKind, platform: PlatformId, person: PersonId | None, account: AccountId | None, words: str
) -> Begun:
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    attempt = ctx.tx.links.new_attempt(
        person=person,
        platform=platform,
        kind=kind,
        account=account,
        state=state,
        verifier=verifier,
        until=ctx.now + ATTEMPT,
    )
    return Begun(attempt, platform, kind, state, verifier, account, words)


def returned(ctx: Ctx, platform: PlatformId, state: str, code: str | None, error: str | None) -> AttemptId | None:
    """The platform sent the browser back. None: no such attempt, or used, or too late."""
    attempt = ctx.tx.links.by_state(state)
    if attempt is None or attempt.platform != platform or attempt.until < ctx.now or not ctx.tx.links.use(attempt.id):
        return None
    if code is None:
        ctx.tx.links.outcome(attempt.id, "denied", error or "")
        if attempt.person is not None:
            _step(ctx, attempt.person, platform, Happening.DENIED)
        return attempt.id
    ctx.put(RedeemCode(attempt.id, platform, code), key=f"redeem:{attempt.id}")
    return attempt.id


def granted(event: Granted, ctx: Ctx) -> None:
    """A code was exchanged. Whose account signed in decides what becomes of it."""
    attempt = ctx.tx.links.attempt(event.attempt)
    if attempt is None or attempt.outcome is not None:
        return _discard(ctx, attempt, event)
    if attempt.kind is not GrantKind.PERSON:
        return _installed(ctx, attempt, event)
    assert attempt.person is not None and event.account is not None, "a person's consent has a person"
    ctx.tx.people.lock([attempt.person])
    person = ctx.tx.people.get(attempt.person)
    link = ctx.tx.links.get(attempt.person, attempt.platform, lock=True)
    account = person.on(attempt.platform) if person else None
    if person is None or account is None or account.id != attempt.account or link.state is State.NOT_CREATED:
        ctx.tx.links.outcome(attempt.id, "closed", "")
        return _discard(ctx, attempt, event)
    if event.account.id != attempt.account:
        ctx.tx.links.outcome(attempt.id, "wrong account", event.account.email or event.account.name)
        _step(ctx, person.id, attempt.platform, Happening.WRONG_ACCOUNT)
        return _discard(ctx, attempt, event)
    _keep(ctx, GrantKind.PERSON, attempt.platform, event.account, event.tokens)
    ctx.tx.links.outcome(attempt.id, "done", "")
    if link.state in OPEN:
        ctx.tx.acts.add(event.account.id, "allowed", person.id, {"platform": attempt.platform})
        _step(ctx, person.id, attempt.platform, heard(ctx, attempt.platform, event.account.id))
        if person.home is not None:
            notices.sent_on(ctx, person.home.id)
    ctx.tx.queue.unhold(f"grant:{event.account.id}")


def heard(ctx: Ctx, platform: PlatformId, account: AccountId) -> Happening:
    """Where hearing is set up for each person, the link is synced once that stands."""
    if not _set_up_for_each(ctx, platform):
        return Happening.GRANTED
    ctx.put(Listen(platform, account))
    return Happening.ALLOWED


def _set_up_for_each(ctx: Ctx, platform: PlatformId) -> bool:
    known = ctx.policy.platforms.get(platform)
    return known is not None and known.traits.hearing is Hearing.PERSON


def _discard(ctx: Ctx, attempt: Attempt | None, event: Granted) -> None:
    """Not for the account asked for. A live grant's owner keeps it: the new authorisation may have killed their tokens."""
    kind = attempt.kind if attempt else GrantKind.PERSON
    account = event.account
    if account is not None and kind is GrantKind.PERSON:
        if ctx.tx.grants.get(kind, account.platform, account.id) is not None:
            return _keep(ctx, kind, account.platform, account, event.tokens)
    platform = account.platform if account else attempt.platform if attempt else None
    if platform is None:
        return
    kept = discarded_id(event.attempt)
    ctx.tx.grants.put(kind, platform, None, event.tokens, id=kept)
    owner = account.id if account and kind is GrantKind.PERSON else None
    ctx.put(RevokeGrant(kept, platform, owner), key=f"revoke:{kept}")


def _keep(ctx: Ctx, kind: GrantKind, platform: PlatformId, account: Account | None, tokens: Tokens) -> None:
    owner = account.id if account and kind is GrantKind.PERSON else None
    ctx.tx.grants.put(kind, platform, owner, tokens)
    ctx.grants.append(grant_id(kind, platform, owner))


def _installed(ctx: Ctx, attempt: Attempt, event: Granted) -> None:
    """The bot or the directory was connected – by an administrator, or it does not count.

    Without an account the platform itself vouches: it lets nobody but administrators come this far.
    """
    account = event.account
    if account is not None and not is_admin(ctx, account):
        ctx.tx.links.outcome(attempt.id, "not an administrator", account.email or account.name)
        return _discard(ctx, attempt, event)
    _keep(ctx, attempt.kind, attempt.platform, account, event.tokens)
    if account is not None:
        ctx.tx.people.note(account)
        ctx.tx.policies.put(holder_key(attempt.platform, attempt.kind), account.id)
    ctx.tx.links.outcome(attempt.id, "connected", "")
    by = account.id if account else None
    ctx.tx.acts.add(by, "connected", attempt.platform, {"kind": attempt.kind})
    ctx.tx.queue.unhold(f"app:{attempt.platform}")


def holder_key(platform: PlatformId, kind: GrantKind) -> str:
    """Under which name the account stands that connected something."""
    return f"connected by:{platform}:{kind}"


def refused(event: GrantRefused, ctx: Ctx) -> None:
    """The code was not accepted: the person may simply press Allow again."""
    attempt = ctx.tx.links.attempt(event.attempt)
    if attempt is not None and attempt.outcome is None:
        ctx.tx.links.outcome(attempt.id, "failed", event.detail)


def lost(event: GrantLost, ctx: Ctx) -> None:
    """Consent broke: the person gets the card again, or an administrator hears what to do.

    A word about an older permission (a late event, a call that was under way) does not touch the one given since.
    """
    platform = platform_of(event.account)
    grant = grant_id(GrantKind.PERSON, platform, event.account)
    person = ctx.tx.people.by_account(event.account)
    if person is not None:
        ctx.tx.people.lock([person.id])
    ctx.grants.append(grant)
    held = ctx.tx.grants.by_id(grant)
    if held is not None and held.since > event.at:
        return ctx.count("mio_events_total", platform, "GrantLost", Reason.STALE)
    ctx.tx.grants.erase(grant)
    if person is None:
        return
    link = ctx.tx.links.get(person.id, platform, lock=True)
    if not link.allowed:
        return
    ctx.tx.acts.add(event.account, "lost", person.id, {"reason": event.reason, "detail": event.detail})
    after = step(link, Happening.LOST, ctx.now, ctx.policy.timetable, event.reason)
    ctx.tx.links.put(after.link)
    if Effect.ASK in after.effects:
        ask(ctx, person)
    if Effect.TELL_ADMIN in after.effects:
        notices.tell_admins(ctx, "admin.grant_lost", person.name, ctx.policy.title(platform), event.reason)


def app_lost(event: AppLost, ctx: Ctx) -> None:
    """The app itself was removed or switched off. Administrators elsewhere hear it once a day."""
    day = f"app_lost:{event.platform}:{ctx.now.date().isoformat()}"
    if not ctx.tx.links.use_once(day, ctx.now + timedelta(days=2)):
        return
    ctx.tx.acts.add(None, "app lost", event.platform, {"detail": event.detail})
    notices.tell_admins(ctx, "admin.app_lost", "", ctx.policy.title(event.platform), LinkReason.NONE, event.platform)


def renewed(event: Renewed, ctx: Ctx) -> None:
    ctx.tx.grants.renew(event.grant, event.tokens)
    ctx.grants.append(event.grant)


def revoked(event: GrantRevoked, ctx: Ctx) -> None:
    ctx.tx.grants.erase(event.grant)
    ctx.tx.acts.add(None, "revoked", event.grant.split(":", 1)[0], {"at platform": event.at_platform})
    if event.account is None:
        return
    platform = platform_of(event.account)
    if ctx.tx.grants.get(GrantKind.PERSON, platform, event.account) is not None:
        # Allowed again meanwhile: ending the old permission may have ended what the new one had set up.
        heard(ctx, platform, event.account)


def decline(ctx: Ctx, person: Person, happening: Happening) -> None:
    """*Not now* or *No thanks*: the answer for every line that is still open."""
    ctx.tx.people.lock([person.id])
    for (_, platform), link in ctx.tx.links.of([person.id]).items():
        if link.state in OPEN and not link.connecting:
            ctx.tx.links.put(step(link, happening, ctx.now, ctx.policy.timetable).link)
            ctx.tx.acts.add(None, happening, person.id, {"platform": platform})
    refresh_consent(ctx, person)


def _step(ctx: Ctx, person: PersonId, platform: PlatformId, happening: Happening) -> None:
    link = ctx.tx.links.get(person, platform, lock=True)
    ctx.tx.links.put(step(link, happening, ctx.now, ctx.policy.timetable).link)
    found = ctx.tx.people.get(person)
    if found is not None:
        refresh_consent(ctx, found)


def close(
    ctx: Ctx,
    person: Person,
    happening: Happening,
    only: PlatformId | None = None,
    *,
    park: list[tuple[str, str]] | None = None,
) -> tuple[PlatformId, ...]:
    """Reset, disconnect, leaving: hearing and speaking stop now, the grants are revoked at the platforms and erased.

    With ``park`` they are only put out of use, and each is noted there: its id, and the one under which it lies now. What waited for such a grant is woken,
    and ends at once with a word to its writer.
    """
    closed = []
    ctx.tx.people.lock([person.id])
    for (_, platform), link in ctx.tx.links.of([person.id]).items():
        if only not in (None, platform) or link.state is State.NOT_CREATED:
            continue
        ctx.tx.links.put(step(link, happening, ctx.now, ctx.policy.timetable).link)
        closed.append(platform)
    for grant in ctx.tx.grants.of_person(person.id):
        if only in (None, grant.platform):
            parked = ctx.tx.grants.discard(grant.id)
            ctx.grants.append(grant.id)
            if parked is None or grant.account is None:
                continue
            if park is None:
                ctx.put(RevokeGrant(parked, grant.platform, grant.account), key=f"revoke:{parked}")
                continue
            park.append((grant.id, parked))
            if _set_up_for_each(ctx, grant.platform):
                ctx.put(Unlisten(parked, grant.platform, grant.account))
    for platform in closed:
        account = person.on(platform)
        if account is not None:
            ctx.tx.queue.unhold(f"grant:{account.id}")
    if closed:
        # What waited for the end of their pause ends with the reason that is true now.
        ctx.tx.queue.unhold(own_key(person.id))
        refresh_consent(ctx, person)
    return tuple(closed)
