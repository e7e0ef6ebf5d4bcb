"""Signed values that travel through browsers: the tokens behind *Allow* and *Connect*, and the attempt's cookie.

A signature proves that we made a value; what it stands for is looked up anew every time. Nothing secret is inside,
and times are those of the injected clock.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web
from itsdangerous import BadData, URLSafeSerializer

from bot.ids import AccountId, PersonId, PlatformId
from bot.ready import GrantKind
from handlers.files import Ticket, Way

SETUP_LIVES = timedelta(hours=24)
ATTEMPT_LIVES = timedelta(minutes=10)
FILE_LIVES = timedelta(minutes=10)
INSTALLS = (GrantKind.BOT, GrantKind.DIRECTORY)


@dataclass(frozen=True, slots=True)
class SetupToken:
    """One *Connect* link. ``nonce`` makes it usable once, ``until`` ends it."""

    platform: PlatformId
    kind: GrantKind
    nonce: str
    until: datetime


class Signer:
    """Makes and reads signed values; ``secret`` must be the same in every process of one installation."""

    def __init__(self, secret: bytes, public_url: str) -> None:
        self.public_url = public_url.rstrip("/")
        self._allow = _serializer(secret, "allow")
        self._setup = _serializer(secret, "setup")
        self._attempt = _serializer(secret, "attempt")
        self._files = {way: _serializer(secret, way) for way in Way}

    def __repr__(self) -> str:
        return f"<Signer {self.public_url}>"

    # -- Allow -----------------------------------------------------------------------------------

    def allow_url(self, person: PersonId, platform: PlatformId, round: int) -> str:
        """The address behind *Allow*: the same for every card of a link's round; it does not expire by itself."""
        return f"{self.public_url}/allow/{self._allow.dumps([person, platform, round])}"

    def read_allow(self, token: str) -> tuple[PersonId, PlatformId, int] | None:
        """Person, platform and round; None when we did not make the token."""
        match _read(self._allow, token):
            case [str(person), str(platform), int(round_)]:
                return PersonId(person), PlatformId(platform), round_
        return None

    # -- Connect ---------------------------------------------------------------------------------

    def setup_url(self, platform: PlatformId, kind: GrantKind, now: datetime) -> str:
        """The address behind *Connect*: different every time, good for 24 hours and one use."""
        until = int((now + SETUP_LIVES).timestamp())
        token = self._setup.dumps([platform, kind.value, secrets.token_urlsafe(12), until])
        return f"{self.public_url}/setup/{platform}/{token}"

    def read_setup(self, platform: PlatformId, token: str) -> SetupToken | None:
        """None when we did not make the token for this platform. The caller compares ``until`` with its clock."""
        match _read(self._setup, token):
            case [str(made_for), str(kind), str(nonce), int(until)] if made_for == platform and kind in INSTALLS:
                return SetupToken(platform, GrantKind(kind), nonce, datetime.fromtimestamp(until, UTC))
        return None

    # -- files -----------------------------------------------------------------------------------

    def file_url(self, way: Way, kind: str, thing: str, account: AccountId, now: datetime) -> str:
        """The address at which a file is fetched or sent: different every time, good for ten minutes and one use."""
        until = int((now + FILE_LIVES).timestamp())
        token = self._files[way].dumps([kind, thing, account, secrets.token_urlsafe(12), until])
        return f"{self.public_url}/{way}/{token}"

    def read_file(self, way: Way, token: str) -> Ticket | None:
        """None when we did not make the token for this way. Whoever uses it compares ``until`` with the clock."""
        match _read(self._files[way], token):
            case [str(kind), str(thing), str(account), str(nonce), int(until)]:
                return Ticket(way, kind, thing, AccountId(account), nonce, datetime.fromtimestamp(until, UTC))
        return None

    # -- the attempt's cookie --------------------------------------------------------------------

    def set_attempt(self, response: web.StreamResponse, state: str, now: datetime) -> None:
        """Bind an attempt to this browser for ten minutes. One cookie per attempt, so that two tabs work."""
        until = int((now + ATTEMPT_LIVES).timestamp())
        response.set_cookie(
            _cookie(state),
            self._attempt.dumps([state, until]),
            max_age=int(ATTEMPT_LIVES.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=self.public_url.startswith("https:"),
        )

    def has_attempt(self, request: web.BaseRequest, state: str, now: datetime) -> bool:
        """Whether this browser began the attempt with this ``state``, within its ten minutes."""
        match _read(self._attempt, request.cookies.get(_cookie(state), "")):
            case [str(held), int(until)]:
                return (
                    secrets.compare_digest(held.encode(), state.encode("utf-8", "surrogatepass"))
                    and now.timestamp() <= until
                )
        return False


def challenge(verifier: str) -> str:
    """The PKCE S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _cookie(state: str) -> str:
    return "mio_attempt_" + hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _serializer(secret: bytes, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret, salt=salt, signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )


def _read(serializer: URLSafeSerializer, value: str) -> object:
    try:
        found: object = serializer.loads(value)
    except (BadData, UnicodeError):
        return None
    return found
