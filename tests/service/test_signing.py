"""Signed values: only ours, only for what they were made for."""

from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.ids import PersonId, PlatformId
from bot.ready import GrantKind
from service.signing import Signer, challenge

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ZOOM, SLACK = PlatformId("zoom"), PlatformId("slack")
SIGNER = Signer(b"k" * 32, "https://bot.example/")


def token(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_an_allow_address_belongs_to_the_round_and_never_changes() -> None:
    url = SIGNER.allow_url(PersonId("ann"), ZOOM, 2)
    assert url.startswith("https://bot.example/allow/")
    assert url == SIGNER.allow_url(PersonId("ann"), ZOOM, 2)
    assert SIGNER.read_allow(token(url)) == (PersonId("ann"), ZOOM, 2)
    assert url != SIGNER.allow_url(PersonId("ann"), ZOOM, 3)


def test_foreign_changed_and_misplaced_values_are_nothing() -> None:
    allow = token(SIGNER.allow_url(PersonId("ann"), ZOOM, 2))
    setup = token(SIGNER.setup_url(ZOOM, GrantKind.BOT, NOW))
    assert Signer(b"x" * 32, "https://bot.example").read_allow(allow) is None
    for wrong in ("", ".", "x", allow[:-1], "A" + allow, setup, "ä", "\udcff"):
        assert SIGNER.read_allow(wrong) is None
    assert SIGNER.read_setup(ZOOM, allow) is None
    assert SIGNER.read_setup(SLACK, setup) is None


def test_a_setup_address_is_new_every_time_and_ends_after_a_day() -> None:
    one, two = (token(SIGNER.setup_url(ZOOM, GrantKind.DIRECTORY, NOW)) for _ in range(2))
    assert one != two
    read = SIGNER.read_setup(ZOOM, one)
    assert read is not None and read.kind is GrantKind.DIRECTORY
    assert read.until == NOW + timedelta(hours=24)


def test_persons_are_not_set_up() -> None:
    assert SIGNER.read_setup(ZOOM, token(SIGNER.setup_url(ZOOM, GrantKind.PERSON, NOW))) is None


def test_the_cookie_holds_one_attempt_for_ten_minutes() -> None:
    response = web.Response()
    SIGNER.set_attempt(response, "s1", NOW)
    SIGNER.set_attempt(response, "s2", NOW)
    assert len(response.cookies) == 2
    morsel = next(iter(response.cookies.values()))
    assert morsel["secure"] and morsel["httponly"] and morsel["samesite"] == "Lax" and morsel["max-age"] == "600"
    sent = "; ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())
    request = make_mocked_request("GET", "/", headers={"Cookie": sent})
    assert SIGNER.has_attempt(request, "s1", NOW) and SIGNER.has_attempt(request, "s2", NOW)
    assert not SIGNER.has_attempt(request, "s3", NOW)
    assert not SIGNER.has_attempt(request, "\udcff", NOW)
    assert not SIGNER.has_attempt(request, "s1", NOW + timedelta(minutes=10, seconds=1))


def test_a_cookie_under_another_attempts_name_is_worth_nothing() -> None:
    response = web.Response()
    SIGNER.set_attempt(response, "s1", NOW)
    SIGNER.set_attempt(response, "s2", NOW)
    (first, one), (second, two) = response.cookies.items()
    request = make_mocked_request("GET", "/", headers={"Cookie": f"{first}={two.value}; {second}={one.value}"})
    assert not SIGNER.has_attempt(request, "s1", NOW)


def test_http_needs_no_secure_cookie() -> None:
    response = web.Response()
    Signer(b"k" * 32, "http://127.0.0.1:8080").set_attempt(response, "s1", NOW)
    assert not next(iter(response.cookies.values()))["secure"]


def test_the_challenge_is_the_one_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_signer_shows_no_secret() -> None:
    assert "k" * 8 not in repr(SIGNER)
