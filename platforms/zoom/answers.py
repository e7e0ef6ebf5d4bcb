"""What Zoom's answers mean: errors sorted into the four answers, limits and waiting times read from headers. Pure.

A code means something only together with its HTTP status: Zoom uses 200, 300 and 1001 for several things.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import Gone, NotAuthorised, PlatformError, Refused, TryLater
from platforms.http import Answer, retry_after

SHAPE = "the answer is not Zoom's"
LATER = timedelta(minutes=1)

SCOPES = (4700, 4711)
"""The token does not hold the scopes of the call."""
NOBODY = ((404, 1001), (400, 1120))
LOST = ((404, 4131), (404, 8001))

# developers.zoom.us/docs/integrations/oauth-error-messages
OAUTH_CONFIG = (4702, 4704, 4705, 4706, 4709)
"""Our settings or our request: nobody's consent is over."""
OAUTH_REASONS: Mapping[int, LinkReason] = {
    4711: LinkReason.REVOKED,
    4717: LinkReason.POLICY,
    4735: LinkReason.ACCOUNT_GONE,
    4737: LinkReason.EXPIRED,
    4738: LinkReason.POLICY,
    4740: LinkReason.EXPIRED,
    4741: LinkReason.REVOKED,
}
WORDS = {"users", "me", "chat", "im", "messages", "roles"}


class Again(Exception):
    """Token invalid or expired: renew once."""


class SendingFailed(TryLater):
    """Zoom's general failure of a send: two more tries, then it is for good."""


class NoUser(Refused):
    """Zoom does not know the user."""


class Misconfigured(Refused):
    """Zoom refuses the app's own credentials or address: an administrator mends the settings."""


class Lost(Refused):
    """Zoom refuses the code or refresh token itself."""

    def __init__(self, words: str, reason: LinkReason) -> None:
        super().__init__(words)
        self.reason = reason


def read(name: str, answer: Answer, account: AccountId | None, writes: bool) -> Any:
    """The body of a success; anything else is raised: one of the four answers, or ``Again``."""
    body = answer.body
    if answer.status == 204 or (answer.status in (200, 201) and isinstance(body, dict)):
        return body or {}
    if answer.status < 400:
        raise TryLater(f"{name}: {answer.status}, {SHAPE}", certain=not writes)
    code = _number(body.get("code")) if isinstance(body, dict) else None
    raise _sorted(f"{name}: {answer.status}/{code}", (answer.status, code), account, writes)


def _sorted(words: str, met: tuple[int, int | None], account: AccountId | None, writes: bool) -> Exception:
    status, code = met
    if code in SCOPES:
        return NotAuthorised(words, account, LinkReason.REVOKED)
    if status == 401 or code == 124:
        return Again(words)
    if met == (403, None):
        # The whole account is shut out of the REST API.
        return NotAuthorised(words, None, LinkReason.POLICY)
    if met == (400, 5301):
        return SendingFailed(words, certain=not writes)
    if met in NOBODY:
        return NoUser(words)
    return Gone(words) if met in LOST else Refused(words)


def oauth_fault(path: str, answer: Answer, now: datetime) -> PlatformError:
    """``code`` comes as a number where it comes; ``error`` is the standard's word."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code, error = _number(body.get("code")), str(body.get("error", ""))[:40]
    words = f"oauth/{path}: {answer.status}/{code or error or None}"
    if answer.status == 429:
        return TryLater(words, pause(answer, now))
    if code is None and not error:
        return TryLater(f"{words}, {SHAPE}", certain=False)
    if code in OAUTH_CONFIG or (code is None and error in ("invalid_client", "invalid_request")):
        return Misconfigured(words)
    return Lost(words, OAUTH_REASONS.get(code or 0, LinkReason.EXPIRED))


def _number(value: Any) -> int | None:
    """A code, which Zoom writes as a number and, in places, as its digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 8:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def pause(answer: Answer, now: datetime) -> timedelta:
    """How long the lane is closed: ``Retry-After``, else the time at which Zoom counts anew."""
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if "Retry-After" not in answer.headers and reset.isascii() and reset.isdigit() and len(reset) < 11:
        return max(timedelta(), datetime.fromtimestamp(int(reset), UTC) - now)
    return retry_after(answer.headers, now)


def limit_of(answer: Answer) -> float | None:
    """Calls a second of this account, where the answer tells."""
    found = answer.headers.get("X-RateLimit-Limit", "")
    per_second = answer.headers.get("X-RateLimit-Type", "").upper() == "QPS"
    return float(found) if per_second and found.isascii() and found.isdigit() and 2 <= int(found) < 10_000 else None


def template(path: str) -> str:
    """A path without ids, for metrics and logs."""
    return "/".join(word if word in WORDS or not word else "{id}" for word in path.split("?", 1)[0].split("/"))
