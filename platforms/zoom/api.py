"""The only file that calls Zoom: our own thin client with the three kinds of token. What an answer means stands in
``answers``; limits belong to the account, not to a person.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.events import Secret, Tokens
from bot.ids import AccountId, PlatformId, account_id
from bot.links import LinkReason
from bot.platform import Lent, NotAuthorised, Refused, TryLater
from bot.ready import GrantKind
from platforms.http import Answer, Buckets, Http, Rate
from platforms.zoom.answers import SHAPE, Again, limit_of, oauth_fault, pause, read, template

ZOOM = PlatformId("zoom")
LIGHT, MEDIUM = "light", "medium"
# developers.zoom.us/docs/api/rate-limits, Pro: 30 and 20 a second. A bucket gives its burst and its rate within one
# second, so half of each; a bigger plan shows in the answers' X-RateLimit-Limit.
PER_SECOND = {LIGHT: 30.0, MEDIUM: 20.0}
# Published for channels only and taken over for direct messages: 10 in 1 s, 30 in 10 s, 60 in 100 s, 450 in 1,000 s.
INSTALLED = "app A is installed"
QUICK, STEADY = Rate(2, 8), Rate(0.43, 16)


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose token a call uses: a person's, the installed directory's, one the app makes itself, or one not stored yet."""

    token: str = field(repr=False)
    account: AccountId | None = None
    made: str = ""
    """The name of a token the app asks for by itself."""
    stored: bool = True


class Api:
    """Calls with a person's token (app B), the bot's (app A), or the directory's (app A or the server-to-server app)."""

    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self.base = lent.settings["MIO_ZOOM_API_URL"].rstrip("/")
        self.oauth = lent.settings["MIO_ZOOM_OAUTH_URL"].rstrip("/")
        self.tenant = lent.settings["MIO_ZOOM_ACCOUNT_ID"]
        self.http = Http(lent, ZOOM, [self.base, self.oauth])
        self.buckets = Buckets(lent.clock, lent.rates)
        self._limits = dict(PER_SECOND)
        self._made: dict[str, Tokens] = {}
        self.roles: Mapping[str, str] | None = None
        """Names of the account's roles by id, read once."""
        self._rejected: dict[str, str] = {}
        """The token last answered with 401, by voice, until one works: a renewed one that fails too is the end."""

    def account(self, user: str) -> AccountId:
        return account_id(ZOOM, self.tenant, user)

    # -- the voices ------------------------------------------------------------------------------

    async def person(
        self,
        account: AccountId,
        method: str,
        path: str,
        *,
        writes: bool = False,
        label: str = MEDIUM,
        chat: str = "",
        **options: Any,
    ) -> Any:
        """A call in a person's own name; ``chat`` names the conversation a message is sent into."""
        voice = Voice(await self.lent.tokens.person(account), account)
        return await self._call(voice, method, path, writes, label, options, chat)

    async def bot(self, method: str, path: str, *, writes: bool = False, **options: Any) -> Any:
        voice = await self.bot_voice()
        found = await self._call(voice, method, path, writes, MEDIUM, options)
        if self.lent.settings.get("MIO_ZOOM_S2S_CLIENT_ID") and await self.lent.memory.get(INSTALLED) is None:
            # Zoom tells nobody whether app A is installed; that its bot may write is the proof.
            await self.installed()
            await self.lent.tokens.keep(GrantKind.BOT, Tokens(Secret(voice.token)))
        return found

    async def installed(self) -> None:
        """App A is installed: from now on nobody is asked to do it."""
        await self.lent.memory.put(INSTALLED, "1")

    async def bot_voice(self) -> Voice:
        return await self._own("bot", "MIO_ZOOM_CLIENT", {"grant_type": "client_credentials"})

    async def directory(self, method: str, path: str, *, label: str = MEDIUM, **options: Any) -> Any:
        return await self._call(await self._directory(), method, path, False, label, options)

    async def with_token(self, token: str, method: str, path: str) -> Any:
        """A call with a token that is not stored yet."""
        return await self._call(Voice(token, stored=False), method, path, False, LIGHT, {})

    async def _directory(self) -> Voice:
        if self.lent.settings.get("MIO_ZOOM_S2S_CLIENT_ID"):
            asked = {"grant_type": "account_credentials", "account_id": self.tenant}
            return await self._own("directory", "MIO_ZOOM_S2S_CLIENT", asked)
        tokens = await self.lent.tokens.installed(GrantKind.DIRECTORY)
        if tokens is None:
            raise NotAuthorised("app A is not authorised yet", None)
        return Voice(tokens.access)

    async def _own(self, name: str, app: str, asked: Mapping[str, str]) -> Voice:
        """A token of the app itself: no refresh token, simply asked for again."""
        held = self._made.get(name)
        if held is None or held.expires is None or held.expires - self.lent.clock.now() < timedelta(minutes=2):
            try:
                held = self._made[name] = self.tokens(await self.token(app, asked))
            except Refused as refused:
                raise NotAuthorised(str(refused), None, LinkReason.POLICY) from None
        return Voice(held.access, made=name)

    # -- OAuth -----------------------------------------------------------------------------------

    async def token(self, app: str, asked: Mapping[str, str], path: str = "token") -> Any:
        """A form to Zoom's OAuth with an app's Basic credentials; ``app`` is the settings' common beginning."""
        answer = await self.ask_token(app, asked, path)
        if answer.status == 200 and isinstance(answer.body, dict):
            return answer.body
        raise oauth_fault(path, answer, self.lent.clock.now())

    def tokens(self, found: Mapping[str, Any]) -> Tokens:
        """A token answer. Raises ``TryLater`` when it is none: the line broke something, nobody said no."""
        access, lives, refresh = found.get("access_token"), found.get("expires_in", 3_600), found.get("refresh_token")
        if not isinstance(access, str) or not access or not isinstance(lives, int):
            raise TryLater(f"oauth/token: {SHAPE}", certain=False)
        return Tokens(
            access=Secret(access),
            refresh=Secret(str(refresh)) if refresh else None,
            expires=self.lent.clock.now() + timedelta(seconds=lives),
            scopes=tuple(str(found.get("scope", "")).split()),
        )

    async def ask_token(self, app: str, asked: Mapping[str, str], path: str = "token") -> Answer:
        """The same, with Zoom's answer as it is."""
        pair = f"{self.lent.settings[app + '_ID']}:{self.lent.settings[app + '_SECRET']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        return await self.http.call(
            f"oauth/{path}", "POST", f"{self.oauth}/{path}", writes=True, data=dict(asked), headers=headers
        )

    async def ask(self, token: str, method: str, path: str, label: str = MEDIUM, **options: Any) -> Answer:
        """Zoom's answer as it is, for looking what works."""
        return await self._send(token, method, path, False, label, options)

    # -- one request -----------------------------------------------------------------------------

    async def _call(
        self,
        voice: Voice,
        method: str,
        path: str,
        writes: bool,
        label: str,
        options: Mapping[str, Any],
        chat: str = "",
    ) -> Any:
        answer = await self._send(voice.token, method, path, writes, label, options, chat)
        return self._read(voice, f"{method} {template(path)}", answer, writes)

    async def _send(
        self,
        token: str,
        method: str,
        path: str,
        writes: bool,
        label: str,
        options: Mapping[str, Any],
        chat: str = "",
    ) -> Answer:
        name = f"{method} {template(path)}"
        self._take(label, chat)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.http.call(name, method, self.base + path, writes=writes, headers=headers, **options)
        self._limits[label] = limit_of(answer) or self._limits[label]
        if answer.status == 429:
            after = pause(answer, self.lent.clock.now())
            self.buckets.shut(*self._lane(label), after)
            raise TryLater(f"{name}: rate limited", after)
        return answer

    def _read(self, voice: Voice, name: str, answer: Answer, writes: bool) -> Any:
        who = voice.account or voice.made or "directory"
        try:
            found = read(name, answer, voice.account, writes)
        except Again as again:
            if not voice.stored:
                raise Refused(str(again)) from None
            if self._rejected.get(who, voice.token) != voice.token:
                del self._rejected[who]
                raise NotAuthorised(str(again), voice.account) from None
            self._rejected[who] = voice.token
            self._reject(voice)
            raise TryLater(str(again), timedelta()) from None
        if voice.stored:
            self._rejected.pop(who, None)
        return found

    def _reject(self, voice: Voice) -> None:
        if not voice.made:
            self.lent.tokens.stale(voice.account, GrantKind.PERSON if voice.account else GrantKind.DIRECTORY)
        elif voice.made in self._made and self._made[voice.made].access == voice.token:
            del self._made[voice.made]

    def _lane(self, label: str) -> tuple[str, Rate]:
        """A lane of its own for each limit the answers have shown."""
        half = self._limits[label] / 2
        return f"{label}:{half:g}", Rate(half, half)

    def _take(self, label: str, chat: str) -> None:
        if chat:
            self.buckets.take_all(self._lane(label), (f"quick:{chat}", QUICK), (f"steady:{chat}", STEADY))
        else:
            self.buckets.take(*self._lane(label))
