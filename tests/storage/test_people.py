"""Import's matching, listing and totals, and the schema itself."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from bot.events import Secret, Tokens
from bot.ids import AccountId, PlatformId, RunId, account_id
from bot.links import State, SyncLink
from bot.people import Account, Kind
from bot.ready import GrantKind
from storage.listing import Search
from storage.schema import metadata
from storage.store import Store, Tx

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")
RUN = RunId("run")


def account(platform: PlatformId, user: str, email: str | None, **more: object) -> Account:
    return Account(account_id(platform, "T", user), user.title(), email, **more)  # type: ignore[arg-type]


async def imported(store: Store, *accounts: Account, aliases: dict[str, str] | None = None) -> None:
    await store.write(lambda tx: tx.people.upsert(accounts, RUN, aliases or {}))


async def test_migrations_equal_the_schema(store: Store) -> None:
    def differences(tx: Tx) -> list[object]:
        conn: Connection = tx.conn
        return list(compare_metadata(MigrationContext.configure(conn), metadata))

    assert await store.write(differences) == []


async def test_two_accounts_of_one_address_are_one_person(store: Store) -> None:
    await imported(store, account(SLACK, "ann", "ann@acme.example"), account(ZOOM, "z1", "ann@acme.example"))
    person = await store.read(lambda tx: tx.people.by_email("ANN@acme.example", {}))
    assert person is not None and person.platforms == (SLACK, ZOOM)
    assert person.primary is None, "on two platforms the admin decides"


async def test_an_old_domain_is_read_as_the_new_one(store: Store) -> None:
    aliases = {"old.example": "acme.example"}
    await imported(
        store, account(SLACK, "ann", "ann@old.example"), account(ZOOM, "z1", "ann@acme.example"), aliases=aliases
    )
    assert (await store.read(lambda tx: tx.people.counts())).matched == 1


async def test_importing_again_changes_nothing(store: Store) -> None:
    accounts = [account(SLACK, "ann", "ann@acme.example"), account(ZOOM, "z1", "ann@acme.example")]
    await imported(store, *accounts)
    first = await store.read(lambda tx: tx.people.by_email("ann@acme.example", {}))
    await imported(store, *accounts)
    assert await store.read(lambda tx: tx.people.by_email("ann@acme.example", {})) == first


async def test_a_second_account_of_one_platform_is_a_conflict(store: Store) -> None:
    await imported(store, account(SLACK, "ann", "ann@acme.example"), account(SLACK, "ann2", "ann@acme.example"))
    counts = await store.read(lambda tx: tx.people.counts())
    assert (counts.people, counts.conflicts) == (1, 1)


async def test_guests_bots_and_closed_accounts_are_left_out(store: Store) -> None:
    await imported(
        store,
        account(SLACK, "guest", "g@partner.example", kind=Kind.GUEST),
        account(SLACK, "robot", None, kind=Kind.BOT),
        account(SLACK, "gone", "gone@acme.example", active=False),
        account(SLACK, "nomail", None),
    )
    counts = await store.read(lambda tx: tx.people.counts())
    assert (counts.people, counts.without_email) == (1, 1)


async def test_a_choice_and_a_link_keep_the_primary(store: Store) -> None:
    await imported(store, account(SLACK, "ann", "ann@acme.example"))
    ann = await store.read(lambda tx: tx.people.by_email("ann@acme.example", {}))
    assert ann is not None and ann.primary == SLACK, "one platform needs no question"
    await store.write(lambda tx: tx.people.set_primary([ann.id], SLACK))
    await imported(store, account(ZOOM, "z1", "ann@acme.example"))
    again = await store.read(lambda tx: tx.people.get(ann.id))
    assert again is not None and again.primary == SLACK


async def test_a_closed_account_leaves_its_person_and_a_new_one_may_join(store: Store) -> None:
    await imported(store, account(SLACK, "ann", "ann@acme.example"), account(ZOOM, "z1", "ann@acme.example"))
    await store.write(lambda tx: tx.people.deactivate(AccountId("zoom:T:z1")))
    await imported(store, account(ZOOM, "z2", "ann@acme.example"))
    ann = await store.read(lambda tx: tx.people.by_email("ann@acme.example", {}))
    assert ann is not None and ann.accounts[ZOOM].user == "z2"


async def test_searching(store: Store) -> None:
    await imported(
        store,
        account(SLACK, "ann lee", "ann@acme.example"),
        account(ZOOM, "z1", "ann@acme.example"),
        account(SLACK, "bob_kim", "bob@other.example"),
    )
    bob = await store.read(lambda tx: tx.people.by_email("bob@other.example", {}))
    assert bob is not None
    await store.write(lambda tx: tx.links.put(SyncLink(bob.id, ZOOM, State.PENDING)))

    async def found(search: Search) -> list[str]:
        people, total = await store.read(lambda tx: tx.people.search(search))
        assert total == len(people)
        return [p.name for p in people]

    assert await found(Search()) == ["Ann Lee", "Bob_Kim"]
    assert await found(Search("LEE")) == ["Ann Lee"]
    assert await found(Search("b_k")) == ["Bob_Kim"]
    assert await found(Search("%")) == []
    assert await found(Search(platforms=2)) == ["Ann Lee"]
    assert await found(Search(state=State.PENDING)) == ["Bob_Kim"]
    assert await found(Search(domain="other.example")) == ["Bob_Kim"]
    assert await found(Search(on=ZOOM)) == ["Ann Lee"]
    assert await found(Search(undecided=True)) == ["Ann Lee"]
    assert await found(Search(unlinked=True)) == ["Ann Lee"]


async def test_tokens_are_sealed_and_bound_to_their_row(store: Store) -> None:
    ann = AccountId("slack:T:ann")
    await store.write(lambda tx: tx.grants.put(GrantKind.PERSON, SLACK, ann, Tokens(Secret("xoxp-very-secret"))))
    raw = await store.read(lambda tx: tx.conn.exec_driver_sql("SELECT sealed FROM grants").scalar_one())
    assert b"very-secret" not in bytes(raw)
    grant = await store.read(lambda tx: tx.grants.get(GrantKind.PERSON, SLACK, ann))
    assert grant is not None and grant.tokens.access == "xoxp-very-secret"
    assert "very-secret" not in repr(grant)
    parked = await store.write(lambda tx: tx.grants.discard(grant.id))
    assert parked is not None
    assert await store.read(lambda tx: tx.grants.get(GrantKind.PERSON, SLACK, ann)) is None
