"""Who is heard by whom: the two laws as a table of people."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ids import PersonId, PlatformId, account_id
from bot.links import LinkReason, State, SyncLink
from bot.people import Account, Person
from bot.relay import Carry, Drop, LinkKey, Reason, Routing, Tell, route

SLACK, ZOOM, WEBEX = PlatformId("slack"), PlatformId("zoom"), PlatformId("webex")


def person(name: str, primary: PlatformId | None, *platforms: PlatformId, excluded: bool = False) -> Person:
    accounts = {p: Account(account_id(p, "T", name), name) for p in platforms}
    return Person(PersonId(name), name, primary=primary, accounts=accounts, excluded=excluded)


def synced(*pairs: tuple[Person, PlatformId], reason: LinkReason = LinkReason.NONE) -> dict[LinkKey, SyncLink]:
    state = State.PENDING if reason else State.SYNCED
    return {(p.id, on): SyncLink(p.id, on, state, reason=reason) for p, on in pairs}


ANN = person("Ann", SLACK, SLACK, ZOOM)
BOB = person("Bob", ZOOM, SLACK, ZOOM)
CLEO = person("Cleo", ZOOM, ZOOM)
DAN = person("Dan", None, SLACK, ZOOM)
EVE = person("Eve", ZOOM, SLACK, ZOOM, excluded=True)
BOTH = synced((ANN, ZOOM), (BOB, SLACK))

TABLE: list[tuple[str, PlatformId, Person | None, Person | None, dict[LinkKey, SyncLink], Routing]] = [
    ("Bob at home in Zoom writes to Ann's Zoom account", ZOOM, BOB, ANN, BOTH, Carry(SLACK)),
    ("Ann at home in Slack answers to Bob's Slack account", SLACK, ANN, BOB, BOTH, Carry(ZOOM)),
    ("our own post as Bob in Slack comes back", SLACK, BOB, ANN, BOTH, Drop(Reason.NOT_AT_HOME)),
    ("our own post as Ann in Zoom comes back", ZOOM, ANN, BOB, BOTH, Drop(Reason.NOT_AT_HOME)),
    ("two people of Zoom write in Zoom", ZOOM, BOB, CLEO, BOTH, Drop(Reason.BOTH_AT_HOME)),
    ("Bob is not linked to Slack", ZOOM, BOB, ANN, synced((ANN, ZOOM)), Tell(Reason.WRITER_NOT_LINKED, (BOB.id, SLACK))),
    ("Cleo has no Slack account", ZOOM, CLEO, ANN, BOTH, Tell(Reason.WRITER_NOT_LINKED, (CLEO.id, SLACK))),
    ("Ann's link is gone, we still hear", ZOOM, BOB, ANN, synced((BOB, SLACK)), Tell(Reason.READER_NOT_LINKED, (ANN.id, ZOOM))),
    ("undecided Dan is at home where he writes, unlinked", ZOOM, DAN, ANN, BOTH, Tell(Reason.WRITER_NOT_LINKED, (DAN.id, SLACK))),
    ("nobody knows where Dan reads", ZOOM, BOB, DAN, BOTH, Drop(Reason.READER_UNDECIDED)),
    ("excluded Eve counts as an outsider", ZOOM, EVE, ANN, BOTH, Drop(Reason.EXCLUDED)),
    ("writing to excluded Eve", SLACK, ANN, EVE, BOTH, Drop(Reason.EXCLUDED)),
    ("somebody outside the company", ZOOM, None, ANN, BOTH, Drop(Reason.FOREIGN)),
    ("to somebody outside the company", ZOOM, BOB, None, BOTH, Drop(Reason.FOREIGN)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "author", "reader", "links", "expected"), [r[1:] for r in TABLE], ids=[r[0] for r in TABLE]
)
def test_route(
    heard: PlatformId, author: Person | None, reader: Person | None, links: dict[LinkKey, SyncLink], expected: Routing
) -> None:
    assert route(heard, author, reader, links) == expected


def test_bobs_revoked_consent_keeps_his_messages_waiting() -> None:
    links = synced((ANN, ZOOM)) | synced((BOB, SLACK), reason=LinkReason.REVOKED)
    assert route(ZOOM, BOB, ANN, links) == Carry(SLACK)


def test_bobs_declined_consent_is_told() -> None:
    links = synced((ANN, ZOOM)) | synced((BOB, SLACK), reason=LinkReason.ASKED)
    assert isinstance(route(ZOOM, BOB, ANN, links), Tell)


PLATFORMS = (SLACK, ZOOM, WEBEX)
people = st.builds(
    lambda name, primary, extra: person(name, primary, *{*(extra or []), *([primary] if primary else [])}),
    st.sampled_from(["x", "y"]),
    st.sampled_from([None, *PLATFORMS]),
    st.lists(st.sampled_from(PLATFORMS)),
)


@given(
    st.sampled_from(PLATFORMS), people, people, st.sets(st.tuples(st.sampled_from("xy"), st.sampled_from(PLATFORMS)))
)
def test_loops_are_impossible(
    heard: PlatformId, author: Person, reader: Person, linked: set[tuple[str, PlatformId]]
) -> None:
    """Whatever is carried is posted away from the author's home, so hearing the post again can never carry it on."""
    links = {(PersonId(n), p): SyncLink(PersonId(n), p, State.SYNCED) for n, p in linked}
    first = route(heard, author, reader, links)
    if isinstance(first, Carry):
        assert author.primary != first.target
        for one, other in itertools.permutations((author, reader)):
            if one is author:
                assert author.primary is None or not isinstance(route(first.target, one, other, links), Carry)
