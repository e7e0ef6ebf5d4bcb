"""One suite for every folder below ``platforms``: what the engine may rely on, whoever the vendor is.

What cannot be guessed about a platform – how it signs, how its vendor answers a lookup – is its row in ``MANNERS``.
"""

import hashlib
import hmac
import inspect
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import orjson
import pytest
import teams_manners
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from vendor_server import NOON, Purse, arguments, lend, refusal, serving, webhook_client
from webex_people import KNOWN

import platforms
from bot.events import Outside
from bot.ids import AccountId
from bot.platform import Incoming, Lent, Platform, PlatformSpec, Undecodable
from bot.ready import GrantKind

SPECS = {str(spec.id): spec for spec in platforms.specs()}
CODE = {name: Path(str(sys.modules[f"platforms.{name}"].__file__)).parent for name in SPECS}
TESTS = {name: Path(__file__).parent / name for name in SPECS}
PAYLOADS = [(name, path) for name in SPECS for path in sorted((TESTS[name] / "payloads").glob("*.json"))]
STAMP = str(int(NOON.timestamp()))
OWN_MANNERS: Mapping[str, str] = {
    "/teams/notifications": "anything readable is taken, up to 8 MiB, and checked before use",
}


@dataclass(frozen=True)
class Manners:
    """What is particular to one platform."""

    sign: Callable[[Mapping[str, str], str, bytes], Mapping[str, str]]
    """Headers of a genuine request: settings, path, body."""
    answer: Callable[[str, Mapping[str, Any]], Any]
    """What the vendor says to a call: path, arguments."""
    known: Mapping[str, str] = field(default_factory=dict)
    """Settings that the recorded payloads refer to; every other one is invented."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """What an import remembered before."""


def signed(secret: str, prefix: bytes, body: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), prefix + body, hashlib.sha256).hexdigest()


def slack_signs(given: Mapping[str, str], path: str, body: bytes) -> Mapping[str, str]:
    signature = signed(given["MIO_SLACK_SIGNING_SECRET"], f"v0:{STAMP}:".encode(), body)
    return {"X-Slack-Request-Timestamp": STAMP, "X-Slack-Signature": signature}


def slack_answers(path: str, args: Mapping[str, Any]) -> Any:
    user: dict[str, Any] = {"id": args.get("user"), "team_id": "T0ACME", "real_name": "Some One", "profile": {}}
    known: dict[str, dict[str, Any]] = {
        "auth.test": {"team_id": "T0ACME", "user_id": "U0MIO"},
        "users.info": {"user": user},
        "conversations.info": {"channel": {"id": args.get("channel"), "is_im": True, "user": "U0BOB"}},
    }
    return {"ok": True, **known[path.rsplit("/", 1)[1]]}


def zoom_signs(given: Mapping[str, str], path: str, body: bytes) -> Mapping[str, str]:
    secret = given["MIO_ZOOM_USER_SECRET_TOKEN" if path == "/zoom/user" else "MIO_ZOOM_SECRET_TOKEN"]
    return {"x-zm-request-timestamp": STAMP, "x-zm-signature": signed(secret, f"v0:{STAMP}:".encode(), body)}


def zoom_answers(path: str, args: Mapping[str, Any]) -> Any:
    if path == "/v2/roles":
        return {"roles": [{"id": "0", "name": "Owner"}]}
    user = path.removeprefix("/v2/users/")
    return {"id": user, "display_name": "Some One"} if user.isalnum() else refusal(404, 1001)


def webex_signs(given: Mapping[str, str], path: str, body: bytes) -> Mapping[str, str]:
    return {"X-Spark-Signature": hmac.new(given["MIO_WEBEX_WEBHOOK_SECRET"].encode(), body, hashlib.sha1).hexdigest()}


def webex_answers(path: str, args: Mapping[str, Any]) -> Any:
    found = path.rsplit("/", 1)[1]
    if path.startswith("/v1/people/"):
        return {"id": found, "displayName": "Some One", "orgId": "org", "emails": []}
    if path.startswith("/v1/attachment/actions/"):
        return {"id": found, "personId": "someone", "messageId": "card", "inputs": {"action": "help:"}}
    return {"id": found, "roomId": "room", "personId": "someone", "text": "hi", "created": "2026-03-02T12:00:00.000Z"}


MANNERS: Mapping[str, Manners] = {
    "slack": Manners(slack_signs, slack_answers),
    "teams": Manners(teams_manners.signs, teams_manners.answers, teams_manners.GIVEN, teams_manners.KEPT),
    "webex": Manners(webex_signs, webex_answers, kept=KNOWN),
    "zoom": Manners(
        zoom_signs,
        zoom_answers,
        {"MIO_ZOOM_ACCOUNT_ID": "ACCT-ACME", "MIO_ZOOM_CLIENT_ID": "app-a", "MIO_ZOOM_USER_CLIENT_ID": "app-b"},
    ),
}


def manners(name: str) -> Manners:
    assert name in MANNERS, f"add {name} to MANNERS in {Path(__file__).name}: how it signs, how its vendor answers"
    return MANNERS[name]


# -- a platform, connected -----------------------------------------------------------------------


@pytest.fixture(params=SPECS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def spec(name: str) -> PlatformSpec:
    return SPECS[name]


@pytest.fixture
async def vendor(name: str) -> AsyncIterator[TestServer]:
    async def told(request: web.Request) -> web.StreamResponse:
        found = manners(name).answer(request.path, {**await arguments(request), "origin": str(request.url.origin())})
        if isinstance(found, tuple):
            return web.Response(status=found[0], headers=found[1], text=found[2])
        return web.json_response(found)

    async with serving({"/{path:.*}": told}) as server:
        yield server


class Everybody(set[AccountId]):
    """Whoever is asked about has a live grant."""

    def __contains__(self, account: object) -> bool:
        return True


@pytest.fixture
def lent(name: str, spec: PlatformSpec, vendor: TestServer, submitted: list[Incoming]) -> Lent:
    words = {
        each.name: str(vendor.make_url(urlsplit(each.default).path or "/"))
        if each.name.endswith("_URL")
        else each.default
        for each in spec.settings
        if each.default
    }
    words |= {each.name: f"given-{each.name.lower()}" for each in spec.settings if each.required}
    words |= manners(name).known
    made = lend(name, words, Purse(Everybody(), []), submitted=submitted, kept=dict(manners(name).kept), counts=[])
    return replace(made, rates=False)


@pytest.fixture
async def platform(spec: PlatformSpec, lent: Lent) -> AsyncIterator[Platform]:
    made, _ = platforms.connect(spec, lent)
    await made.start()
    yield made
    await made.stop()


# -- what is declared ----------------------------------------------------------------------------


def test_the_same_names_in_every_folder(name: str) -> None:
    for file in ("__init__", *platforms.FILES):
        assert (CODE[name] / f"{file}.py").is_file()
    for file in ("decode", "members", "oauth", "send", "spec", "text", "webhook"):
        assert (TESTS[name] / f"test_{file}.py").is_file()
    assert any(owner == name for owner, _ in PAYLOADS), "recorded payloads"


def test_a_folder_is_called_what_its_platform_is(name: str, spec: PlatformSpec) -> None:
    assert (CODE[name] / "__init__.py").is_file()
    assert re.fullmatch(r"[a-z]+", name) and spec.title.lower().endswith(name)
    assert spec.install_words and not spec.install_words.endswith(".")
    assert len(set(spec.person_scopes)) == len(spec.person_scopes)
    assert spec.traits.text_limit >= 1_000 and spec.traits.buttons >= 1


def test_settings_are_named_after_the_platform(name: str, spec: PlatformSpec) -> None:
    names = [each.name for each in spec.settings]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(rf"MIO_{name.upper()}(_[A-Z0-9]+)+", found) for found in names)
    assert any(each.required for each in spec.settings)
    assert all(each.help and "\n" not in each.help and not each.help.endswith(".") for each in spec.settings)


def test_secrets_are_marked_and_nothing_secret_has_a_default(spec: PlatformSpec) -> None:
    for each in spec.settings:
        assert each.secret is bool(re.search(r"_(SECRET|TOKEN)$|_SECRET_TOKEN$", each.name)), each.name
        assert not (each.secret or each.required) or not each.default, each.name


def test_every_address_can_be_changed(spec: PlatformSpec) -> None:
    addresses = [each for each in spec.settings if each.name.endswith("_URL")]
    assert addresses and all(each.default.startswith("https://") and not each.required for each in addresses)


def test_what_an_administrator_connects_depends_on_the_settings_alone(spec: PlatformSpec) -> None:
    kinds = spec.installs({})
    assert set(kinds) <= set(GrantKind) - {GrantKind.PERSON} and kinds == spec.installs({})


def test_quality_knows_three_answers_and_gives_a_reason_for_each(name: str) -> None:
    sections, entries = [], []
    for line in (CODE[name] / "quality.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        if not line.startswith(" "):
            sections.append(line.removesuffix(":"))
            continue
        found = re.fullmatch(r'  (\w+): \{status: (\w+), comment: "([^"]+)"\}', line)
        assert found, f"not an entry: {line}"
        entries.append(found.groups())
    assert {"capabilities", "open_questions"} <= set(sections) <= {"capabilities", "rules", "open_questions"}
    assert {status for _, status, _ in entries} <= {"done", "todo", "exempt"}
    assert len({entry for entry, _, _ in entries}) == len(entries)


def test_it_fulfils_the_protocol_name_by_name(platform: Platform, name: str, spec: PlatformSpec) -> None:
    assert (platform.id, platform.traits) == (name, spec.traits)
    for member, promised in inspect.getmembers(Platform, inspect.isfunction):
        if member.startswith("_"):
            continue
        found = getattr(type(platform), member)
        assert list(inspect.signature(found).parameters) == list(inspect.signature(promised).parameters), member
        assert inspect.iscoroutinefunction(found) is inspect.iscoroutinefunction(promised), member


def test_neither_a_platform_nor_what_it_is_lent_shows_a_secret(
    platform: Platform, lent: Lent, spec: PlatformSpec
) -> None:
    shown = f"{platform!r} {lent!r} {vars(platform)}"
    assert not [each.name for each in spec.settings if each.secret and lent.settings.get(each.name, "\0") in shown]


# -- its routes ----------------------------------------------------------------------------------


async def sent(spec: PlatformSpec, lent: Lent, body: bytes, sign: bool) -> dict[str, int]:
    """The status of each of the platform's own addresses."""
    platform, routes = platforms.connect(spec, lent)
    await platform.start()
    found = {}
    async with webhook_client(routes) as client:
        for route in (route for route in routes if route.path not in OWN_MANNERS):
            proof = manners(str(spec.id)).sign(lent.settings, route.path, body) if sign else {}
            headers = {"Content-Type": "application/json", **proof}
            async with client.request(route.method, route.path, data=body, headers=headers) as answer:
                found[route.path] = answer.status
    await platform.stop()
    return found


async def test_its_addresses_are_its_own(spec: PlatformSpec, lent: Lent) -> None:
    _, routes = platforms.connect(spec, lent)
    paths = [route.path for route in routes]
    assert paths and len(set(paths)) == len(paths)
    assert all(route.method == "POST" and re.fullmatch(r"(/[a-z]+){2}", route.path) for route in routes)


@pytest.mark.parametrize(
    "body", [b"{}", b"{", b"", b'{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}']
)
async def test_an_unsigned_request_is_401(
    spec: PlatformSpec, lent: Lent, submitted: list[Incoming], body: bytes
) -> None:
    assert set((await sent(spec, lent, body, sign=False)).values()) == {401}
    assert submitted == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'"x"', b"[" * 5_000 + b"]" * 5_000])
async def test_what_is_signed_and_cannot_be_read_is_400(
    spec: PlatformSpec, lent: Lent, submitted: list[Incoming], body: bytes
) -> None:
    assert set((await sent(spec, lent, body, sign=True)).values()) == {400}
    assert submitted == []


async def test_over_a_mebibyte_is_413(spec: PlatformSpec, lent: Lent, submitted: list[Incoming]) -> None:
    with pytest.warns(ResourceWarning, match="large body"):
        assert set((await sent(spec, lent, b" " * 1_048_577, sign=True)).values()) == {413}
    assert submitted == []


# -- decoding ------------------------------------------------------------------------------------

WRONG: tuple[Any, ...] = (None, True, 0, -1, 7.5, 2**63, "", "x", "\u00b2", "\0", [], [None], [["x"]], {}, {"x": {}})


def load(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every field and item of a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in inner:
        yield (*path, key)
        yield from places(found, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any, removed: bool = False) -> Any:
    whole = deepcopy(value)
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    if removed:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return whole


def variants(recorded: Any) -> Iterator[tuple[str, Any]]:
    """The payload with each field once removed and once of each wrong kind."""
    for path in places(recorded):
        yield f"without {path}", changed(recorded, path, None, removed=True)
        for wrong in WRONG:
            yield f"{path} = {wrong!r}", changed(recorded, path, wrong)


async def accepted(platform: Platform, body: bytes) -> str | None:
    """None when the platform did what it may: events, or one named fault without the words of the message."""
    try:
        events = await platform.decode(body)
    except Undecodable as fault:
        return None if str(fault) and len(str(fault)) < 200 else f"an unclear fault: {fault}"
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"
    strange = [event for event in events if not isinstance(event, get_args(Outside))]
    return f"no events of ours: {strange}" if strange or not events else None


@pytest.mark.parametrize(("name", "path"), PAYLOADS, ids=[f"{name}-{path.stem}" for name, path in PAYLOADS])
async def test_whatever_is_wrong_with_a_payload_it_is_said(platform: Platform, path: Path) -> None:
    recorded = load(path)
    assert await platform.decode(orjson.dumps(recorded))
    met = [(what, await accepted(platform, orjson.dumps(value))) for what, value in variants(recorded)]
    assert len(met) > len(WRONG)
    assert [f"{what}: {fault}" for what, fault in met if fault is not None] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"7", b"\xff", b"{}", b"[" * 50_000, b'{"a":' * 5_000])
async def test_garbage_is_undecodable(platform: Platform, body: bytes) -> None:
    with pytest.raises(Undecodable):
        await platform.decode(body)


async def test_a_payload_nested_without_end_is_undecodable(platform: Platform, name: str) -> None:
    """Valid JSON all the same, in a field that nobody looks at and around the whole."""
    deep: Any = "x"
    for _ in range(250):
        deep = [deep]
    for owner, path in PAYLOADS:
        if owner == name:
            body = orjson.dumps(load(path))
            assert await accepted(platform, body.replace(b"{", b'{"deep":' + orjson.dumps(deep) + b",", 2)) is None
            assert await accepted(platform, b'{"event":' * 3_000 + body + b"}" * 3_000) is None


JSON: some.SearchStrategy[Any] = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**63), 2**63)
    | some.floats(allow_nan=False)
    | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(data=some.data())
async def test_several_things_wrong_at_once(platform: Platform, name: str, data: some.DataObject) -> None:
    """A recorded payload with a few places replaced by anything JSON can say."""
    recorded = load(data.draw(some.sampled_from([p for owner, p in PAYLOADS if owner == name])))
    for _ in range(data.draw(some.integers(1, 3))):
        if path := data.draw(some.sampled_from(list(places(recorded)) or [()])):
            recorded = changed(recorded, path, data.draw(JSON))
    assert await accepted(platform, orjson.dumps(recorded)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(body=some.binary(max_size=200) | JSON.map(orjson.dumps))
async def test_anything_at_all(platform: Platform, body: bytes) -> None:
    assert await accepted(platform, body) is None
