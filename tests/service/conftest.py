"""Ann lives on Slack and is asked about her Zoom account: the site and a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from town import ANN_SLACK, ANN_ZOOM, PAM_ZOOM, SLACK, ZOOM, Client, Clock, Town

from bot.ids import PersonId
from bot.links import LinkReason, State, SyncLink
from service.web import application
from storage.migrate import migrate
from storage.sealing import Keys
from storage.store import Store, Tx, embedded_url


@pytest.fixture
async def town(database: str | None, tmp_path: Path) -> AsyncIterator[Town]:
    clock = Clock()
    url = database or embedded_url(tmp_path)
    await migrate(url)
    store = Store(url, Keys.parse(Keys.generate()), clock)
    await store.open()

    def people(tx: Tx) -> PersonId:
        tx.people.upsert([ANN_SLACK, ANN_ZOOM, PAM_ZOOM], None, {})
        person = tx.people.by_account(ANN_ZOOM.id)
        assert person is not None
        tx.people.set_primary([person.id], SLACK)
        tx.links.put(SyncLink(person.id, ZOOM, State.PENDING, reason=LinkReason.ASKED, asked=1, round=1))
        return person.id

    yield Town(store, clock, await store.write(people))
    await store.close()


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[Client]:
    async with TestClient(TestServer(application(town.parts))) as client:
        yield client
