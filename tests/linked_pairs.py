"""A company of linked pairs for the test of endurance: one lives in Slack, the other in Zoom.

The links and permissions are written straight into the bot's store and the sandbox, as if everybody had allowed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platforms
from bot.events import Secret, Tokens
from bot.ids import PlatformId, account_id
from bot.links import State, SyncLink
from bot.people import Account
from bot.ready import GrantKind
from platforms.slack.members import USER_SCOPES
from sandbox.main import Running
from sandbox.slack import Slack
from sandbox.world import Account as SandboxAccount
from sandbox.zoom import Zoom
from service.main import program
from service.settings import load
from storage.store import Tx

SLACK, ZOOM = PlatformId("slack"), PlatformId("zoom")


@dataclass(frozen=True, slots=True)
class Pair:
    """Native user ids: ``ann`` lives in Slack and has a Zoom account, ``bob`` the other way round."""

    ann_slack: str
    ann_zoom: str
    bob_slack: str
    bob_zoom: str


async def linked_pairs(sandbox: Running, folder: Path, count: int) -> list[Pair]:
    """Make ``count`` pairs; the sandbox must hold at least twice as many people with both accounts."""
    world = sandbox.core.world.accounts
    zoom = {a.email: a for a in world["zoom"].values() if a.email}
    both = [(a, zoom[a.email]) for a in world["slack"].values() if a.email in zoom and a.active][: 2 * count]
    environ = {**sandbox.settings(), "MIO_DATA_DIR": str(folder)}
    async with program(load(environ, platforms.specs(), folder)) as made:
        for at in range(0, len(both), 500):
            some = both[at : at + 500]
            await made.store.write(lambda tx, mine=some, start=at: _link(tx, sandbox, mine, start))  # type: ignore[misc]
    return [Pair(ann[0].id, ann[1].id, bob[0].id, bob[1].id) for ann, bob in zip(both[::2], both[1::2], strict=True)]


def _link(tx: Tx, sandbox: Running, both: list[tuple[SandboxAccount, SandboxAccount]], start: int) -> None:
    slack, zoom = sandbox.fakes["slack"], sandbox.fakes["zoom"]
    assert isinstance(slack, Slack) and isinstance(zoom, Zoom)
    tenant = sandbox.settings()["MIO_ZOOM_ACCOUNT_ID"]
    now = datetime.now(UTC)
    for number, (in_slack, in_zoom) in enumerate(both, start):
        accounts = [
            Account(account_id(SLACK, "T0ACME", in_slack.id), in_slack.name, in_slack.email),
            Account(account_id(ZOOM, tenant, in_zoom.id), in_zoom.name, in_zoom.email, address=in_zoom.extra["jid"]),
        ]
        tx.people.upsert(accounts, None, {})
        person = tx.people.by_account(accounts[0].id)
        assert person is not None
        home, away = (SLACK, ZOOM) if number % 2 == 0 else (ZOOM, SLACK)
        tx.people.set_primary([person.id], home)
        tx.links.put(SyncLink(person.id, away, State.SYNCED, since=now, round=1))
        if away == ZOOM:
            given = zoom.tokens.consent(in_zoom.id)
            expires = datetime.fromtimestamp(given.expires, UTC)
            tokens = Tokens(Secret(given.value), Secret(given.refresh or ""), expires)
        else:
            allowed = slack.tokens.consent(in_slack.id, ",".join(USER_SCOPES))
            ends = datetime.fromtimestamp(allowed.expires or 0, UTC)
            tokens = Tokens(Secret(allowed.value), Secret(allowed.refresh or ""), ends)
        tx.grants.put(GrantKind.PERSON, away, accounts[0 if away == SLACK else 1].id, tokens)
