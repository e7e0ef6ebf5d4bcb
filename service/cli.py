"""The command line. Errors are one readable line on stderr and exit status 2."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

import platforms
from service import logs
from service.settings import Settings, SettingsError, load

app = typer.Typer(add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False)


class Trouble(Exception):
    """A line for the user; exit status 2."""


def settings() -> Settings:
    loaded = load(os.environ, platforms.specs(), Path.cwd())
    logs.configure(loaded.log_format, loaded.log_level)
    return loaded


def run_until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run until done, or until the system asks to end."""

    async def supervised() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            pass

    asyncio.run(supervised())


@app.callback(invoke_without_command=True)
def front(context: typer.Context) -> None:
    """One direct conversation across Slack and Zoom Team Chat. Without a command: run."""
    if context.invoked_subcommand is None:
        run(False, 12, False)


@app.command()
def run(
    no_sandbox: Annotated[bool, typer.Option("--no-sandbox", help="Never start the sandbox.")] = False,
    people: Annotated[int, typer.Option(help="People of the sandbox's demo company.", min=4, max=50_000)] = 12,
    reset: Annotated[bool, typer.Option("--reset", help="Forget the sandbox's state first.")] = False,
) -> None:
    """Serve the bot; with nothing configured, the sandbox and a bot pointed at it."""
    from service import main, supervisor

    loaded = settings()
    if loaded.platforms:
        run_until_told(main.serve(loaded))
        return
    if no_sandbox or not loaded.demonstrable:
        names = ", ".join(s.name for spec in platforms.specs() for s in spec.settings if s.required)
        raise Trouble(f"no platform is configured; set the required settings of at least one: {names}")
    run_until_told(supervisor.demo(loaded, people, reset))


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any.", min=0, max=65_535)] = 8090,
    people: Annotated[int, typer.Option(help="People of the demo company.", min=4, max=50_000)] = 12,
    bot: Annotated[str, typer.Option(help="Where the bot listens.")] = "http://127.0.0.1:8080",
    reset: Annotated[bool, typer.Option("--reset", help="Forget the former state first.")] = False,
) -> None:
    """Only the sandbox: local fakes of the platforms, with the settings that point a bot at them."""
    from service import supervisor

    data = Path(os.environ.get("MIO_DATA_DIR", "var")).resolve() / "sandbox"
    run_until_told(supervisor.only_sandbox(host, port, people, bot, data, reset))


@app.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    from storage.migrate import migrate as upgrade

    asyncio.run(upgrade(settings().database_url.get_secret_value()))
    print("The database is up to date.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(
    context: typer.Context, name: Annotated[str, typer.Argument(help="Which one; none lists them.")] = ""
) -> None:
    """Run a benchmark (in a checkout)."""
    try:
        from bench.main import command
    except ImportError:
        raise Trouble("the benchmarks are not installed; run this in a checkout") from None
    command(name, context.args)


def main() -> None:
    """The console script: every expected failure is one line and exit status 2."""
    from sqlalchemy.exc import SQLAlchemyError

    from storage.store import StoreError

    try:
        app(standalone_mode=True)
    except SettingsError as fault:
        print(f"mio: {fault}".replace("\n", "\nmio: "), file=sys.stderr)
    except (Trouble, StoreError) as fault:
        print(f"mio: {fault}", file=sys.stderr)
    except SQLAlchemyError as fault:
        print(f"mio: the database cannot be used ({type(fault).__name__})", file=sys.stderr)
    except OSError as fault:
        print(f"mio: {fault.strerror or fault} ({fault.filename or 'address or port in use?'})", file=sys.stderr)
    else:
        return
    sys.exit(2)
