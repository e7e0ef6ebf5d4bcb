"""The demonstration as processes: the page, the bot beside it, and what happens when one of them dies."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from service.settings import SettingsError
from service.supervisor import APP, DOWN, Stage, keep_running

PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def line(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def until(process: Process, beginning: str) -> str:
    while True:
        words = await line(process)
        assert words, f"ended before it said {beginning!r}"
        if words.startswith(beginning):
            return words


async def start(folder: Path, *words: str, **environ: str) -> Process:
    bare = {name: word for name, word in os.environ.items() if not name.startswith("MIO_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, str(APP), *words, cwd=folder, env={**bare, **environ}, stdout=PIPE
    )


async def end(process: Process) -> int:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        await process.communicate()
    assert process.returncode is not None
    return process.returncode


async def healthy(url: str) -> bool:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(f"{url}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[tuple[Process, str]]:
    """A started demonstration and the bot's address."""
    port, page = free_port(), free_port()
    process = await start(tmp_path, "run", "--page-port", str(page), MIO_BIND=f"127.0.0.1:{port}")
    try:
        assert await until(process, "Open ") == (
            f"Open http://127.0.0.1:{page}/ in a browser: a demo company; nothing leaves this machine."
        )
        yield process, f"http://127.0.0.1:{port}"
    finally:
        await end(process)


def bot_of(parent: int) -> int:
    """The child's process id."""
    return int(Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the child in /proc")
async def test_the_bot_comes_back_and_both_end_in_order(demo: tuple[Process, str], tmp_path: Path) -> None:
    process, bot = demo
    assert await healthy(bot)
    os.kill(bot_of(process.pid), signal.SIGKILL)
    assert await until(process, "The bot ended") == "The bot ended (-9); starting it again."
    async with asyncio.timeout(PATIENCE):
        while not await healthy(bot):
            await asyncio.sleep(0.05)
    assert await end(process) == 0
    assert not await healthy(bot)
    state = {path.name for path in (tmp_path / "var" / "sandbox").iterdir()}
    assert {"mio.db", "encryption.keys", "sandbox.db"} <= state


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the child in /proc")
async def test_the_bot_does_not_outlive_its_parent(demo: tuple[Process, str]) -> None:
    process, bot = demo
    process.kill()
    async with asyncio.timeout(PATIENCE):
        while await healthy(bot):
            await asyncio.sleep(0.05)


async def test_the_sandbox_prints_what_a_bot_needs_and_serves_every_card(tmp_path: Path) -> None:
    process = await start(tmp_path, "sandbox", "--port", "0")
    printed: dict[str, str] = {}
    while not (words := await line(process)).startswith("#"):
        name, _, word = words.partition("=")
        printed[name] = word
    async with aiohttp.ClientSession() as session, session.get(words.split()[-1] + "cards.html") as answer:
        assert answer.status == 200
        assert "Every card of Mio" in await answer.text()
        async with session.get(words.split()[-1] + "control/world?people=none") as world:
            assert (await world.json())["cards"] is True, "the page links to it"
    assert await end(process) == 0
    assert {"MIO_DATA_DIR", "MIO_SLACK_BOT_TOKEN", "MIO_SLACK_API_URL", "MIO_ZOOM_S2S_CLIENT_ID"} <= set(printed)
    assert printed["MIO_DATA_DIR"] == str(tmp_path / "var" / "sandbox")


class Ended:
    """A bot that has ended at once."""

    def __init__(self, status: int) -> None:
        self.returncode = status

    async def wait(self) -> int:
        return self.returncode


async def test_a_bot_that_keeps_dying_is_started_ever_more_slowly() -> None:
    ends, pauses = [1] * 7 + [2], list[float]()

    async def spawn(environ: Mapping[str, str]) -> Process:
        return Ended(ends.pop(0))  # type: ignore[return-value]

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(SettingsError, match="its own message is above"):
        await keep_running({}, spawn, pause, lambda words: None)
    assert pauses == [1, 2, 4, 8, 10, 10, 10]


class Killable:
    """A bot that lives until it is told otherwise."""

    def __init__(self) -> None:
        self.returncode: int | None = None
        self.over = asyncio.Event()

    async def wait(self) -> int:
        await self.over.wait()
        assert self.returncode is not None
        return self.returncode

    def _end(self, status: int) -> None:
        self.returncode = status
        self.over.set()

    def kill(self) -> None:
        self._end(-9)

    def terminate(self) -> None:
        self._end(0)


async def test_a_bot_killed_for_show_stays_down_until_it_is_called_back() -> None:
    """Killed: down, for a while at most. Restarted while it runs: ended in order, and back at once."""
    started, pauses, said = list[Killable](), list[float](), list[str]()
    up, down = asyncio.Event(), asyncio.Event()
    stage = Stage()

    async def spawn(environ: Mapping[str, str]) -> Process:
        started.append(Killable())
        asyncio.get_running_loop().call_soon(up.set)
        return started[-1]  # type: ignore[return-value]

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        down.set()
        await stage.rest(3_600 if seconds else 0)

    running = asyncio.create_task(keep_running({}, spawn, pause, said.append, stage))
    assert stage.state == "down"
    await up.wait()
    assert stage.state == "running"
    await stage.kill()
    await down.wait()
    assert (stage.state, started[0].returncode, pauses) == ("down", -9, [DOWN])
    await stage.kill()
    up.clear()
    await stage.restart()
    await up.wait()
    assert stage.state == "running" and len(started) == 2
    up.clear()
    await stage.restart()
    await up.wait()
    assert (started[1].returncode, pauses, len(started)) == (0, [DOWN, 0.0], 3)
    assert said == ["The bot was stopped for show; it comes back by itself."] * 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert started[2].returncode == 0
