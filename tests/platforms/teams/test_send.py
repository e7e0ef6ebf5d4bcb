"""Order in, request out: messages as a person, cards as the bot, and looking whether something is there already."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from teams_people import People
from teams_tenant import Tenant

from bot.events import Secret, Tokens
from bot.ids import CardId, ChannelId, MessageId, NativeId
from bot.people import Account
from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind, ReadyCard, ReadyPost
from bot.text import Block, RichText, Span, Style, of
from cards.model import Action, Button, Buttons, Card, Text
from platforms.teams.send import Teams

ANN, BOB = "Ann Lee", "Bob Kim"
CARD = Card(
    "Connect",
    (Text("**Ready?** <at>all</at>"), Buttons((Button("Allow", Action("allow"), url="https://bot.example/a"),))),
)


@pytest.fixture
async def teams(lent: Lent) -> AsyncIterator[Teams]:
    made = Teams(lent)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=["kind", "mean"])
def profile(request: pytest.FixtureRequest, tenant: Tenant) -> str:
    tenant.switch(mean=request.param == "mean")
    return str(request.param)


def ready(people: People, said: RichText, channel: str | None = None) -> ReadyPost:
    where = ChannelId(channel) if channel else None
    return ReadyPost(MessageId("m"), 0, people.account(ANN), people.account(BOB), where, said)


def card(people: People, name: str, channel: ChannelId | None = None, native: NativeId | None = None) -> ReadyCard:
    reader = Account(people.account(name), name)
    return ReadyCard(CardId("k"), reader, channel, native, CARD)


def seen(tenant: Tenant, who: str, other: str) -> list[dict[str, Any]]:
    return tenant.fake.view(tenant.id(who), "bot" if other == "bot" else tenant.id(other))


# -- messages ------------------------------------------------------------------------------------


async def test_ann_writes_to_bob_as_herself(teams: Teams, people: People, tenant: Tenant, profile: str) -> None:
    await people.allows(ANN)
    bold = Block((Span("hi ", Style.BOLD), Span("<Bob> & all")))
    sent = await teams.post(ready(people, RichText((bold,))))
    [message] = seen(tenant, BOB, ANN)
    assert (message["id"], message["from"]) == (sent.native, tenant.id(ANN))
    assert message["text"] == "hi <Bob> & all"
    assert abs(sent.at - teams.lent.clock.now()) < timedelta(minutes=1)
    again = await teams.post(ready(people, of("again"), sent.channel))
    assert again.channel == sent.channel and len(seen(tenant, BOB, ANN)) == 2


async def test_a_chat_that_is_gone_is_made_once_more(teams: Teams, people: People, tenant: Tenant) -> None:
    await people.allows(ANN)
    sent = await teams.post(ready(people, of("hello"), "19:gone@unq.gbl.spaces"))
    assert sent.channel != "19:gone@unq.gbl.spaces"
    assert [m["text"] for m in seen(tenant, BOB, ANN)] == ["hello"]


async def test_without_a_grant_nothing_is_asked(
    teams: Teams, people: People, tenant: Tenant, counts: list[Any]
) -> None:
    with pytest.raises(NotAuthorised) as lost:
        await teams.post(ready(people, of("x")))
    assert lost.value.account == people.account(ANN) and counts == []


async def test_a_token_that_is_refused_is_renewed_once(teams: Teams, people: People, tenant: Tenant) -> None:
    """The first refusal asks for a renewed token; when that one is refused, too, consent is over."""
    await people.allows(ANN)
    tenant.later(3 * 3_600)
    with pytest.raises(TryLater):
        await teams.post(ready(people, of("x")))
    assert people.purse.rejected == [(people.account(ANN), GrantKind.PERSON)]
    people.purse.people[people.account(ANN)] = "another"
    with pytest.raises(NotAuthorised):
        await teams.post(ready(people, of("x")))


async def test_microsofts_trouble_is_told_apart(teams: Teams, people: People, tenant: Tenant) -> None:
    await people.allows(ANN)
    sent = await teams.post(ready(people, of("first")))
    tenant.switch(rate_limit=1)
    with pytest.raises(TryLater) as limited:
        await teams.post(ready(people, of("x"), sent.channel))
    assert limited.value.certain and limited.value.after is not None
    tenant.later(60)
    tenant.switch(error_5xx=1)
    with pytest.raises(TryLater) as broken:
        await teams.post(ready(people, of("x"), sent.channel))
    assert not broken.value.certain, "it may have been carried out"
    with pytest.raises(Refused) as refused:
        await teams.post(ready(people, of("secret words " * 6_000), sent.channel))
    assert "413" in str(refused.value) and "secret" not in str(refused.value)


# -- looking before sending again -----------------------------------------------------------------


async def test_found_by_author_words_and_time(teams: Teams, people: People, tenant: Tenant, profile: str) -> None:
    await people.allows(ANN)
    said = RichText((Block((Span("same ", Style.BOLD), Span("words"))),))
    await teams.post(ready(people, of("same words")))
    tenant.later(120)
    since = teams.lent.clock.now() - timedelta(seconds=5)
    wanted = [await teams.post(ready(people, said)), await teams.post(ready(people, of("same words")))]
    await teams.post(ready(people, of("other words")))
    await tenant.fake.say(tenant.id(BOB), tenant.id(ANN), "same words")
    found = await teams.find(ready(people, of("same words"), wanted[0].channel), since)
    assert found is not None and [sent.native for sent in found] == [sent.native for sent in wanted]


async def test_found_over_many_pages(teams: Teams, people: People, tenant: Tenant) -> None:
    await people.allows(ANN)
    since = teams.lent.clock.now() - timedelta(seconds=5)
    first = await teams.post(ready(people, of("the first")))
    for number in range(120):
        await tenant.fake.say(tenant.id(BOB), tenant.id(ANN), f"chatter {number}")
    found = await teams.find(ready(people, of("the first")), since)
    assert found is not None and [sent.native for sent in found] == [first.native]


# -- cards ---------------------------------------------------------------------------------------


async def test_a_card_reaches_somebody_whom_the_bot_never_met(
    teams: Teams, people: People, tenant: Tenant, profile: str
) -> None:
    """Installed for Bob, the conversation made, the card shown: and later replaced in place."""
    sent = await teams.show(card(people, BOB))
    [shown] = [m for m in seen(tenant, BOB, "bot") if m["card"]]
    assert shown["id"] == sent.native and shown["buttons"] == [{"label": "Allow", "url": "https://bot.example/a"}]
    other = replace(card(people, BOB, sent.channel, sent.native), content=Card("Done", (Text("thanks"),)))
    assert (await teams.show(other)).native == sent.native
    [shown] = [m for m in seen(tenant, BOB, "bot") if m["card"]]
    assert shown["lines"] == ["Done", "thanks"] and shown["buttons"] == []


async def test_a_card_that_is_not_there_any_more(teams: Teams, people: People, tenant: Tenant) -> None:
    sent = await teams.show(card(people, BOB))
    await tenant.fake.clear_history(tenant.id(BOB))
    with pytest.raises(Gone):
        await teams.show(card(people, BOB, sent.channel, sent.native))
    await teams.show(card(people, BOB))
    assert len([m for m in seen(tenant, BOB, "bot") if m["card"]]) == 1


async def test_whoever_blocked_the_bot_is_left_alone(
    teams: Teams, people: People, tenant: Tenant, profile: str
) -> None:
    await teams.show(card(people, BOB))
    await tenant.fake.block(tenant.id(BOB))
    with pytest.raises(Refused):
        await teams.show(card(people, BOB))


# -- grants --------------------------------------------------------------------------------------


async def test_consent_given_at_microsoft_is_found(teams: Teams, people: People, tenant: Tenant) -> None:
    await teams.find_consent()
    assert people.purse.kept[GrantKind.DIRECTORY] == teams.consent.proof


async def test_without_it_nothing_is_found_and_nothing_raised(teams: Teams, people: People, tenant: Tenant) -> None:
    await tenant.fake.withdraw_consent()
    await teams.find_consent()
    tenant.switch(down=True)
    await teams.find_consent()
    assert GrantKind.DIRECTORY not in people.purse.kept


async def test_ending_consent_takes_the_subscription_down(teams: Teams, people: People, tenant: Tenant) -> None:
    """Microsoft cannot be asked to end the tokens; ours is erased, and nothing is heard any more."""
    tokens = await people.allows(ANN)
    await teams.listen(people.account(ANN))
    assert len(tenant.fake.book.of(tenant.id(ANN))) == 1
    tenant.later(3 * 3_600)
    old = Tokens(Secret(tokens.access), tokens.refresh, teams.lent.clock.now() - timedelta(hours=1), tokens.scopes)
    assert await teams.revoke(GrantKind.PERSON, old) is False
    assert tenant.fake.book.of(tenant.id(ANN)) == []
