"""Files through the browser: a page with one button, and behind the button the file – out, or in.

Opening the page changes nothing; link previews do it, too. What is fetched is read a page at a time while it is sent, and
what is sent is put aside on disk first, so that neither costs memory.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import structlog
from aiohttp import BodyPartReader, web

from bot.ids import PersonId, PlanId, fresh
from bot.lines import Line, Unreadable, read
from handlers import files, uploads
from handlers.ctx import Ctx
from handlers.files import DOWNLOADS, State, Ticket, Way
from handlers.uploads import Tally
from service import pages
from service.pages import Page
from storage.store import Tx

if TYPE_CHECKING:
    from service.web import Web

log = structlog.get_logger("mio.files")

UPLOAD = 32 * 1024 * 1024
FRAME = 64 * 1024
"""What a form may add to its file."""
BLOCK = 256 * 1024
PAGE = 500


class Files:
    """The browser's two doors for files; ``show`` renders a page."""

    def __init__(self, parts: "Web", show: Callable[[Page], web.Response]) -> None:
        self.parts = parts
        self.show = show

    @property
    def bot(self) -> str:
        return self.parts.site().bot_name

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/download/{token}", self._offering(Way.DOWNLOAD)),
            web.post("/download/{token}", self.download),
            web.get("/upload/{token}", self._offering(Way.UPLOAD)),
            web.post("/upload/{token}", self.upload),
        ]

    def _offering(self, way: Way) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            ticket = self._ticket(way, request)
            if ticket is None:
                return self.show(pages.file_unknown(self.bot))
            state = await self.parts.store.read(lambda tx: files.look(self._ctx(tx), ticket))
            if state is not State.GOOD:
                return self._no(ticket, state)
            return self.show(pages.file_offer(ticket.kind, way is Way.UPLOAD))

        return handler

    def _ticket(self, way: Way, request: web.Request) -> Ticket | None:
        ticket = self.parts.signer.read_file(way, request.match_info["token"])
        if ticket is None:
            log.warning("file refused", way=str(way), reason="not our link")
        return ticket

    def _ctx(self, tx: Tx) -> Ctx:
        return Ctx(tx, self.parts.policy())

    def _no(self, ticket: Ticket, state: State) -> web.Response:
        log.warning("file refused", way=str(ticket.way), kind=ticket.kind, reason=state.name.lower())
        return self.show(pages.file_over(self.bot) if state is State.OVER else pages.file_refused(self.bot))

    # -- out -------------------------------------------------------------------------------------

    async def download(self, request: web.Request) -> web.StreamResponse:
        ticket = self._ticket(Way.DOWNLOAD, request)
        if ticket is None:
            return self.show(pages.file_unknown(self.bot))
        state = await self.parts.store.write(lambda tx: files.use(self._ctx(tx), ticket))
        if state is not State.GOOD:
            return self._no(ticket, state)
        kind = DOWNLOADS[ticket.kind]
        headers = {"Content-Disposition": f'attachment; filename="{kind.name}"'}
        response = web.StreamResponse(headers=headers)
        response.content_type, response.charset = kind.media, "utf-8"
        first, after = await self._page(ticket, None)
        await response.prepare(request)
        try:
            await response.write(first.encode())
            while after is not None:
                text, after = await self._page(ticket, after)
                await response.write(text.encode())
            await response.write_eof()
        except Exception:
            # Half a file must not look like a whole one: the connection ends without its last chunk.
            log.error("download broke off", kind=ticket.kind, exc_info=True)
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _page(self, ticket: Ticket, after: Any) -> tuple[str, Any]:
        pages_of = DOWNLOADS[ticket.kind].pages
        return await self.parts.store.read(lambda tx: pages_of(self._ctx(tx), ticket.thing, after))

    # -- in --------------------------------------------------------------------------------------

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The file is put aside, read, and becomes a plan – or is refused as a whole, and the link stays good."""
        ticket = self._ticket(Way.UPLOAD, request)
        if ticket is None:
            return self.show(pages.file_unknown(self.bot))
        state = await self.parts.store.read(lambda tx: files.look(self._ctx(tx), ticket))
        if state is State.OVER:
            return self._no(ticket, state)
        if state is State.REFUSED:
            return self._no(ticket, await self.parts.store.write(lambda tx: files.use(self._ctx(tx), ticket)))
        with tempfile.TemporaryFile() as file:
            aside = cast(BinaryIO, file)
            trouble = await _receive(request, aside)
            if trouble is not None:
                return self.show(trouble)
            try:
                return await self._plan(ticket, aside)
            except Unreadable as why:
                return self.show(pages.file_unreadable(str(why)))

    async def _plan(self, ticket: Ticket, aside: BinaryIO) -> web.Response:
        plan, store = PlanId(fresh()), self.parts.store
        tally = Tally()
        try:
            await self._add(ticket, aside, plan, tally)
            state = await store.write(lambda tx: uploads.made(self._ctx(tx), ticket, plan, tally))
        except BaseException:
            await asyncio.shield(store.write(lambda tx: tx.plans.drop_people(plan)))
            raise
        if state is not State.GOOD:
            await store.write(lambda tx: tx.plans.drop_people(plan))
            return self._no(ticket, state)
        return self.show(pages.file_taken(tally.rows, tally.unknown, tally.guessed, self.bot))

    async def _add(self, ticket: Ticket, aside: BinaryIO, plan: PlanId, tally: Tally) -> None:
        """The lines of a file as rows, a page in a transaction. Raises ``Unreadable``."""
        known = tuple(self.parts.policy().platforms)
        reading = await asyncio.to_thread(read, aside, known)
        tally.guessed = reading.guessed
        seen: dict[PersonId, int] = {}
        while page := await asyncio.to_thread(_some, reading.lines):
            rows = await self.parts.store.read(
                lambda tx, some=page: uploads.rows_of(self._ctx(tx), ticket, some, tally.rows, seen)  # type: ignore[misc]
            )
            await self.parts.store.write(lambda tx, some=rows: tx.plans.add(plan, some))  # type: ignore[misc]
            tally.rows += len(rows)
            tally.unknown += sum(row.person is None for row in rows)
        if not tally.rows:
            raise Unreadable(pages.NO_LINES)


def _some(lines: Iterator[Line]) -> list[Line]:
    return list(islice(lines, PAGE))


async def _receive(request: web.Request, aside: BinaryIO) -> Page | None:
    """Put the form's file aside. A page when there is none, or it is too large."""
    if (request.content_length or 0) > UPLOAD + FRAME:
        return pages.file_large(UPLOAD)
    if not request.content_type.startswith("multipart/"):
        return pages.file_missing()
    try:
        form = await request.multipart()
        while (part := await form.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == "file":
                trouble = await _copy(part, aside)
                if trouble is None:
                    # Raises unless the form goes on, or ends: else the file is only the beginning of one.
                    await form.next()
                return trouble
    except (ValueError, web.RequestPayloadError, ConnectionError):
        # Broken off, or no form at all: nothing of it is used.
        log.warning("upload broke off")
    return pages.file_missing()


async def _copy(part: BodyPartReader, aside: BinaryIO) -> Page | None:
    size = 0
    while block := await part.read_chunk(BLOCK):
        size += len(block)
        if size > UPLOAD:
            return pages.file_large(UPLOAD)
        aside.write(block)
    return None if size else pages.file_missing()
