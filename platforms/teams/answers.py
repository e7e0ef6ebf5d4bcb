"""Microsoft's refusals as the four answers that the engine knows. Decided by status and code, never by words.

Source: learn.microsoft.com/graph/errors and microsoftteams/platform/bots/how-to/rate-limit.
"""

import json
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.ids import AccountId
from bot.links import LinkReason
from bot.platform import Gone, NotAuthorised, PlatformError, Refused, TryLater
from platforms.http import Answer, retry_after

BLOCKED = ("ConversationBlockedByUser", "MessageWritesBlocked")
NOT_INSTALLED = "BotNotInConversationRoster"
DENIED = ("Authorization_RequestDenied", "Authorization_IdentityNotFound")
SOON = timedelta(seconds=2)


class Blocked(Refused):
    """The person blocked or removed the bot."""


class NotInstalled(Refused):
    """The bot's app is not there for that person."""


class Conflict(Refused):
    """It is there already."""


def code_of(answer: Answer) -> str:
    """The innermost code of an error in either of its two forms; the status where there is none."""
    body = answer.body if isinstance(answer.body, dict) else {}
    error = body.get("error")
    if isinstance(error, dict):
        inner = error.get("innerError") or error.get("innererror")
        found = (inner.get("code") if isinstance(inner, dict) else None) or error.get("code")
        return str(found or answer.status)[:80]
    if "errorCode" in body:
        return _sub_code(body.get("message")) or f"{body['errorCode']}"[:80]
    return str(answer.status)


def _sub_code(message: Any) -> str:
    """``errorCode`` 209 carries its code as JSON in the message."""
    try:
        found = json.loads(message)
    except (TypeError, ValueError):
        return ""
    return str(found.get("subCode") or "")[:80] if isinstance(found, dict) else ""


def header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def wait(answer: Answer, now: datetime) -> timedelta:
    return retry_after({"Retry-After": header(answer.headers, "Retry-After")}, now)


def graph(answer: Answer, name: str, account: AccountId | None, app: bool, now: datetime) -> PlatformError:
    """``app``: the app's own token was used. 401 is the caller's business: a token is renewed once."""
    code = code_of(answer)
    words = f"{name}: {answer.status} {code}{trace(answer)}"
    challenge = header(answer.headers, "WWW-Authenticate")
    match answer.status:
        case 401 | 403 if "claims=" in challenge or code == "insufficient_claims":
            return NotAuthorised(words, account, LinkReason.POLICY)
        case 401 | 403 if app and (answer.status == 401 or code in DENIED or code == "Forbidden"):
            return NotAuthorised(words, None)
        case 401:
            return NotAuthorised(words, account, LinkReason.REVOKED)
        case 404 | 410:
            return Gone(words)
        case 409:
            return Conflict(words)
        case 412 | 423:
            return TryLater(words, SOON * random.uniform(1.0, 2.0))
        case 429:
            return TryLater(words, wait(answer, now) * random.uniform(1.0, 1.2))
        case _:
            return Refused(words)


def connector(answer: Answer, name: str, now: datetime) -> PlatformError:
    code = code_of(answer)
    words = f"{name}: {answer.status} {code}"
    match answer.status:
        case 401:
            return NotAuthorised(words, None)
        case 403 if code in BLOCKED:
            return Blocked(words)
        case 403 if code == NOT_INSTALLED:
            return NotInstalled(words)
        case 404:
            return Gone(words)
        case 412:
            return TryLater(words, SOON * random.uniform(1.0, 2.0))
        case 429:
            return TryLater(words, wait(answer, now) * random.uniform(1.0, 1.2))
        case _:
            return Refused(words)


def trace(answer: Answer) -> str:
    """Microsoft's own number of the call: the first thing its support asks for."""
    found = header(answer.headers, "request-id")[:80]
    return f" {found}" if found else ""
