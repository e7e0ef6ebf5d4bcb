"""Select teams: which teams' members are imported, and what becomes of the people when one is dropped.

What is picked on the card takes effect with *Import teams and users* only.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

import msgspec

from bot.events import TeamsListed
from bot.ids import AccountId, PersonId, PlanId, PlatformId, fresh
from bot.orders import FetchTeams
from bot.people import Account
from bot.words import listed as joined
from bot.words import say
from cards.content import Answer, TeamChoice, TeamRow
from handlers import confirming, directory, planning
from handlers.ctx import Ctx
from handlers.kinds import KINDS
from storage.cards import CardRow

PAGE = 10


def show(ctx: Ctx, asker: AccountId, platform: PlatformId) -> None:
    """The choice card, and the list read anew behind it. The first time there is nothing to show but that it is read."""
    picked = tuple(team.id for team in ctx.tx.teams.chosen(platform))
    facts = _page(ctx, platform, picked, 1, "")
    if not facts.total:
        facts = replace(facts, loading=True)
    ctx.show(asker, facts, subject=_subject(platform))
    _read(ctx, platform)


def _subject(platform: PlatformId) -> str:
    return f"teams:{platform}"


def _read(ctx: Ctx, platform: PlatformId) -> None:
    reading = fresh()
    ctx.put(FetchTeams(platform, reading), key=f"teams:{platform}:{ctx.now.timestamp() // 10}")


def _page(ctx: Ctx, platform: PlatformId, picked: tuple[str, ...], page: int, words: str) -> TeamChoice:
    teams, total = ctx.tx.teams.page(platform, words, (page - 1) * PAGE, PAGE)
    known = ctx.policy.platforms[platform]
    return TeamChoice(
        platform=platform,
        title=known.title,
        rows=tuple(TeamRow((page - 1) * PAGE + n, team.id, team.name) for n, team in enumerate(teams, 1)),
        picked=picked,
        page=page,
        pages=max(1, -(-total // PAGE)),
        total=total,
        words=words,
        command=known.command,
    )


def listed(event: TeamsListed, ctx: Ctx) -> None:
    """A page of the listing; at its end the cards that wait for it, or show it, are brought up to date."""
    ctx.tx.teams.note(event.platform, event.reading, event.teams)
    if event.cursor is not None:
        ctx.put(FetchTeams(event.platform, event.reading, event.cursor))
        return
    ctx.tx.teams.forget_others(event.platform, event.reading)
    for card in ctx.tx.cards.by_subject(_subject(event.platform), 5):
        if card.kind == "team_choice":
            shown = _shown(card)
            ctx.replace(card.id, _page(ctx, event.platform, shown.picked, shown.page, shown.words))


def not_listed(ctx: Ctx, order: FetchTeams, reason: str) -> None:
    """The list cannot be had: whoever waits for it hears why."""
    for card in ctx.tx.cards.by_subject(_subject(order.platform), 5):
        if card.kind == "team_choice" and _shown(card).loading:
            ctx.replace(card.id, replace(_shown(card), loading=False, trouble=reason))


def _shown(card: CardRow) -> TeamChoice:
    return msgspec.convert(json.loads(card.data), TeamChoice, strict=False)


# -- on the card ---------------------------------------------------------------------------------


def _mine(ctx: Ctx, account: Account, platform: PlatformId) -> tuple[CardRow, TeamChoice] | None:
    card = ctx.tx.cards.newest(account.id, ("team_choice",), _subject(platform))
    return (card, _shown(card)) if card is not None else None


def pick(ctx: Ctx, account: Account, platform: PlatformId, values: Collection[str], *, toggle: bool) -> bool:
    """Take over what was chosen on the card's page. False: there is no such card any more."""
    mine = _mine(ctx, account, platform)
    if mine is None:
        return False
    card, shown = mine
    here = {row.id for row in shown.rows}
    before = set(shown.picked)
    if toggle:
        after = before ^ (set(values) & here)
    else:
        after = (before - here) | (set(values) & here)
    if after != before:
        ctx.replace(card.id, replace(shown, picked=tuple(sorted(after))))
    return True


def turn(ctx: Ctx, account: Account, platform: PlatformId, page: int) -> bool:
    mine = _mine(ctx, account, platform)
    if mine is None:
        return False
    card, shown = mine
    ctx.replace(card.id, _page(ctx, platform, shown.picked, min(max(1, page), shown.pages), shown.words))
    return True


def search(ctx: Ctx, account: Account, platform: PlatformId, words: str) -> bool:
    mine = _mine(ctx, account, platform)
    if mine is None:
        return False
    card, shown = mine
    ctx.replace(card.id, _page(ctx, platform, shown.picked, 1, words.strip()[:100]))
    return True


def picked(ctx: Ctx, account: Account, platform: PlatformId) -> bool:
    """*Import teams and users*."""
    mine = _mine(ctx, account, platform)
    if mine is None or mine[1].loading:
        return False
    choose(ctx, account.id, platform, mine[1].picked)
    return True


# -- what it leads to ----------------------------------------------------------------------------


def named(ctx: Ctx, account: Account, platform: PlatformId, names: Sequence[str], *, drop: bool) -> None:
    """``import <platform> add|drop <team>, …``: all names fit, or nothing is changed."""
    title = ctx.policy.title(platform)
    found = [(name, ctx.tx.teams.named(platform, name)) for name in names]
    unknown = [name for name, teams in found if not teams]
    several = [name for name, teams in found if len(teams) > 1]
    if unknown or several:
        key = "teams.unknown" if unknown else "teams.many"
        words = say(key, platform=title, names=joined(unknown or several), command=platform)
        ctx.show(account, Answer(say("failed.title"), (words,)))
        if unknown:
            _read(ctx, platform)
        return
    wanted = {team.id for _, teams in found for team in teams}
    chosen = {team.id for team in ctx.tx.teams.chosen(platform)}
    choose(ctx, account.id, platform, tuple(sorted(chosen - wanted if drop else chosen | wanted)))


def choose(ctx: Ctx, asker: AccountId, platform: PlatformId, ids: Sequence[str]) -> None:
    """From now on these teams; the import begins, and people whom only dropped teams brought in are asked about."""
    before = {team.id: team.name for team in ctx.tx.teams.chosen(platform)}
    dropped = sorted(set(before) - set(ids))
    alone = ctx.tx.teams.only_in(platform, dropped) if dropped else []
    ctx.tx.teams.choose(platform, ids)
    ctx.tx.acts.add(asker, "teams", platform, {"chosen": len(ids), "dropped": dropped[:20]})
    if alone:
        _ask(ctx, asker, platform, dropped, tuple(before[team] for team in dropped), alone)
    elif dropped:
        ctx.tx.teams.leave(platform, dropped)
    if ids:
        directory.start(ctx, asker, [platform])
    else:
        ctx.show(asker, Answer(say("teams.title", platform=ctx.policy.title(platform)), (say("teams.nothing"),)))


def _ask(
    ctx: Ctx,
    asker: AccountId,
    platform: PlatformId,
    dropped: Sequence[str],
    names: tuple[str, ...],
    alone: list[PersonId],
) -> None:
    people = list(ctx.tx.people.many(alone).values())
    data = {"platform": platform, "teams": list(dropped), "team_names": list(names[:10])}
    planning.begin(ctx, KINDS["unsync"], "unsync", asker, people, **data)


def keep(ctx: Ctx, plan_id: PlanId, by: Account) -> bool:
    """*Keep*: the people stay as they are. False: answered before, or somebody else's question."""
    plan = ctx.tx.plans.get(plan_id)
    if plan is None or plan.kind != "unsync" or plan.asker != by.id or plan.state != "open":
        return False
    confirming.cancel(ctx, plan, None, by)
    return True
