"""The command line: reads settings, starts what was asked for, and turns every expected failure into one line.

Errors go to stderr and end with status 2. Parts are imported by the command that needs them, so that help is quick.
"""

import asyncio
import errno
import importlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

if TYPE_CHECKING:
    from sandbox.main import Options, Running
    from service.doctor import Report
    from service.settings import Settings
    from service.values import Address

PAGE_PORT = 8090
PEOPLE = 12

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

People = Annotated[int | None, typer.Option(help=f"People of the demo company; {PEOPLE} unless told.", min=4)]
Reset = Annotated[bool, typer.Option("--reset", help="Forget the sandbox's and its bot's state first.")]


class Trouble(Exception):
    """A line for the user; exit status 2."""


@app.callback(invoke_without_command=True)
def front(context: typer.Context) -> None:
    """One direct conversation across Slack, Zoom Team Chat, Teams and Webex. Without a command: run."""
    if context.invoked_subcommand is None:
        run()


@app.command()
def run(
    no_sandbox: Annotated[bool, typer.Option("--no-sandbox", help="Serve the bot only.")] = False,
    people: People = None,
    reset: Reset = False,
    page_port: Annotated[int, typer.Option(hidden=True)] = PAGE_PORT,
    tied: Annotated[bool, typer.Option("--tied", hidden=True, help="End when standard input closes.")] = False,
) -> None:
    """Serve the bot. Where nothing is configured, serve the sandbox and a bot pointed at it."""
    settings = _settings()
    if settings.demonstrable and not no_sandbox:
        options = _sandbox_options(settings, "127.0.0.1", page_port, people, f"http://{settings.bind}", reset)
        _until_told(_demo(settings, options))
    elif people or reset:
        raise Trouble("--people and --reset belong to the sandbox, which is not served with these settings")
    elif not settings.platforms:
        raise Trouble(_unconfigured())
    else:
        _until_told(_serve(settings), tied)


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 is any free one.", min=0, max=65_535)] = PAGE_PORT,
    people: People = None,
    bot: Annotated[str, typer.Option(help="Where the bot listens.")] = "http://127.0.0.1:8080",
    reset: Reset = False,
) -> None:
    """Serve only the sandbox: local fakes of the platforms. Prints the settings that point a bot at them."""
    settings = _settings()
    options = _sandbox_options(settings, host, port, people, bot, reset)
    _until_told(_with_sandbox(settings, options, _alone))


@app.command()
def migrate() -> None:
    """Bring the database to the newest version."""
    from service.main import data_dir
    from storage import migrate as storage

    settings = _settings()
    if settings.embedded:
        data_dir(settings)
    asyncio.run(storage.migrate(settings.database_url.get_secret_value()))
    print("The database is up to date.")


@app.command()
def cards(
    file: Annotated[Path, typer.Argument(help="Where to write it; replaced if it exists.", metavar="FILE")],
) -> None:
    """Write every card as each platform shows it, plain text beside it, into one HTML file."""
    print(f"{_write_cards(file, _settings())} cards: {file}")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which one; all unless told.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run the benchmarks; they are part of a checkout, not of the package."""
    if not (Path(__file__).resolve().parent.parent / "bench" / "main.py").is_file():
        raise Trouble("the benchmarks are not here: run this in a checkout")
    command: Callable[[str, bool], int] = importlib.import_module("bench.main").command
    raise typer.Exit(command(name, json))


@app.command()
def manifest(
    platform: Annotated[str, typer.Argument(help="Which platform, such as slack.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path(),
) -> None:
    """Write what an administrator uploads to a platform, made from what the program asks for."""
    import platforms
    from service import papers
    from service.clock import RealClock

    specs = {str(spec.id): spec for spec in platforms.specs()}
    if platform.lower() not in specs:
        raise Trouble(f"{platform} is no platform here; known: {', '.join(specs)}")
    settings, spec = _settings(), specs[platform.lower()]
    for line in papers.write(spec.manifest(papers.presence(settings, spec, RealClock().now())), out):
        print(line)
    warning = papers.unreachable(settings)
    if warning:
        print(f"mio: {warning}", file=sys.stderr)


audit = typer.Typer(no_args_is_help=True, help="The audit log.")
app.add_typer(audit, name="audit")


@audit.command()
def verify() -> None:
    """Check the audit log's chain. Status: 0 it holds, 1 something was changed, removed or reordered."""
    from service.auditing import verified

    raise typer.Exit(asyncio.run(verified(_settings())))


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check everything and say who has to do what next. Status: 0 nothing to do, 1 something, 2 could not check."""
    import orjson

    report = _examined()
    print(orjson.dumps(report.json(), option=orjson.OPT_INDENT_2).decode() if json else report.text())
    raise typer.Exit(report.status)


# -- what the commands start ---------------------------------------------------------------------


async def _serve(settings: "Settings") -> None:
    from service import locks, main

    lock = locks.held(main.data_dir(settings) / locks.BOT, "a bot") if settings.embedded else nullcontext()
    with lock:
        try:
            await main.serve(settings)
        except OSError as fault:
            raise _not_listening("MIO_BIND", settings.bind, fault) from fault


def _examined() -> "Report":
    import platforms
    from service import doctor
    from service.clock import RealClock
    from service.settings import SettingsError

    try:
        settings = _settings()
    except SettingsError as fault:
        return doctor.misset(fault.problems)
    return asyncio.run(doctor.look(settings, platforms.specs(), RealClock()))


async def _demo(settings: "Settings", options: "Options") -> None:
    from service import supervisor

    with socket.socket(socket.AF_INET6 if ":" in settings.bind.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind.host, settings.bind.port))
        except OSError as fault:
            raise _not_listening("MIO_BIND", settings.bind, fault) from fault

    async def with_bot(running: "Running") -> None:
        environ = {**os.environ, **running.settings(), "MIO_BIND": str(settings.bind)}
        words = f"Open {running.url}/ in a browser: a demo company; nothing leaves this machine."
        running.stage = stage = supervisor.Stage()
        await supervisor.supervise(environ, settings.bind, lambda: print(words, flush=True), stage)

    await _with_sandbox(settings, options, with_bot)


async def _alone(running: "Running") -> None:
    for name, value in running.settings().items():
        print(f"{name}={value}")
    print(f"# the page: {running.url}/", flush=True)
    await asyncio.Event().wait()


async def _with_sandbox(
    settings: "Settings", options: "Options", work: "Callable[[Running], Coroutine[Any, Any, None]]"
) -> None:
    from sandbox.main import start
    from service import locks
    from service.values import Address

    folder = options.data_dir
    assert folder is not None
    with locks.held(folder.parent / locks.SANDBOX, "a sandbox"):
        if options.reset:
            with locks.held(folder / locks.BOT, "a bot"):
                pass
        try:
            running = await start(options)
        except OSError as fault:
            raise _not_listening("the sandbox", Address(options.host, options.port), fault) from fault
        try:
            if options.extra is not None:
                _write_cards(options.extra, settings, running.settings()["MIO_COMPANY"])
            await work(running)
        finally:
            await running.stop()


def _sandbox_options(
    settings: "Settings", host: str, port: int, people: int | None, bot: str, reset: bool
) -> "Options":
    from sandbox.main import Options

    data = settings.data_dir
    # The printed settings name the sandbox's own folder: started under them, it finds its state again.
    folder = data if data.name == "sandbox" else data / "sandbox"
    return Options(host, port, people or PEOPLE, bot, folder, reset, extra=folder / "cards.html")


def _write_cards(file: Path, settings: "Settings", company: str = "") -> int:
    """``company`` stands in where the settings name none."""
    from sandbox.main import PAGE
    from service import export

    names = export.Names(settings.company or company, settings.bot_name, settings.command, dict(settings.commands))
    try:
        return export.write(file, names, PAGE)
    except OSError as fault:
        raise Trouble(f"{file}: cannot be written ({os.strerror(fault.errno or 0).lower()})") from fault


def _until_told(work: Coroutine[Any, Any, None], tied: bool = False) -> None:
    """Run until done, or until the system asks to end; ending on request is no error."""

    async def told() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        if tied:
            from service.supervisor import end_with_input

            end_with_input(task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(told())


# -- settings and errors -------------------------------------------------------------------------


def _settings() -> "Settings":
    import platforms
    from service import logs
    from service.settings import load

    loaded = load(os.environ, platforms.specs(), Path.cwd())
    logs.configure(loaded.log_format, loaded.log_level)
    return loaded


def _unconfigured() -> str:
    import platforms

    needed = (
        f"{spec.title}: {', '.join(setting.name for setting in spec.settings if setting.required)}"
        for spec in platforms.specs()
    )
    return f"no platform is configured; set all of one of these – {'; '.join(needed)}"


def _not_listening(name: str, address: "Address", fault: OSError) -> Exception:
    """The failure in one line when the address cannot be had; any other failure as it is."""
    if isinstance(fault, socket.gaierror) or fault.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
        reason = os.strerror(fault.errno).lower() if fault.errno and fault.errno > 0 else "unknown host"
        return Trouble(f"{name}: cannot listen on {address} ({reason})")
    return fault


def main() -> None:
    """The console script: every expected failure is a readable line on stderr and exit status 2."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except TyperException as fault:
        lines = fault.format_message()
    except (Trouble, OSError) as fault:
        lines = str(fault)
    except Exception as fault:
        lines = _expected(fault)
    for line in lines.splitlines():
        print(f"mio: {line}", file=sys.stderr)
    sys.exit(2)


def _expected(fault: Exception) -> str:
    """The words for failures of settings and database. Raises anything else again: that is a bug to be seen."""
    from sqlalchemy.exc import SQLAlchemyError

    from service.settings import SettingsError
    from storage.store import StoreError

    if isinstance(fault, SettingsError | StoreError):
        return str(fault)
    if isinstance(fault, SQLAlchemyError):
        # Its own words quote statements and their values.
        return f"MIO_DATABASE_URL: the database cannot be used ({type(fault).__name__})"
    raise fault
