"""What the login service's refusals mean: decided by AADSTS number, suberror and error, never by words.

Source: learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import NotAuthorised, PlatformError, TryLater
from platforms.http import Answer

LATER = timedelta(minutes=1)

_EXPIRED = (700082, 70008, 70000, 70043, 50089, 54005, 50076, 50078, 50079)
_REVOKED = (50173, 50132, 50133)
_POLICY = (65001, 65004, 90094, 90095, 53000, 53001, 53003, 50158)
_GONE = (50057, 50034, 50020, 51004, 16003, 50105)
OURS = (7000215, 7000222, 70002, 700016, 700011, 50011, 50194, 650057, 70011, 501481)
TRANSIENT = (50033, 90033, 50196)
_NUMBERS: Mapping[int, LinkReason] = {
    **dict.fromkeys(_EXPIRED, LinkReason.EXPIRED),
    **dict.fromkeys(_REVOKED, LinkReason.REVOKED),
    **dict.fromkeys(_POLICY, LinkReason.POLICY),
    **dict.fromkeys(_GONE, LinkReason.ACCOUNT_GONE),
}
_SUBERRORS: Mapping[str, LinkReason] = {
    "consent_required": LinkReason.POLICY,
    "message_only": LinkReason.POLICY,
}
_ERRORS: Mapping[str, LinkReason] = {
    "invalid_grant": LinkReason.EXPIRED,
    "interaction_required": LinkReason.EXPIRED,
    "login_required": LinkReason.EXPIRED,
    "consent_required": LinkReason.POLICY,
    "access_denied": LinkReason.POLICY,
}
"""For numbers that nobody has told us of. An error that is not here says nothing about a person's consent."""


def login_number(answer: Answer) -> int | None:
    """The AADSTS number of a refusal."""
    body = answer.body if isinstance(answer.body, dict) else {}
    codes = body.get("error_codes")
    first = codes[0] if isinstance(codes, list) and codes else None
    return first if isinstance(first, int) else None


def passing(answer: Answer) -> bool:
    """Whether it says nothing but: not now."""
    return login_number(answer) in TRANSIENT or named(answer, "error") in ("temporarily_unavailable", "server_error")


def verdict(answer: Answer, account: AccountId | None) -> PlatformError:
    """Decided by number, suberror and error, in this order. What is our own or nobody's fault ends no one's consent."""
    number, error, said = login_number(answer), named(answer, "error"), words(answer)
    if passing(answer) or number in OURS:
        return TryLater(said, LATER)
    reason = _NUMBERS.get(number) if number is not None else None
    if reason is None and error in _ERRORS:
        reason = _SUBERRORS.get(named(answer, "suberror"), _ERRORS[error])
    return NotAuthorised(said, account, reason) if reason is not None else TryLater(said, LATER)


def named(answer: Answer, name: str) -> str:
    body = answer.body if isinstance(answer.body, dict) else {}
    return str(body.get(name) or "")


def words(answer: Answer) -> str:
    return f"POST /token: {answer.status} {login_code(answer)}"


def login_code(answer: Answer) -> str:
    """``invalid_grant/50173``: what the login service calls it."""
    number = login_number(answer)
    return "/".join(word for word in (named(answer, "error")[:60] or "refused", str(number or "")) if word)
