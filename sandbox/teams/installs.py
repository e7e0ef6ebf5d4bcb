"""Where the app is installed: for people, in teams; which conversation ids are alive, who blocked the bot.

A person's conversation with the bot has an id of its own, another than the chat's in Graph, and gets a new one when the
person clears it. Sends nothing.
"""

from sandbox.core import Core
from sandbox.teams.tenant import APP_ID, BOT, chat_id
from sandbox.world import Chat, stable


class Installs:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.people: dict[str, str] = dict(core.keep.all("teams-installed"))
        """Installation id by person."""
        self.teams: set[str] = {team for team, there in core.keep.all("teams-in-team") if there}
        self.blocked: set[str] = {user for user, there in core.keep.all("teams-blocked") if there}
        self.forbidden: set[str] = set()
        """People whom an app policy keeps from installing it."""
        self.uploaded = True
        self._cleared: dict[str, int] = dict(core.keep.all("teams-cleared"))
        self._users: dict[str, str] = {}

    def add(self, user: str) -> str:
        self.people[user] = stable("installation", user, APP_ID)[:40]
        self.core.keep.put("teams-installed", user, self.people[user])
        return self.people[user]

    def remove(self, user: str) -> None:
        self.people.pop(user, None)
        self.core.keep.put("teams-installed", user, None)

    def block(self, user: str, on: bool) -> None:
        (self.blocked.add if on else self.blocked.discard)(user)
        self.core.keep.put("teams-blocked", user, on or None)

    def add_team(self, team: str) -> None:
        self.teams.add(team)
        self.core.keep.put("teams-in-team", team, True)

    # -- conversations ---------------------------------------------------------------------------

    def chat(self, user: str) -> Chat:
        """The person's chat with the bot, under its Graph id."""
        return self.core.world.chat("teams", chat_id(user, APP_ID), user, BOT)

    def conversation(self, user: str, alias: bool = False) -> str:
        """The living conversation id. ``alias``: another one for the same conversation."""
        found = "a:1" + stable("conversation", user, self._cleared.get(user, 0), alias)[:60]
        self._users[found] = user
        return found

    def clear(self, user: str) -> None:
        """The person removes the history: the old id is gone."""
        self._cleared[user] = self._cleared.get(user, 0) + 1
        self.core.keep.put("teams-cleared", user, self._cleared[user])

    def user(self, conversation: str) -> str | None:
        """Whose conversation with the bot this is: by its id here, or by the chat's in Graph. None: gone or never there."""
        if conversation.startswith("19:"):
            chat = self.core.world.chat_ids["teams"].get(conversation)
            return chat.other(BOT) if chat is not None and BOT in chat.members else None
        if conversation not in self._users:
            for account in self.core.world.accounts["teams"]:
                self.conversation(account)
                self.conversation(account, True)
        user = self._users.get(conversation)
        living = user is not None and conversation in (self.conversation(user), self.conversation(user, True))
        return user if living else None
