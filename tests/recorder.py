"""Every request that the program makes to the vendors, as they arrive in the sandbox: whole, in order, with the setting
whose address they went to. Looks at nothing else, and shows nobody what was written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest
from descriptions import JSON, Request

from sandbox import core
from sandbox.exchange import Call, Exchange
from sandbox.main import Running


@dataclass(frozen=True, slots=True)
class Recorded:
    platform: str
    setting: str
    """Empty: the address is none that a setting names."""
    request: Request


class Recorder:
    def __init__(self, sandbox: Running) -> None:
        self.made: list[Recorded] = []
        bases = {name: url for name, url in sandbox.settings().items() if url.startswith(sandbox.url + "/")}
        self._bases = sorted(((urlsplit(url).path.rstrip("/"), name) for name, url in bases.items()), reverse=True)

    def saw(self, call: Call, seen: Exchange) -> None:
        path, _, query = seen.path.partition("?")
        base, setting = next(((b, n) for b, n in self._bases if path == b or path.startswith(b + "/")), ("", ""))
        kind = seen.headers.get("Content-Type", "").partition(";")[0]
        request = Request(
            seen.method, path.removeprefix(base), dict(parse_qsl(query, True)), _body(seen.body, kind), kind
        )
        self.made.append(Recorded(call.platform, setting, request))


def _body(raw: bytes, kind: str) -> object:
    if not raw:
        return None
    return orjson.loads(raw) if kind == JSON else dict(parse_qsl(raw.decode(), True))


@contextmanager
def recording(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """The sandbox tells of every call; here nothing of it is cut."""
    recorder = Recorder(sandbox)
    monkeypatch.setattr(core, "cut", lambda raw: raw)
    sandbox.core.watchers.append(recorder.saw)
    yield recorder
    sandbox.core.watchers.remove(recorder.saw)
