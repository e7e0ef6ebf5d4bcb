"""Import: pages of the directory become accounts, accounts become persons; what happens to one account later.

A run is a chain of jobs, so it can be interrupted, repeated and resumed. Nobody is closed because a listing was cut
short: accounts that were not seen are looked up one by one first.
"""

from collections.abc import Sequence
from datetime import timedelta

from bot.events import MemberChanged, MemberJoined, MemberLeft, MemberLookedUp, MembersListed, Ticked
from bot.ids import AccountId, CardId, PlatformId, RunId, platform_of
from bot.links import Happening
from bot.orders import FetchMembers, LookUpMember
from bot.people import Account
from bot.platform import Scope
from bot.words import listed as listed_words
from bot.words import say
from cards.content import Answer, ImportProgress, ImportResult, ImportStopped, PlatformCount
from handlers import nightly
from handlers.consent import close
from handlers.ctx import Ctx
from storage.runs import Run, night

CARD_EVERY = 1_000
"""Accounts between two changes of the progress card."""


def start(ctx: Ctx, asker: AccountId, wanted: Sequence[PlatformId]) -> None:
    """Begin a run per platform; one that is running already goes on and reports to the new card, too.

    A platform that nobody has connected yet is left out by name: its run could only wait. Whoever imports by team has
    chosen some before.
    """
    platforms = [p for p in wanted if is_connected(ctx, p)]
    away = [ctx.policy.title(p) for p in wanted if p not in platforms]
    if away:
        words = say("answer.import.away", platforms=listed_words(away))
        ctx.show(asker, Answer(say("failed.title"), (words, say("answer.import.setup"))))
    if platforms:
        _begin(ctx, asker, platforms)


def is_connected(ctx: Ctx, platform: PlatformId) -> bool:
    """Whether an administrator has connected everything that platform needs."""
    installs = ctx.policy.platforms[platform].installs
    return all(ctx.tx.grants.get(kind, platform, None) is not None for kind in installs)


def _begin(ctx: Ctx, asker: AccountId, platforms: Sequence[PlatformId]) -> None:
    card = ctx.show(asker, _progress(ctx, platforms, []), subject="import")
    for platform in platforms:
        running = ctx.tx.runs.running(platform)
        if running is None:
            _run(ctx, platform, asker, card)
            continue
        ctx.tx.runs.report_to(running.id, card, asker)
        if running.nightly:
            _report(ctx, running.card)
    ctx.tx.acts.add(asker, "import", ",".join(platforms), {})


def _run(ctx: Ctx, platform: PlatformId, asker: AccountId | None, card: CardId) -> None:
    run = ctx.tx.runs.new("import", platform, asker, card)
    chosen = ctx.tx.teams.chosen(platform) if by_team(ctx, platform) else []
    _fetch(ctx, run, platform, chosen[0].id if chosen else None, None)


def refresh(event: Ticked, ctx: Ctx) -> None:
    """Once a night, everything that was imported before is imported again; nobody is prompted by it."""
    day = nightly.day(ctx)
    if day is None or not ctx.tx.links.use_once(night(day), ctx.now + ctx.policy.hold + timedelta(days=2)):
        return
    platforms = [p for p in sorted(ctx.policy.platforms) if _may_refresh(ctx, p)]
    for platform in platforms:
        _run(ctx, platform, None, night(day))
    if platforms:
        ctx.tx.acts.add(None, "import", ",".join(platforms), {})


def _may_refresh(ctx: Ctx, platform: PlatformId) -> bool:
    """Imported before and not just now, connected, with teams to read where it goes by team, and not being imported anyway."""
    ended = ctx.tx.runs.ended(platform)
    if ended is None or ctx.now - ended < nightly.RECENT:
        return False
    if not is_connected(ctx, platform) or ctx.tx.runs.running(platform):
        return False
    return not by_team(ctx, platform) or bool(ctx.tx.teams.chosen(platform))


def by_team(ctx: Ctx, platform: PlatformId) -> bool:
    return ctx.policy.platforms[platform].traits.scope is Scope.TEAMS


def _fetch(ctx: Ctx, run: RunId, platform: PlatformId, team: str | None, cursor: str | None) -> None:
    key = f"page:{run}:{platform}:{team or ''}:{cursor or ''}"
    ctx.put(FetchMembers(run, platform, cursor, team), key=key)


def listed(event: MembersListed, ctx: Ctx) -> None:
    """A page of the directory: upsert and match, then the next page or the end."""
    run = ctx.tx.runs.get(event.run)
    if run is None or run.state != "running":
        return
    result = ctx.tx.people.upsert(_welcome(ctx, run, event.accounts), event.run, ctx.aliases)
    for account in result.gone:
        _gone(ctx, account)
    before = run.counts.get("seen", 0)
    seen = before + len(event.accounts)
    counts = {
        **run.counts,
        "seen": seen,
        "new": run.counts.get("new", 0) + result.created,
        "joined": run.counts.get("joined", 0) + result.joined,
        "conflicts": run.counts.get("conflicts", 0) + result.conflicts,
        "left": run.counts.get("left", 0) + len(result.gone),
    }
    ctx.tx.runs.advance(run.id, event.cursor, counts)
    team = event.team
    if team is not None:
        ctx.tx.teams.joined(event.platform, team, [a.id for a in event.accounts], run.id)
    if event.cursor is None and team is not None:
        ctx.tx.teams.forget_members(event.platform, team, run.id)
        team = next((t.id for t in ctx.tx.teams.chosen(event.platform) if t.id > team), None)
    if event.cursor is None and team is None:
        return _look_for_missing(ctx, run, seen)
    _fetch(ctx, run.id, event.platform, team, event.cursor)
    if seen // CARD_EVERY != before // CARD_EVERY:
        _report(ctx, run.card)


def _welcome(ctx: Ctx, run: Run, accounts: Sequence[Account]) -> Sequence[Account]:
    """Whoever was removed on purpose comes back when an administrator imports, not by night."""
    ids = [account.id for account in accounts]
    if run.asker is not None:
        ctx.tx.leaving.welcome(ids)
        return accounts
    away = ctx.tx.leaving.away(ids)
    return [account for account in accounts if account.id not in away]


def _look_for_missing(ctx: Ctx, run: Run, seen: int) -> None:
    """The listing is complete. Whoever was not in it is looked up – unless so many are missing that it smells."""
    last = None
    if by_team(ctx, run.platform):
        # Members of several teams were listed several times; people kept from dropped teams were not seen before, either.
        once = ctx.tx.people.seen(run.platform, run.id)
        ctx.tx.runs.count(run.id, "seen", once - seen)
        seen = once
        last = ctx.tx.runs.last_done(run.platform)
    missing = ctx.tx.people.not_seen(run.platform, run.id, ctx.policy.guard_count + 1, last)
    guard = min(ctx.policy.guard_count, max(1, int(seen * ctx.policy.guard_share)))
    if len(missing) > guard:
        ctx.tx.runs.count(run.id, "not looked up", len(missing))
        return _finish(ctx, run.id)
    for account in missing:
        ctx.put(LookUpMember(account.id, run.id), key=f"lookup:{run.id}:{account.id}")
    if missing:
        ctx.tx.runs.count(run.id, "looking up", len(missing))
    else:
        _finish(ctx, run.id)


def looked_up(event: MemberLookedUp, ctx: Ctx) -> None:
    """One account that a listing did not show, or that an event named."""
    if event.account is None or not event.account.active:
        _gone(ctx, event.id)
    else:
        ctx.tx.people.upsert([event.account], event.run, ctx.aliases)
    if event.run is not None:
        if event.account is None or not event.account.active:
            ctx.tx.runs.count(event.run, "left", 1)
        not_looked_up(ctx, event.run)


def not_looked_up(ctx: Ctx, run_id: RunId) -> None:
    """One look-up less to wait for; after the last one the run is done."""
    left = ctx.tx.runs.count(run_id, "looking up", -1)
    run = ctx.tx.runs.get(run_id)
    if left <= 0 and run is not None and run.state == "running":
        _finish(ctx, run_id)


def _finish(ctx: Ctx, run: RunId) -> None:
    ctx.tx.runs.finish(run)
    found = ctx.tx.runs.get(run)
    if found is not None:
        ctx.tx.acts.add(found.asker, "imported", found.platform, dict(found.counts))
        _report(ctx, found.card)


def stopped(ctx: Ctx, run: RunId, reason: str) -> None:
    """A page could not be had for good: the run ends, nothing is closed, the asker hears why."""
    found = ctx.tx.runs.get(run)
    if found is None or found.state != "running":
        return
    ctx.tx.runs.stop(run, reason)
    ctx.tx.acts.add(found.asker, "import stopped", found.platform, {"reason": reason})
    if found.asker is not None:
        ctx.show(found.asker, ImportStopped(ctx.policy.title(found.platform), reason), subject="import")
    _report(ctx, found.card)


def _report(ctx: Ctx, card: CardId) -> None:
    """The card of a set of runs: progress while one of them runs, then the result; of a night's runs, only what came of them.

    Two runs may end at the same moment; the second one waits for what the first one wrote, and sees that it was the last.
    """
    ctx.tx.cards.lock(card)
    ctx.tx.links.lock_once(card)
    runs = ctx.tx.runs.of_card(card)
    running = any(run.state == "running" for run in runs)
    if runs and runs[0].nightly:
        if not running:
            nightly.report(ctx, card, runs)
    elif running:
        ctx.replace(card, _progress(ctx, [run.platform for run in runs], runs))
    else:
        ctx.replace(card, _result(ctx, runs))


def _progress(ctx: Ctx, platforms: Sequence[PlatformId], runs: Sequence[Run]) -> ImportProgress:
    counted = {run.platform: run.counts.get("seen", 0) for run in runs}
    done = {run.platform for run in runs if run.state != "running"}
    return ImportProgress(
        platforms=tuple(PlatformCount(ctx.policy.title(p), counted.get(p, 0), p in done) for p in platforms)
    )


def _result(ctx: Ctx, runs: Sequence[Run]) -> ImportResult:
    counts = ctx.tx.people.counts()
    return ImportResult(
        platforms=tuple(PlatformCount(ctx.policy.title(r.platform), r.counts.get("seen", 0), True) for r in runs),
        matched=counts.matched,
        only_one=counts.only_one,
        to_decide=counts.to_decide,
        without_email=counts.without_email,
        conflicts=counts.conflicts,
        excluded=counts.excluded,
        left=sum(run.counts.get("left", 0) for run in runs),
        not_checked=sum(run.counts.get("not looked up", 0) for run in runs),
        second_platform=len(ctx.policy.platforms) > 1,
    )


# -- one account at a time -----------------------------------------------------------------------


def joined(event: MemberJoined, ctx: Ctx) -> None:
    """A newcomer is known from now on, not created as a sync, and nobody is prompted. Before any import: ignored."""
    _changed(ctx, event.account)


def changed(event: MemberChanged, ctx: Ctx) -> None:
    if event.account.active:
        _changed(ctx, event.account)
    else:
        _gone(ctx, event.account.id)


def _changed(ctx: Ctx, account: Account) -> None:
    """Before the first import only who talked to the bot is known, and their rights must not grow old.

    Where import goes by team, an event makes nobody a person who is in no selected team.
    """
    imported = ctx.tx.runs.ever(account.platform) and not ctx.tx.leaving.away([account.id])
    if imported and (not by_team(ctx, account.platform) or ctx.tx.people.by_account(account.id) is not None):
        ctx.tx.people.upsert([account], None, ctx.aliases)
    elif ctx.tx.people.account(account.id) is not None:
        ctx.tx.people.note(account)


def left(event: MemberLeft, ctx: Ctx) -> None:
    _gone(ctx, event.account)


def _gone(ctx: Ctx, account: AccountId) -> None:
    """The account is closed: its person's syncs that need it end at once, without undo."""
    person = ctx.tx.people.by_account(account)
    if person is not None:
        platform = platform_of(account)
        only = None if person.primary == platform else platform
        # Before the account leaves its person: its grant is found through it.
        if close(ctx, person, Happening.LEFT, only):
            ctx.tx.acts.add(None, "left", person.id, {"platform": platform})
    ctx.tx.people.deactivate(account)
