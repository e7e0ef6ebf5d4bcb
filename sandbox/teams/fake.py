"""The tenant put together, and what people do in their client: say, command, press, choose, look, leave.

Everything the app hears of it goes out as signed activities and notifications; nothing here calls the program in
another way.
"""

from typing import Any

from aiohttp import web

from sandbox.client import Client
from sandbox.core import Bad, Core
from sandbox.teams import cards
from sandbox.teams.activities import Activities
from sandbox.teams.apps import Apps
from sandbox.teams.book import Book
from sandbox.teams.changes import Changes
from sandbox.teams.chats import Chats
from sandbox.teams.connector import Connector
from sandbox.teams.delta import Delta
from sandbox.teams.files import Files
from sandbox.teams.graph import Graph
from sandbox.teams.groups import Groups
from sandbox.teams.guests import Guests
from sandbox.teams.installs import Installs
from sandbox.teams.login import Login
from sandbox.teams.messages import ChatMessages, typed
from sandbox.teams.notify import Notify
from sandbox.teams.posts import Posts
from sandbox.teams.rooms import Rooms
from sandbox.teams.roster import Roster
from sandbox.teams.screen import Screen
from sandbox.teams.shapes import Shapes, as_text
from sandbox.teams.subscriptions import Subscriptions
from sandbox.teams.tenant import APP_ID, APP_SECRET, BOT, TENANT, Group, accounts, chat_id, invited, joined, outsider
from sandbox.teams.tokens import Tokens
from sandbox.teams.users import Users
from sandbox.world import Account, Chat, Message, pair


class Teams:
    name = "teams"

    def __init__(self, core: Core, count: int) -> None:
        self.core = core
        self.client = Client(core, self.name, BOT)
        self._people(count)
        self.roster = Roster(core)
        self.tokens = Tokens(core)
        self.installs = Installs(core)
        self.activities = Activities(core, self.installs)
        self.shapes = Shapes(core)
        self.rooms = Rooms(core)
        self.book = Book(core)
        self.notify = Notify(core, self.book, self.tokens.keys, self.shapes)
        self.posts = Posts(core, self.installs, self.activities, self.notify.told)
        self.screen = Screen(core, self.installs, self.activities, self.posts)
        self.login = Login(core, self.tokens)
        self.connector = Connector(core, self.tokens, self.installs, self.roster, self.posts)
        self.changes = Changes(self.notify)
        self.guests = Guests(core, self.client, self.roster, self.changes, self.notify)
        self.files = Files(core, self.roster)
        users, chats = Users(core, self.roster), Chats(core, self.roster, self.shapes, self.rooms)
        self.messages = ChatMessages(core, chats, self.shapes, self.notify)
        apps = Apps(core, self.roster, self.installs, self.activities)
        delta = Delta(core, self.roster, users, self.changes)
        parts = (delta, users, Groups(core, self.roster, users), self.guests, chats, self.messages, self.files, apps)
        subscriptions = Subscriptions(core, self.book, self.roster)
        table = [route for part in parts for route in part.table()]
        self.graph = Graph(core, self.tokens, [*table, *subscriptions.table()])

    def _people(self, count: int) -> None:
        self.core.world.add(Account("teams", BOT, "Mio", "", bot=True))
        for account in accounts(count):
            self.core.world.add(account)
        makers = {"": joined, "pending": invited, "outside": outsider}
        for _, row in self.client.joined():
            self.core.world.add(makers[row.get("guest", "")](row["name"], row["email"]))
        for native, extra in self.core.keep.all("teams-extra"):
            self.core.world.accounts["teams"][native].extra.update(extra)

    def settings(self) -> dict[str, str]:
        return {
            "MIO_TEAMS_APP_ID": APP_ID,
            "MIO_TEAMS_APP_SECRET": APP_SECRET,
            "MIO_TEAMS_TENANT_ID": TENANT,
            "MIO_TEAMS_LOGIN_URL": f"{self.core.url}/teams/login",
            "MIO_TEAMS_GRAPH_URL": f"{self.core.url}/teams/graph/v1.0",
            "MIO_TEAMS_OPENID_URL": f"{self.core.url}/teams/botframework/v1/.well-known/openidconfiguration",
            "MIO_TEAMS_SERVICE_URL": f"{self.core.url}/teams/connector",
        }

    def routes(self) -> list[web.RouteDef]:
        parts = (self.login, self.activities, self.connector, self.files, self.graph)
        return [route for part in parts for route in part.routes()]

    # -- people in their client ------------------------------------------------------------------

    def account(self, who: str) -> Account:
        """A person who can use the client: active, with a licence."""
        account = self.client.account(who)
        if not self.roster.licensed(account):
            raise Bad(f"{account.name} has no licence for Teams")
        return account

    def _tell(self, *activities: dict[str, Any]) -> None:
        for activity in activities:
            self.core.hooks.send(self.activities.hook(activity))

    def _chat(self, who: str, to: str) -> Chat:
        found = self.client.other(who, to)
        if found == BOT:
            return self.installs.chat(who)
        self.account(found)
        return self.core.world.chat("teams", chat_id(who, found), who, found)

    def _known(self, who: str, other: str) -> Chat | None:
        return self.core.world.chats["teams"].get(pair(who, BOT if other == "bot" else other))

    async def say(self, who: str, to: str, text: str) -> str:
        account, chat = self.account(who), self._chat(who, to)
        if BOT in chat.members:
            await self._opened(account)
        message = self.messages.add(chat, who, typed(text), False)
        self.notify.told(chat, message, "created")
        if BOT in chat.members:
            self._tell(self.activities.message(account, message.id, text))
        return message.id

    async def command(self, who: str, text: str) -> None:
        """In the personal chat ``/mio …`` is ordinary text."""
        await self.say(who, "bot", f"/mio {text}".strip())

    async def say_together(self, who: str, others: list[str], text: str, topic: str = "Lunch") -> str:
        """Writes into a group chat with these people, made anew; the chat's id."""
        room = self.rooms.make(tuple(self.account(one).id for one in (who, *others)), topic)
        message = self.messages.add(room, who, typed(text), False)
        self.notify.told(room, message, "created")
        return room.id

    async def mention(self, who: str, team: str, text: str, slash: bool = False) -> str:
        """``@Mio text`` in a team's channel, or there as a native slash command; the thread's first message."""
        account, group = self.account(who), self.roster.named(team)
        if group is None or not group.team or who not in group.members:
            raise Bad(f"{account.name} is in no team {team}")
        self._in_team(account, group)
        root = self.activities.next_id()
        made = self.activities.slash if slash else self.activities.mention
        self._tell(made(account, group, root, text))
        return root

    def _in_team(self, account: Account, group: Group) -> None:
        if group.id not in self.installs.teams:
            self.installs.add_team(group.id)
            self._tell(*self.activities.team_joined(account, group))

    async def _opened(self, account: Account) -> None:
        """Who writes to the bot has added the app before, and unblocks it."""
        self.installs.block(account.id, False)
        if account.id in self.installs.people:
            return
        if account.id in self.installs.forbidden:
            raise Bad("this app is blocked by your administrator")
        self.installs.add(account.id)
        self._tell(*self.activities.installed(account, True))

    async def edit(self, who: str, message: str, text: str) -> None:
        chat, found = self.client.own(who, message)
        self.client.tell(*self.messages.rewrite(chat, found, typed(text)))
        if BOT in chat.members:
            self._tell(self.activities.edited(self.account(who), message, text))

    async def delete(self, who: str, message: str) -> None:
        chat, found = self.client.own(who, message)
        self.client.tell(*self.messages.erase(chat, found))
        if BOT in chat.members:
            self._tell(self.activities.erased(self.account(who), message))

    async def restore(self, who: str, message: str) -> None:
        """Undoes one's own removal."""
        self.account(who)
        for key in self.core.world.of["teams"].get(who, ()):
            chat = self.core.world.chats["teams"][key]
            found = chat.by_id.get(message)
            if found is not None and found.author == who and found.deleted:
                self.client.tell(*self.messages.bring_back(chat, found))
                return
        raise Bad(f"no removed message {message} of {who}")

    async def react(self, who: str, other: str, message: str, reaction: str, added: bool = True) -> None:
        chat = self._known(self.account(who).id, other)
        found = chat.by_id.get(message) if chat is not None else None
        if chat is None or found is None or found.deleted:
            raise Bad(f"no message {message} there")
        self.client.tell(*self.messages.reacted(chat, found, who, reaction, added))
        if found.author == BOT:
            self._tell(self.activities.reacted(self.account(who), message, reaction, added))

    async def press(self, who: str, message: str, button: str) -> str | None:
        return await self.screen.press(self.account(who), message, button)

    async def choose(self, who: str, message: str, option: str) -> None:
        self.screen.choose(self.account(who), message, option)

    async def fill(self, who: str, message: str, field: str, value: str) -> None:
        self.screen.fill(self.account(who), message, field, value)

    # -- looking ---------------------------------------------------------------------------------

    def view(self, who: str, other: str) -> list[dict[str, Any]]:
        chat = self._known(who, other)
        if chat is None:
            return []
        chat.read[who] = len(chat.messages)
        return [self._shown(who, m) for m in chat.messages if not m.deleted and m.only in (None, who)]

    def channel(self, who: str, team: str) -> list[dict[str, Any]]:
        """What the bot wrote in a team's channel, as far as this person sees it."""
        group = self.roster.named(team)
        posted = self.posts.threads.get(group.channel, []) if group is not None else []
        return [self._shown(who, m) for m in posted if not m.deleted and m.only in (None, who)]

    def _shown(self, who: str, message: Message) -> dict[str, Any]:
        card = self.screen.card(who, message)
        native = message.native
        words = as_text(native.get("content", message.text), native.get("type", "text"))
        return {
            "id": message.id,
            "from": message.author,
            "from_name": self.core.world.accounts["teams"][message.author].name,
            "text": words,
            "at": message.at,
            "edited": message.edited,
            "deleted": False,
            "by_app": message.by_app,
            "card": card,
            "lines": cards.lines(card) if card else [],
            "buttons": cards.buttons(card) if card else [],
            "choices": cards.choices(card) if card else [],
            "reactions": [row["type"] for row in native.get("reactions", ())],
        }

    def chats(self, who: str) -> list[dict[str, Any]]:
        return self.client.chats(who)

    # -- people and the app come and go ----------------------------------------------------------

    async def revoke(self, who: str) -> None:
        """Sign-in sessions are revoked: refreshes end, subscriptions are removed."""
        self.tokens.revoke(who)
        self.notify.end(who)

    async def reset_password(self, who: str) -> None:
        """By an administrator; a person's own change would leave the app's tokens alone."""
        await self.revoke(who)

    def trouble(self, who: str, code: int | None) -> None:
        """From now on the login service refuses this person's refreshes with that AADSTS number; None ends it."""
        self.tokens.refuse(who, code)

    async def withdraw_consent(self) -> None:
        """An administrator takes the app's permissions back for everybody."""
        for user in self.tokens.withdraw():
            for sub in self.book.of(user):
                self.client.tell(*self.notify.lifecycle(sub, "reauthorizationRequired"))

    async def uninstall(self) -> None:
        """An administrator removes the app from the organisation's catalogue, and so from everybody."""
        for who in list(self.installs.people):
            await self.remove_app(who)
        self.installs.uploaded = False

    async def remove_app(self, who: str) -> None:
        """The person removes the app."""
        self._tell(*self.activities.installed(self.client.known(who), False))
        self.installs.remove(who)

    async def block(self, who: str) -> None:
        self.installs.block(self.account(who).id, True)

    async def clear_history(self, who: str) -> None:
        """The person removes the chat with the bot: its conversation id is gone."""
        chat = self.installs.chat(self.account(who).id)
        for message in chat.messages:
            message.deleted = True
            self.core.world.save(chat, message)
        self.installs.clear(who)

    async def join(self, name: str, email: str) -> str:
        """Somebody new in the tenant, with a licence; their object id."""
        account = joined(name, email)
        self.client.join(account)
        self.roster.add(account)
        self.changes.note("users", account.id)
        return account.id

    async def join_group(self, who: str, group: str) -> None:
        self._move(who, group, True)

    async def leave_group(self, who: str, group: str) -> None:
        self._move(who, group, False)

    def _move(self, who: str, group: str, there: bool) -> None:
        found = self.roster.named(group)
        if found is None:
            raise Bad(f"no group {group}")
        others = tuple(native for native in found.members if native != who)
        self.roster.change(found, (*others, who) if there else others)
        self.changes.note("groups", found.id, who)

    async def change(self, who: str, **values: Any) -> None:
        """Name, e-mail, admin, zone or active of an account change; ``upn`` and ``licence`` as well."""
        account = self.client.known(who)
        extra = {name: str(values.pop(name)) for name in ("upn", "licence") if name in values}
        was_active = account.active
        self.client.change(who, values)
        self.roster.mark(account, **extra)
        if was_active and not account.active:
            self.notify.end(who)
        self.changes.note("users", who)

    async def remove_licence(self, who: str) -> None:
        await self.change(who, licence="removed")

    async def deactivate(self, who: str) -> None:
        self.client.account(who)
        await self.change(who, active=False)

    async def leave(self, who: str) -> None:
        """An administrator deletes the account: into the bin for 30 days, and the directory shows it no more."""
        self.guests.throw_away(self.client.known(who))

    async def accept(self, who: str) -> None:
        """A guest redeems the invitation."""
        account = self.client.known(who)
        if account.extra.get("state") != "PendingAcceptance":
            raise Bad(f"{account.name} has no open invitation")
        self.roster.mark(account, state="Accepted")
        self.changes.note("users", who)

    async def outsider(self, name: str, email: str) -> str:
        """Somebody of another tenant who may chat with people here; their id."""
        account = outsider(name, email)
        self.client.join(account, guest="outside")
        return account.id
