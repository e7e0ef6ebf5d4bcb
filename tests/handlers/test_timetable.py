"""Three weeks of reminders and other messages that nobody asked for, hour by hour: decisions alone, without a network."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from town import SLACK, ZOOM, Clock, policy

from bot import text
from bot.events import MessagePosted, Ticked
from bot.ids import AccountId, ChannelId, NativeId, PersonId, PlatformId, account_id
from bot.links import Happening, LinkReason, State, SyncLink, step
from bot.people import Account, Person
from handlers import consent, decide, sync
from handlers.asking import ask
from handlers.ctx import Ctx
from service.signing import Signer
from storage.schema import cards, streams
from storage.store import Store, Tx

WEBEX = PlatformId("webex")
ZONES = {"Ann": "UTC", "Bob": "Asia/Tokyo", "Cleo": "America/New_York", "Emil": "Europe/Berlin", "Fay": "UTC"}
SIGNER = Signer(b"k" * 32, "http://bot.example")
STEP = timedelta(hours=4)


class Weeks:
    """People whose home is Slack and who were asked about Zoom on a Monday at ten; Webex is linked already."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        store.clock = self.clock
        self.begun = self.clock.time
        self.ids: dict[str, PersonId] = {}

    async def decided(self, work: Callable[[Ctx], object]) -> None:
        def transaction(tx: Tx) -> None:
            work(Ctx(tx, policy(SIGNER, self.clock)))

        await self.store.write(transaction)

    async def begin(self, *names: str) -> None:
        def people(ctx: Ctx) -> None:
            for name in names:
                accounts = [
                    Account(account_id(p, "T", name), name, f"{name}@acme.example", time_zone=ZONES[name])
                    for p in (SLACK, ZOOM, WEBEX)
                ]
                ctx.tx.people.upsert(accounts, None, {})
                person = ctx.tx.people.by_account(accounts[0].id)
                assert person is not None
                self.ids[name] = person.id
                ctx.tx.people.set_primary([person.id], SLACK)
                asked = step(SyncLink(person.id, ZOOM), Happening.ASKED, ctx.now, ctx.policy.timetable).link
                ctx.tx.links.put(asked, SyncLink(person.id, WEBEX, State.SYNCED))
                ask(ctx, self.person(ctx, name))

        await self.decided(people)

    def person(self, ctx: Ctx, name: str) -> Person:
        found = ctx.tx.people.get(self.ids[name])
        assert found is not None
        return found

    async def pass_by(self, days: int, each: Callable[[Ctx], object] = lambda ctx: None) -> None:
        """Every four hours the clock ticks for reminders, and something else may happen."""
        until = self.clock.time + timedelta(days=days)
        while self.clock.time < until:
            self.clock.time += STEP

            def tick(ctx: Ctx) -> None:
                decide(Ticked("reminders", ctx.now), ctx)
                each(ctx)

            await self.decided(tick)

    async def cards(self, name: str, *kinds: str) -> list[datetime]:
        """When each card of some kinds (or all) goes to somebody, in order."""

        def read(tx: Tx) -> list[datetime]:
            mine = select(cards.c.id, cards.c.kind).where(cards.c.account == account_id(SLACK, "T", name))
            wanted = [row.id for row in tx.conn.execute(mine) if not kinds or row.kind in kinds]
            due = {row.stream: row.due for row in tx.conn.execute(select(streams.c.stream, streams.c.due))}
            return sorted(due[f"card:slack:{card}"] for card in wanted)

        return await self.store.read(read)

    async def link(self, name: str) -> SyncLink:
        return await self.store.read(lambda tx: tx.links.get(self.ids[name], ZOOM))


@pytest.fixture
async def weeks(store: Store) -> Weeks:
    return Weeks(store)


def working(name: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(ZONES[name]))
    return local.weekday() < 5 and 9 <= local.hour < 17


async def test_three_weeks_without_an_answer(weeks: Weeks) -> None:
    """The first card and three reminders, each in working hours and three days apart at least; then it stays visible."""
    await weeks.begin(*ZONES)
    await weeks.pass_by(21)
    for name in ZONES:
        times = await weeks.cards(name)
        assert len(times) == 4, (name, times)
        assert times[0] == weeks.begun and all(working(name, at) for at in times[1:]), (name, times)
        assert all(timedelta(days=3) <= b - a <= timedelta(days=6) for a, b in pairwise(times)), (name, times)
        link = await weeks.link(name)
        assert (link.state, link.reason, link.next_ask) == (State.PENDING, LinkReason.UNANSWERED, None)


async def test_three_weeks_with_answers(weeks: Weeks) -> None:
    """Ann declines, Bob says *Not now*, Cleo is reset, Emil is excluded, Fay allows: whose cards go on, and for how long."""
    await weeks.begin(*ZONES)
    await weeks.pass_by(1)
    await weeks.decided(lambda ctx: consent.decline(ctx, weeks.person(ctx, "Ann"), Happening.DECLINED))
    await weeks.decided(lambda ctx: consent.decline(ctx, weeks.person(ctx, "Bob"), Happening.NOT_NOW))
    await weeks.decided(lambda ctx: consent.close(ctx, weeks.person(ctx, "Cleo"), Happening.RESET))
    await weeks.decided(lambda ctx: ctx.tx.people.exclude([weeks.ids["Emil"]], True))

    def allowed(ctx: Ctx) -> None:
        link = ctx.tx.links.get(weeks.ids["Fay"], ZOOM)
        ctx.tx.links.put(step(link, Happening.GRANTED, ctx.now, ctx.policy.timetable).link)

    await weeks.decided(allowed)
    await weeks.pass_by(21)
    counts = {name: len(await weeks.cards(name)) for name in ZONES}
    assert counts == {"Ann": 1, "Bob": 4, "Cleo": 1, "Emil": 1, "Fay": 1}
    assert (await weeks.cards("Bob"))[1] - weeks.begun >= timedelta(days=4), "three days after their answer"
    await weeks.decided(lambda ctx: sync.connect(ctx, weeks.person(ctx, "Ann"), None))
    assert (await weeks.link("Ann")).state is State.PENDING, "their own word begins it anew"


async def test_never_two_in_a_day_and_none_is_lost(weeks: Weeks) -> None:
    """Outsiders write to Ann's Webex account day and night while she is being reminded: a line or a card a day, no more – and all
    three reminders come."""
    await weeks.begin("Ann")
    wrote = 0

    def outsider(ctx: Ctx) -> None:
        nonlocal wrote
        wrote += 1
        writer = AccountId(f"webex:other:{wrote}")
        reader, native = account_id(WEBEX, "T", "Ann"), NativeId(f"n{wrote}")
        event = MessagePosted(WEBEX, ChannelId("c"), native, writer, reader, text.of("secret"), ctx.now)
        decide(event, ctx)

    await weeks.pass_by(21, outsider)
    times = await weeks.cards("Ann")
    assert all(b - a >= timedelta(days=1) for a, b in pairwise(times)), times
    assert len(await weeks.cards("Ann", "consent")) == 4
    lines = await weeks.cards("Ann", "not_carried")
    assert len(lines) >= 10, "days without a card have one"


async def test_notices_go_at_once_and_count(weeks: Weeks) -> None:
    """Ann, in Slack, writes to Bob's Zoom self every day and is told at once; the reminder waits for a day without a notice."""
    await weeks.begin("Ann", "Bob")

    def home(ctx: Ctx) -> None:
        ctx.tx.people.set_primary([weeks.ids["Bob"]], ZOOM)
        ctx.tx.links.put(SyncLink(weeks.ids["Bob"], SLACK, State.SYNCED))

    await weeks.decided(home)
    wrote = 0

    def writes(ctx: Ctx) -> None:
        nonlocal wrote
        wrote += 1
        ann, bob = account_id(SLACK, "T", "Ann"), account_id(SLACK, "T", "Bob")
        decide(MessagePosted(SLACK, ChannelId("c"), NativeId(f"n{wrote}"), ann, bob, text.of("hi"), ctx.now), ctx)

    await weeks.pass_by(4, writes)
    assert len(await weeks.cards("Ann", "not_delivered")) == wrote == 24, "every time, four hours apart"
    assert len(await weeks.cards("Ann", "consent")) == 1, "each notice has its own Allow"
    await weeks.pass_by(5)
    notices, reminders = await weeks.cards("Ann", "not_delivered"), (await weeks.cards("Ann", "consent"))[1:]
    assert len(reminders) >= 1 and reminders[0] - notices[-1] >= timedelta(days=1)
