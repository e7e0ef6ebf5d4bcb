"""Matching by further addresses: a sign-in name here is the mail address there."""

import pytest
from sqlalchemy import update

from bot.ids import AccountId, PlatformId, RunId, account_id
from bot.people import Account
from storage.schema import accounts, people
from storage.store import Store, Tx

SLACK, TEAMS = PlatformId("slack"), PlatformId("teams")
MAIL, SIGN_IN = "bob@acme.example", "bob@corp.acme.example"
BOB_TEAMS = Account(account_id(TEAMS, "T", "b"), "Bob", MAIL, also=(SIGN_IN,))
BOB_SLACK = Account(account_id(SLACK, "W", "b"), "Bob", SIGN_IN)


async def imported(store: Store, *accounts: Account) -> None:
    """One after another."""

    def work(tx: Tx) -> None:
        for account in accounts:
            tx.people.upsert([account], RunId("run"), {})

    await store.write(work)


async def owner(store: Store, account: AccountId) -> str | None:
    person = await store.read(lambda tx: tx.people.by_account(account))
    return person.id if person else None


@pytest.mark.parametrize("order", [(BOB_TEAMS, BOB_SLACK), (BOB_SLACK, BOB_TEAMS)], ids=("teams first", "slack first"))
async def test_bobs_sign_in_name_is_his_address_elsewhere(store: Store, order: tuple[Account, Account]) -> None:
    await imported(store, *order, *order)
    assert await owner(store, BOB_TEAMS.id) == await owner(store, BOB_SLACK.id) is not None


async def test_either_address_finds_bob(store: Store) -> None:
    await imported(store, BOB_TEAMS)
    found = await store.read(lambda tx: [tx.people.by_email(email, {}) for email in (MAIL, SIGN_IN.upper())])
    accounts = [person.on(TEAMS) for person in found if person is not None]
    assert [account.id for account in accounts if account is not None] == [BOB_TEAMS.id, BOB_TEAMS.id]


async def test_addresses_that_lead_to_two_persons_are_a_conflict(store: Store) -> None:
    """Mail and sign-in name belong to two people in Slack already: nobody guesses which of them Bob is."""
    other = Account(account_id(SLACK, "W", "other"), "Bea", MAIL)
    await imported(store, BOB_SLACK, other, BOB_TEAMS)
    assert await owner(store, BOB_TEAMS.id) is None
    assert await owner(store, other.id) != await owner(store, BOB_SLACK.id)
    assert await store.read(lambda tx: tx.people.by_account(BOB_TEAMS.id)) is None


async def test_a_sign_in_name_that_was_given_up_leads_nowhere(store: Store) -> None:
    renamed = Account(BOB_TEAMS.id, "Bob", MAIL, also=("robert@acme.example",))
    await imported(store, BOB_TEAMS, renamed, BOB_SLACK)
    assert await owner(store, BOB_SLACK.id) != await owner(store, BOB_TEAMS.id)


async def test_what_an_administrator_took_apart_stays_apart(store: Store) -> None:
    await imported(store, BOB_TEAMS, BOB_SLACK)
    await store.write(lambda tx: tx.matches.part(BOB_TEAMS))
    await imported(store, BOB_TEAMS, Account(account_id(SLACK, "W", "new"), "Bob", SIGN_IN), BOB_SLACK)
    assert await owner(store, BOB_TEAMS.id) != await owner(store, BOB_SLACK.id)


async def test_further_addresses_go_with_the_account(store: Store) -> None:
    await imported(store, BOB_TEAMS)
    person = await owner(store, BOB_TEAMS.id)
    assert person is not None
    await store.write(lambda tx: tx.people.remove(person))  # type: ignore[arg-type]
    assert await store.read(lambda tx: tx.people.addresses.known([SIGN_IN])) == {}


async def test_many_addresses_are_looked_up_at_once(store: Store) -> None:
    """As a file names them: with the platform they are from, by old domains and sign-in names; what is not certain is left out."""
    other = Account(account_id(TEAMS, "T", "o"), "Bea", "bea@acme.example")
    twin = Account(account_id(SLACK, "W", "t"), "Twin", "twin@acme.example")
    far = Account(account_id(TEAMS, "T", "t"), "Far", "far@acme.example")
    await imported(store, BOB_TEAMS, other, twin, far)

    def apart(tx: Tx) -> None:
        tx.conn.execute(update(accounts).where(accounts.c.id == far.id).values(email="twin@acme.example"))
        tx.conn.execute(update(people).where(people.c.email.like("twin@%")).values(email=None))

    await store.write(apart)
    bob, bea, one, two = [await owner(store, a.id) for a in (BOB_TEAMS, other, twin, far)]
    wanted = [
        ("email", SIGN_IN),
        ("teams", MAIL),
        ("email", "bea@old.example"),
        ("email", "nobody@acme.example"),
        ("email", "twin@acme.example"),
        ("slack", "twin@acme.example"),
        ("teams", "twin@acme.example"),
    ]
    found = await store.read(lambda tx: tx.people.addresses.whose(wanted, {"old.example": "acme.example"}))
    assert [found.get(pair) for pair in wanted] == [bob, bob, bea, None, None, one, two]
    many = [("email", f"p{n}@acme.example") for n in range(2_000)] + [("email", MAIL)]
    assert await store.read(lambda tx: tx.people.addresses.whose(many, {})) == {("email", MAIL): bob}
