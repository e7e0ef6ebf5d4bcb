"""Notifications of Ann's chats are proven before they are read, and read only where somebody we know wrote to her."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from teams_hearing import ANN, BOB, MAYA, Hearing, Told, hearing_ann, reason
from teams_tenant import Tenant

from bot.events import Deafened, MessagePosted
from bot.platform import Lent, TryLater
from bot.ready import GrantKind
from platforms.teams.api import Api
from platforms.teams.keys import Keys
from sandbox.teams.tenant import APP_ID, ELSEWHERE, PUBLISHER, TENANT, chat_id

HOUR = 3_600
PROFILES = pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])


@pytest.fixture
async def hearing(
    tenant: Tenant, people: Any, api: Api, lent: Lent, kept: dict[str, str], counts: list[tuple[str, int]]
) -> Hearing:
    made = await hearing_ann(tenant, people, api, lent, kept)
    counts.clear()
    return made


# -- proofs --------------------------------------------------------------------------------------


async def test_wrong_words_of_the_subscription(hearing: Hearing) -> None:
    await hearing.say()
    told = await hearing.one()
    state = told.item["clientState"]
    for wrong in ("", "state-1", state[:-1], state[:17] + "x" * 43, told.item["subscriptionId"]):
        assert reason(await hearing.read(told.but(clientState=wrong))) == "unknown subscription"
    assert hearing.certificates.opened == 0
    assert isinstance(await hearing.read(told), MessagePosted)


async def test_another_tenant(hearing: Hearing) -> None:
    await hearing.say()
    told = await hearing.one()
    for other in (ELSEWHERE, ""):
        assert reason(await hearing.read(told.but(tenantId=other))) == "foreign tenant"
    assert hearing.certificates.opened == 0


@pytest.mark.parametrize("part", ["data", "dataSignature", "dataKey"])
async def test_a_changed_inside(hearing: Hearing, part: str) -> None:
    await hearing.say()
    told = await hearing.one()
    raw = bytearray(base64.b64decode(told.content[part]))
    raw[-1] ^= 1
    changed = {**told.content, part: base64.b64encode(bytes(raw)).decode()}
    assert reason(await hearing.read(told.but(encryptedContent=changed))) == "forged content"


async def test_nothing_inside(hearing: Hearing) -> None:
    await hearing.say()
    assert reason(await hearing.read((await hearing.one()).but(encryptedContent=None))) == "nothing inside"


@PROFILES
async def test_an_expired_token(hearing: Hearing, tenant: Tenant, mean: bool) -> None:
    tenant.switch(mean=mean)
    await hearing.say()
    told = await hearing.one()
    tenant.later(2 * HOUR)
    assert reason(await hearing.read(told)) == "not signed"
    assert hearing.certificates.opened == 0


@pytest.mark.parametrize(
    "change",
    [
        {"appid": APP_ID},
        {"appid": None},
        {"aud": "55555555-dddd-4ddd-8ddd-555555555555"},
        {"iss": f"https://sts.windows.net/{ELSEWHERE}/"},
        {"iss": "https://api.botframework.com"},
    ],
    ids=["publisher", "no publisher", "audience", "tenant", "issuer"],
)
async def test_somebody_elses_token(hearing: Hearing, tenant: Tenant, change: dict[str, Any]) -> None:
    now = int(tenant.running.core.clock.seconds())
    claims = {"aud": APP_ID, "iss": f"https://sts.windows.net/{TENANT}/", "appid": PUBLISHER, "nbf": now}
    claims |= {"exp": now + HOUR, "ver": "1.0"}
    sign = tenant.fake.tokens.keys.sign
    await hearing.say()
    told = await hearing.one()
    good = Told(told.item, [sign(claims)])
    wrong = sign({name: value for name, value in {**claims, **change}.items() if value is not None})
    for tokens in ([wrong], [*good.tokens, wrong], [wrong, *good.tokens]):
        assert reason(await hearing.read(Told(told.item, tokens))) == "not signed"
    assert hearing.certificates.opened == 0
    assert isinstance(await hearing.read(good), MessagePosted)


@pytest.mark.parametrize("tokens", [[], ["no token"], [None], [{"jwt": 1}]])
async def test_without_tokens(hearing: Hearing, tokens: list[Any]) -> None:
    await hearing.say()
    told = await hearing.one()
    assert reason(await hearing.read(Told(told.item, tokens))) == "not signed"
    assert reason(await hearing.read(Told(told.item, told.tokens * 21))) == "not signed", "nobody sends so many"
    assert hearing.certificates.opened == 0


@PROFILES
async def test_microsoft_changes_its_key(hearing: Hearing, tenant: Tenant, mean: bool) -> None:
    tenant.switch(mean=mean)
    await hearing.say()
    assert isinstance(await hearing.read(await hearing.one()), MessagePosted)
    tenant.fake.tokens.keys.rotate(keep_old=False)
    await hearing.say()
    assert isinstance(await hearing.read(await hearing.one()), MessagePosted)


async def test_the_keys_cannot_be_had_just_now(hearing: Hearing, lent: Lent) -> None:
    await hearing.say()
    told = await hearing.one()
    away = Api(replace(lent, settings={**lent.settings, "MIO_TEAMS_LOGIN_URL": "http://127.0.0.1:1/login"}))
    await away.http.start()
    hearing.notifications.keys, keys = Keys(away), hearing.notifications.keys
    with pytest.raises(TryLater):
        await hearing.read(told)
    await away.http.stop()
    hearing.notifications.keys = keys
    assert isinstance(await hearing.read(told), MessagePosted)


# -- whose chats ---------------------------------------------------------------------------------


@PROFILES
async def test_chats_that_are_none_of_our_business_are_not_decrypted(
    hearing: Hearing, tenant: Tenant, mean: bool, counts: list[tuple[str, int]]
) -> None:
    """Groups never, and of chats of two none in which Ann does not let us look any more; keys are not fetched, either."""
    tenant.switch(mean=mean)
    ann = tenant.id(ANN)
    await hearing.say(MAYA, ANN)
    await tenant.fake.say_together(tenant.id(BOB), [ann, tenant.id(MAYA)], "hello")
    hearing.people.purse.people.clear()
    found = await hearing.events()
    assert [reason(event) for event in found] == ["no permission to look", "foreign"]
    assert hearing.certificates.opened == 0 and counts == []


async def test_a_chat_of_two_others(hearing: Hearing, tenant: Tenant) -> None:
    """Even with the words of Ann's subscription it does not count as hers."""
    await hearing.say()
    told = await hearing.one()
    elsewhere = chat_id(tenant.id(BOB), tenant.id(MAYA))
    forged = told.but(resource=told.item["resource"].replace(chat_id(tenant.id(ANN), tenant.id(BOB)), elsewhere))
    assert reason(await hearing.read(forged)) == "foreign"
    assert hearing.certificates.opened == 0


async def test_something_that_is_no_chat_message(hearing: Hearing) -> None:
    await hearing.say()
    told = await hearing.one()
    for resource in ("", "teams('x')/channels('y')/messages('1')", "chats('19:a')/messages('x')", "users('1')"):
        assert reason(await hearing.read(told.but(resource=resource))) == "not a chat message"


@pytest.mark.parametrize("odd", [False, True])
async def test_without_anns_permission_nothing_is_read(hearing: Hearing, tenant: Tenant, odd: bool) -> None:
    if odd:
        tenant.running.core.world.chat("teams", "19:odd@unq.gbl.spaces", tenant.id(ANN), tenant.id(BOB))
    await hearing.say()
    told = await hearing.one()
    hearing.people.purse.people.clear()
    assert reason(await hearing.read(told)) == "no permission to look"
    assert hearing.certificates.opened == 0


async def test_a_chat_with_an_id_of_another_form(hearing: Hearing, tenant: Tenant) -> None:
    tenant.running.core.world.chat("teams", "19:odd@unq.gbl.spaces", tenant.id(ANN), tenant.id(BOB))
    await hearing.say()
    [event] = await hearing.events()
    assert isinstance(event, MessagePosted) and event.channel == "19:odd@unq.gbl.spaces"


# -- a subscription's life -----------------------------------------------------------------------


def lifecycle(hearing: Hearing, event: str) -> Told:
    head = {"subscriptionId": hearing.sub.id, "clientState": hearing.sub.client_state, "tenantId": TENANT}
    return Told({**head, "lifecycleEvent": event}, [])


async def test_it_is_to_be_authorised_again(hearing: Hearing, tenant: Tenant, lent: Lent) -> None:
    """Early it is a reminder; once the token has ended something may have been withheld. In any case with another token."""
    event = await hearing.read(lifecycle(hearing, "reauthorizationRequired"))
    assert isinstance(event, Deafened) and (event.account, event.since) == (hearing.account(ANN), None)
    assert abs(event.at - lent.clock.now()) < timedelta(seconds=30)
    assert hearing.people.purse.rejected[-1] == (hearing.account(ANN), GrantKind.PERSON)
    ends = hearing.people.purse.until[hearing.account(ANN)]
    tenant.later((ends - lent.clock.now()).total_seconds() - 5 * 60)
    event = await hearing.read(lifecycle(hearing, "reauthorizationRequired"))
    assert isinstance(event, Deafened) and event.since is None
    tenant.later(3 * HOUR)
    event = await hearing.read(lifecycle(hearing, "reauthorizationRequired"))
    assert isinstance(event, Deafened) and event.since == ends - timedelta(minutes=2)


async def test_it_was_removed(hearing: Hearing, tenant: Tenant) -> None:
    """The next look makes another, and tells the gap."""
    told = lifecycle(hearing, "subscriptionRemoved")
    tenant.later(2 * HOUR)
    tenant.fake.notify.end(tenant.id(ANN))
    await hearing.told()
    event = await hearing.read(told)
    assert isinstance(event, Deafened) and (event.account, event.since) == (hearing.account(ANN), None)
    await hearing.people.allows(ANN)
    assert (await hearing.ears.listen(hearing.account(ANN))).gap is not None


async def test_something_was_missed(hearing: Hearing, lent: Lent) -> None:
    heard = lent.clock.now()
    event = await hearing.read(lifecycle(hearing, "missed"))
    assert isinstance(event, Deafened) and event.since is not None
    assert abs(event.since - heard) < timedelta(seconds=30)


async def test_whose_lifecycle_it_is_has_to_be_proven_too(hearing: Hearing) -> None:
    told = lifecycle(hearing, "subscriptionRemoved")
    assert reason(await hearing.read(told.but(clientState="guessed"))) == "unknown subscription"
    assert reason(await hearing.read(told.but(tenantId=ELSEWHERE))) == "foreign tenant"
    assert reason(await hearing.read(lifecycle(hearing, "renamed"))) == "unknown kind"


async def test_mean_graph_falls_silent_and_is_woken(hearing: Hearing, tenant: Tenant) -> None:
    """It reminds when there is something to tell, keeps that back, and goes on after the next look."""
    tenant.switch(mean=True)
    tenant.later(2 * HOUR)
    await hearing.say()
    [event] = await hearing.events()
    assert isinstance(event, Deafened) and event.since is not None
    await hearing.look()
    await hearing.say()
    [event] = await hearing.events()
    assert isinstance(event, MessagePosted)


@pytest.mark.parametrize("change", ["created", "updated"])
async def test_a_certificate_that_we_do_not_have_any_more(
    hearing: Hearing, tenant: Tenant, lent: Lent, change: str
) -> None:
    """Another process's was kept over it. What cannot be read is read back, and the next look tells Graph of ours."""
    native = await hearing.say()
    told = (await hearing.one()).but(changeType=change)
    told.item["encryptedContent"] = {**told.content, "encryptionCertificateId": "another"}
    event = await hearing.read(told)
    assert isinstance(event, Deafened) and event.account == hearing.account(ANN) and event.since is not None
    written = datetime.fromtimestamp(int(native) / 1_000, UTC)
    back = written - event.since
    if change == "created":
        assert timedelta() <= back < timedelta(seconds=1)
    else:
        assert timedelta(hours=3) < back < timedelta(hours=5), "an old message that was changed lately"


@pytest.mark.parametrize("native", ["1", "1772442930123", "9999999999999999"])
async def test_however_old_it_says_it_is(hearing: Hearing, lent: Lent, native: str) -> None:
    told = hearing.says(hearing.message(), native)
    told.item["encryptedContent"] = {**told.content, "encryptionCertificateId": "another"}
    event = await hearing.read(told)
    assert isinstance(event, Deafened) and event.since is not None
    assert lent.clock.now() - timedelta(days=3, seconds=30) < event.since <= lent.clock.now()
