"""The edges of carrying: who is not carried and hears why, what is left out, what waits, and what ends at once."""

from typing import Any

import orjson
from company import Company, Seat
from door import SLACK, USER, Door
from residents import linked


def words(seat: Seat) -> str:
    return "\n".join(line for card in seat.cards() for line in card["lines"])


async def slack_event(acme: Company, **event: Any) -> None:
    """A message event as Slack would send it, for what the sandbox's client cannot do."""
    door = Door(acme)
    seen = [{"team_id": "T0ACME", "user_id": event["seen_by"], "is_bot": False}]
    inner = {"type": "message", "channel_type": "im", **{k: v for k, v in event.items() if k != "seen_by"}}
    payload = {"type": "event_callback", "team_id": "T0ACME", "event_id": f"Ev{event['ts']}", "event": inner}
    body = orjson.dumps({**payload, "authorizations": seen, "event_time": int(float(event["ts"]))})
    assert await door.knock(SLACK, body, door.sign(SLACK, body)) == 200
    await acme.settle()


async def test_who_has_not_linked_is_told_every_time_and_never_prompted_unasked(acme: Company) -> None:
    """With MIO_UNLINKED as refuse: pending, declined, never asked, undecided and without account, each in their words."""
    ann, _, ann_in_zoom, _ = await linked(acme)
    maya = acme.seat("slack", "Maya Ortiz")
    cleo, emil, fay, pat = (acme.seat("zoom", n) for n in ("Cleo Park", "Emil Novak", "Fay Wong", "Pat Stone"))
    for name in ("Cleo Park", "Emil Novak"):
        await maya.types(f'sync "{name}" primary=zoom secondary=slack')
        await maya.presses("Confirm")
    await emil.presses("No thanks")
    before = {p.name: len(p.cards()) for p in (cleo, emil, fay, pat)}
    for writer in (cleo, emil, fay, pat):
        await writer.says(ann_in_zoom, "hello?")
    await acme.settle()
    assert {p.name: len(p.cards()) - before[p.name] for p in (cleo, emil, fay, pat)} == dict.fromkeys(before, 1)
    for writer in (cleo, emil, fay, pat):
        assert "Ann Lee did not get your message" in writer.reads() and "works in Slack" in writer.reads()
    assert "Press Allow once" in cleo.reads()
    assert "Type /mio connect" in emil.reads() and "Type /mio connect" in fay.reads()
    assert "You have no Slack account" in pat.reads()
    assert [c for c in ann.cards() if "wrote to you" in c["lines"][0]] == [], "colleagues are no outsiders"
    for name in ("Cleo Park", "Emil Novak", "Fay Wong"):
        assert ann.sees(acme.seat("slack", name)) == []
    await cleo.says(ann_in_zoom, "still there?")
    await acme.settle()
    assert "did not get 2 of your messages" in cleo.reads()
    assert "linked" in await cleo.allows("slack"), "with the notice's own button"


async def test_somebody_outside_leaves_one_line_a_day_without_the_text(acme: Company) -> None:
    """A guest writes to Bob's Slack account, and so does a robot: Bob, in Zoom, reads who, not what, once a day."""
    _, bob, _, bob_in_slack = await linked(acme)
    await acme.later(hours=25)
    guest = Seat(acme, "slack", "U0GUEST01", "Gail Guest")
    before = len(bob.cards())
    for text in ("secret one", "secret two"):
        await guest.says(bob_in_slack, text)
        await acme.settle()
    assert len(bob.cards()) == before + 1
    assert "Gail Guest (outside Acme) wrote to you in Slack" in bob.reads() and "open Slack" in bob.reads()
    assert "secret" not in words(bob)
    await acme.later(hours=25)
    await Seat(acme, "slack", "U0ROBOT01", "Build Robot").says(bob_in_slack, "build failed")
    await acme.settle()
    assert "Build Robot (a bot) wrote to you in Slack" in bob.reads()
    assert guest.cards() == [], "outsiders are never prompted"
    await guest.says(acme.seat("slack", "Ann Lee"), "hi")
    await acme.settle()
    assert "wrote to you" not in words(acme.seat("slack", "Ann Lee")), "at home everybody sees it anyway"


async def test_excluded_people_are_outsiders(acme: Company) -> None:
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    await acme.program.store.write(
        lambda tx: tx.conn.exec_driver_sql("UPDATE people SET excluded = TRUE WHERE name = 'Bob Kim'")
    )
    await acme.later(hours=25)
    await bob.says(ann_in_zoom, "can you hear me?")
    await ann.says(bob_in_slack, "anybody?")
    await acme.settle()
    assert ann.hears(bob_in_slack) == [] and bob.hears(ann_in_zoom) == []
    assert "Bob Kim wrote to you in Zoom" in ann.reads() and "hear me" not in words(ann)
    assert "excluded you" in await bob.asks("connect")
    await bob.types("me")
    await bob.presses("Connect")
    assert "excluded you" in bob.reads(), "the button knows it, too"
    assert "Slack disconnected" in await bob.asks("disconnect"), "taking back is always possible"


async def test_nobody_guesses_where_the_undecided_read(acme: Company) -> None:
    _, bob, ann_in_zoom, _ = await linked(acme)
    await bob.says(acme.seat("zoom", "Cleo Park"), "lunch?")
    await acme.seat("zoom", "Cleo Park").says(ann_in_zoom, "are you there?")
    await acme.settle()
    assert "did not get" not in words(bob)
    cleo = acme.seat("zoom", "Cleo Park")
    assert "Ann Lee did not get" in cleo.reads()
    assert "not decided yet. Ask Maya Ortiz" in await cleo.asks("connect")


async def test_empty_texts_and_lonely_files(acme: Company) -> None:
    """A file alone leaves a line with its name; nothing at all is carried as nothing."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    await ann.says(bob_in_slack, "see attached")
    await acme.settle()
    channel = acme.fake("slack").methods.known(ann.id, bob_in_slack.id).id
    now = acme.clock.now().timestamp()
    common = {"channel": channel, "user": ann.id, "seen_by": bob_in_slack.id}
    await slack_event(acme, ts=f"{now:.6f}", subtype="file_share", text="", files=[{"name": "plan.pdf"}], **common)
    await slack_event(acme, ts=f"{now + 0.1:.6f}", text="  \n ", **common)
    assert bob.hears(ann_in_zoom) == [
        "see attached",
        "[File “plan.pdf” was not carried: files do not cross platforms yet.]",
    ]
    await slack_event(acme, ts=f"{now:.6f}", text="again", **common)
    assert len(bob.hears(ann_in_zoom)) == 2, "the same message never counts twice"
    assert "did not get" not in words(ann)


async def test_unheard_of_accounts(acme: Company) -> None:
    """Somebody the directory never named, in Zoom, and a message to nobody: counted, set aside by nobody."""
    ann, _, ann_in_zoom, _ = await linked(acme)
    await acme.later(hours=25)
    door = Door(acme)
    about = {
        "message_id": "X1",
        "contact_id": ann_in_zoom.id,
        "contact_member_id": "mbr-x",
        "timestamp": 1,
        "message": "hi",
    }
    event = {
        "event": "team_chat.dm_message_posted",
        "event_ts": 1,
        "payload": {"operator_member_id": "mbr-new", "operator_id": "Znew", "object": about},
    }
    body = orjson.dumps(event)
    assert await door.knock(USER, body, door.sign(USER, body)) == 200
    await acme.settle()
    assert "Somebody (outside Acme, or not imported) wrote to you in Zoom" in ann.reads()
    counts = await acme.program.store.read(lambda tx: tx.queue.counts())
    assert counts["dead"] == 0


async def test_a_permission_that_ended_makes_messages_wait_and_says_so(acme: Company) -> None:
    """Bob's Slack permission ends: he reads until when, and what he wrote goes out after Allow on that very notice."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    await acme.fake("slack").revoke(bob_in_slack.id)
    await acme.settle()
    for text in ("one", "two"):
        await bob.says(ann_in_zoom, text)
        await acme.settle()
    assert "2 of your messages to Ann Lee are waiting" in bob.reads() and "stored encrypted" in bob.reads()
    assert ann.hears(bob_in_slack) == []
    assert "linked" in await bob.allows("slack")
    assert ann.hears(bob_in_slack) == ["one", "two"]
    assert "on their way again" in words(bob) and "are waiting" not in words(bob)


async def test_a_link_taken_back_ends_what_waits_at_once(acme: Company) -> None:
    """Bob's messages wait for his permission; Maya resets him: he hears now, not in three days, that they are gone."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    maya = acme.seat("slack", "Maya Ortiz")
    await acme.fake("slack").revoke(bob_in_slack.id)
    await acme.settle()
    await bob.says(ann_in_zoom, "please wait")
    await acme.settle()
    await maya.types("reset bob@acme.example")
    await maya.presses("Confirm", "Reset Bob Kim?")
    assert "Ann Lee did not get your message" in words(bob)
    counts = await acme.program.store.read(lambda tx: tx.queue.counts())
    assert counts == {"todo": 0, "held": 0, "dead": 0}
    await acme.link("Bob Kim", "zoom", "slack")
    assert ann.hears(bob_in_slack) == [], "a later Allow does not bring it back"


async def test_a_removed_writers_text_is_gone_at_once(acme: Company) -> None:
    """Bob is erased while his messages wait; Ann is erased while one is on its way to her: its writer hears that."""
    ann, bob, ann_in_zoom, bob_in_slack = await linked(acme)
    maya = acme.seat("slack", "Maya Ortiz")
    await acme.fake("slack").revoke(bob_in_slack.id)
    await acme.settle()
    await bob.says(ann_in_zoom, "nobody may keep this")
    await acme.settle()
    await maya.types("remove bob@acme.example")
    await maya.presses("Confirm", "Remove Bob Kim?")
    counts = await acme.program.store.read(lambda tx: tx.queue.counts())
    assert counts == {"todo": 0, "held": 0, "dead": 0}
    assert ann.hears(bob_in_slack) == []


async def test_a_removed_readers_writer_is_told(acme: Company) -> None:
    ann, bob, ann_in_zoom, _ = await linked(acme)
    maya = acme.seat("zoom", "Maya Ortiz")
    acme.faults("slack", down=True)
    await bob.says(ann_in_zoom, "in flight")
    await acme.settle()
    await maya.types("remove ann@acme.example")
    await maya.presses("Confirm", "Remove Ann Lee?")
    acme.faults("slack", down=False)
    await acme.later(minutes=6)
    assert "did not get your message" in bob.reads()
    assert ann.hears(acme.seat("slack", "Bob Kim")) == []
