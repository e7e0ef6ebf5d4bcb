"""What people do in any platform's client, as far as it is the same everywhere: who sits there, own messages, chats.

Knows no vendor: what the app is told about an act, and in which words, is the platform's fake's business.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.core import Bad, Core
from sandbox.webhooks import Hook
from sandbox.world import Account, Chat, Message

CHANGEABLE = {"name": str, "email": str, "zone": str, "admin": bool, "active": bool}


class Client:
    def __init__(self, core: Core, platform: str, bot: str) -> None:
        self.core = core
        self.platform = platform
        self.bot = bot

    def known(self, who: str) -> Account:
        """A person's account, closed ones too."""
        account = self.core.world.accounts[self.platform].get(who)
        if account is None or account.bot:
            raise Bad(f"no {self.platform.title()} account {who}")
        return account

    def account(self, who: str) -> Account:
        account = self.core.world.accounts[self.platform].get(who)
        if account is None or not account.active:
            raise Bad(f"no active {self.platform.title()} account {who}")
        return account

    def other(self, who: str, to: str) -> str:
        """Whom a message goes to; ``bot`` means the bot."""
        self.account(who)
        other = self.bot if to == "bot" else self.account(to).id
        if other == who:
            raise Bad("nobody writes to themselves here")
        return other

    def own(self, who: str, message: str) -> tuple[Chat, Message]:
        """A message this person wrote and may change: clients offer it for nobody else's."""
        self.account(who)
        world = self.core.world
        for key in world.of[self.platform].get(who, ()):
            chat = world.chats[self.platform][key]
            found = chat.by_id.get(message)
            if found is not None and found.author == who and not found.deleted:
                return chat, found
        raise Bad(f"no message {message} of {who}")

    def tell(self, *hooks: Hook | None) -> None:
        for hook in hooks:
            if hook is not None:
                self.core.hooks.send(hook)

    def chats(self, who: str) -> list[dict[str, Any]]:
        """The list of conversations, newest first."""
        found = []
        world = self.core.world
        for key in world.of[self.platform].get(who, ()):
            chat = world.chats[self.platform][key]
            other, last = chat.other(who), chat.messages[-1] if chat.messages else None
            row = {
                "with": "bot" if other == self.bot else other,
                "name": world.accounts[self.platform][other].name,
                "last": last.text[:80] if last else "",
                "unread": len(chat.messages) - chat.read.get(who, 0),
                "at": last.at if last else 0,
            }
            found.append(row)
        return sorted(found, key=lambda row: -float(str(row["at"])))

    # -- people come and change ------------------------------------------------------------------

    def joined(self) -> list[tuple[str, dict[str, Any]]]:
        """Who joined in a former run: id and what ``join`` kept."""
        return list(self.core.keep.all(f"{self.platform}-joined"))

    def join(self, account: Account, **kept: Any) -> None:
        """Somebody new; ``kept`` is what the platform needs to make the account again after a restart."""
        world = self.core.world
        if account.id in world.accounts[self.platform]:
            raise Bad(f"{account.email} is here already")
        world.add(account)
        self.core.keep.put(
            f"{self.platform}-joined", account.id, {"name": account.name, "email": account.email, **kept}
        )
        world.tell({"kind": "account", "platform": self.platform, "id": account.id})

    def change(self, who: str, values: Mapping[str, Any]) -> tuple[Account, dict[str, Any]]:
        """The account, changed, and what the changed fields held before."""
        account = self.known(who)
        for name, value in values.items():
            if name not in CHANGEABLE:
                raise Bad(f"{name} cannot be changed; {', '.join(CHANGEABLE)} can")
            if not isinstance(value, CHANGEABLE[name]):
                raise Bad(f"{name} must be a {CHANGEABLE[name].__name__}")
        new = {name: value for name, value in values.items() if getattr(account, name) != value}
        before = {name: getattr(account, name) for name in new}
        if new:
            self.core.world.change(account, **new)
        return account, before
