"""Copies: a message stands once, whoever learns its native id first – the answer or the echo."""

from datetime import UTC, datetime, timedelta

from bot.events import MessagePosted, MessageSent
from bot.ids import AccountId, ChannelId, DmId, MessageId, NativeId, PersonId, PlatformId
from bot.text import of
from storage.store import Store, Tx

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")
BOB_ZOOM, BOB_SLACK, ANN_ZOOM = AccountId("zoom:a:bob"), AccountId("slack:t:bob"), AccountId("zoom:a:ann")
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
DM, CHANNEL = DmId("ann.bob"), ChannelId("D1")


def hear(tx: Tx, native: str) -> MessageId | None:
    event = MessagePosted(ZOOM, ChannelId("z"), NativeId(native), BOB_ZOOM, ANN_ZOOM, of("hi"), AT)
    return tx.dms.heard(event, DM, PersonId("bob"), PersonId("ann"), "h")


def heard_and_claimed(tx: Tx, native: str) -> MessageId:
    message = hear(tx, native)
    assert message is not None
    tx.dms.claim(message, SLACK, 0, "h", BOB_SLACK)
    return message


def answer(message: MessageId, native: str) -> MessageSent:
    return MessageSent(message, SLACK, 0, CHANNEL, NativeId(native), AT)


async def test_the_same_native_message_is_heard_once(store: Store) -> None:
    assert await store.write(lambda tx: hear(tx, "1")) is not None
    assert await store.write(lambda tx: hear(tx, "1")) is None


async def test_the_answer_first_then_the_echo(store: Store) -> None:
    message = await store.write(lambda tx: heard_and_claimed(tx, "1"))
    await store.write(lambda tx: tx.dms.sent(answer(message, "s1")))
    assert await store.write(lambda tx: tx.dms.receipt(SLACK, CHANNEL, NativeId("s1"), BOB_SLACK, "h", AT))
    assert await store.read(lambda tx: tx.dms.missing(message, SLACK)) == []


async def test_the_echo_first_then_the_answer(store: Store) -> None:
    message = await store.write(lambda tx: heard_and_claimed(tx, "1"))
    assert await store.write(lambda tx: tx.dms.receipt(SLACK, CHANNEL, NativeId("s1"), BOB_SLACK, "h", AT))
    assert await store.read(lambda tx: tx.dms.missing(message, SLACK)) == []
    await store.write(lambda tx: tx.dms.sent(answer(message, "s1")))
    assert await store.read(lambda tx: tx.dms.copy(SLACK, CHANNEL, NativeId("s1"))) == message


async def test_the_answer_corrects_what_an_echo_guessed(store: Store) -> None:
    """Bob wrote the same word twice; the second one's echo came first and was taken for the first's."""
    one = await store.write(lambda tx: heard_and_claimed(tx, "1"))
    two = await store.write(lambda tx: heard_and_claimed(tx, "2"))
    assert await store.write(lambda tx: tx.dms.receipt(SLACK, CHANNEL, NativeId("s2"), BOB_SLACK, "h", AT))
    await store.write(lambda tx: tx.dms.sent(answer(two, "s2")))
    await store.write(lambda tx: tx.dms.sent(answer(one, "s1")))
    for native, message in (("s1", one), ("s2", two)):
        assert await store.read(lambda tx, n=native: tx.dms.copy(SLACK, CHANNEL, NativeId(n))) == message  # type: ignore[misc]


async def test_what_was_typed_by_hand_is_no_receipt(store: Store) -> None:
    await store.write(lambda tx: heard_and_claimed(tx, "1"))
    assert not await store.write(lambda tx: tx.dms.receipt(SLACK, CHANNEL, NativeId("x"), BOB_SLACK, "other", AT))


async def test_a_message_that_will_not_be_sent_waits_for_no_echo(store: Store) -> None:
    message = await store.write(lambda tx: heard_and_claimed(tx, "1"))
    await store.write(lambda tx: tx.dms.unclaim(message, SLACK))
    assert not await store.write(lambda tx: tx.dms.receipt(SLACK, CHANNEL, NativeId("x"), BOB_SLACK, "h", AT))


async def test_ids_and_outcomes_are_forgotten_after_their_time(store: Store) -> None:
    message = await store.write(lambda tx: heard_and_claimed(tx, "1"))
    await store.write(lambda tx: tx.dms.forget(tx.now + timedelta(seconds=1)))
    assert await store.read(lambda tx: tx.dms.message(message)) is None
    assert await store.read(lambda tx: tx.dms.copy(ZOOM, ChannelId("z"), NativeId("1"))) is None
