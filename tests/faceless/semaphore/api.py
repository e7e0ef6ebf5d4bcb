"""The only file that calls Semaphore: one request, with a person's token, the bot's or a given one."""

from datetime import UTC, datetime
from typing import Any

from bot.events import Secret, Tokens
from bot.ids import AccountId, PlatformId, account_id
from bot.links import LinkReason
from bot.platform import Gone, Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.http import Answer, Http, retry_after

SEMAPHORE = PlatformId("semaphore")
HARBOUR = "harbour"


class Api:
    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self.base = lent.settings["MIO_SEMAPHORE_API_URL"].rstrip("/")
        self.oauth = lent.settings["MIO_SEMAPHORE_OAUTH_URL"].rstrip("/")
        self.http = Http(lent, SEMAPHORE, [self.base, self.oauth])

    def account(self, user: str) -> AccountId:
        return account_id(SEMAPHORE, HARBOUR, user)

    async def person(self, account: AccountId, method: str, path: str, *, writes: bool = False, **options: Any) -> Any:
        token = await self.lent.tokens.person(account)
        return await self.call(token, method, path, account, writes=writes, **options)

    async def bot(self, method: str, path: str, **options: Any) -> Any:
        tokens = await self.lent.tokens.installed(GrantKind.BOT)
        if tokens is None:
            raise NotAuthorised("the app is not installed", None)
        return await self.call(tokens.access, method, path, None, **options)

    async def call(
        self, token: str, method: str, path: str, account: AccountId | None, *, writes: bool = False, **options: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        name = f"{method} /{path.split('/')[1]}"
        answer = await self.http.call(name, method, self.base + path, writes=writes, headers=headers, **options)
        return self._read(name, answer, account)

    async def token(self, path: str, asked: dict[str, str]) -> Any:
        """A call with the app's own secret."""
        names = ("MIO_SEMAPHORE_CLIENT_ID", "MIO_SEMAPHORE_CLIENT_SECRET")
        own = dict(zip(("client", "secret"), (self.lent.settings[n] for n in names), strict=True))
        answer = await self.http.call(
            f"POST /{path}", "POST", f"{self.oauth}/{path}", writes=True, json={**asked, **own}
        )
        return self._read(path, answer, None)

    def _read(self, name: str, answer: Answer, account: AccountId | None) -> Any:
        found = answer.body if isinstance(answer.body, dict) else {}
        code = str(found.get("error", answer.status))
        match answer.status:
            case status if status < 300:
                return found
            case 401:
                raise NotAuthorised(f"{name}: {code}", account, LinkReason.REVOKED)
            case 404:
                raise Gone(f"{name}: {code}")
            case 429:
                raise TryLater(f"{name}: {code}", retry_after(answer.headers, self.lent.clock.now()))
            case _:
                raise Refused(code)

    def tokens(self, found: dict[str, Any]) -> Tokens:
        return Tokens(Secret(str(found["access"])), Secret(str(found["refresh"])), moment(found["expires"]))


def moment(seconds: float) -> datetime:
    """Semaphore's times are seconds. Raises ``ValueError`` for one that no clock shows."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError):
        raise ValueError("no time") from None
