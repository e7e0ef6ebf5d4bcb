"""Switches for trouble, and the two profiles for what the vendors' documents leave open.

kind: the open point goes the way that is easiest for a client; mean: the way that hurts. A client must live with both.
"""

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any

OPEN_POINTS = {
    "slack.authorization": "which user an event's authorizations name: mean names the author when the author authorised, too",
    "slack.bot_dm": "a direct message to the bot is delivered for the bot: mean names the person when that person authorised",
    "slack.revoke": "auth.revoke of a person's last token ends their events; mean keeps the authorisation, so events go on",
    "slack.used_code": "a code is used twice: invalid_code; mean answers code_already_used",
    "slack.slackbot": "Slackbot counts as a bot; mean lists it with is_bot false",
    "slack.uninstall_order": "tokens_revoked comes before app_uninstalled; mean sends them the other way round",
    "slack.history_blocks": "history repeats the blocks of a message: mean gives text only",
    "zoom.echo": "own API posts come back as events: mean delivers them twice",
    "zoom.retry_stamp": "a retried webhook carries a fresh time stamp: mean repeats the old one",
    "zoom.trailing_key": "mean spells one key with a trailing blank, as the vendor's sample does",
    "zoom.ids": "mean sends message ids in braces and lower case",
    "zoom.deauthorized": "private apps get app_deauthorized: mean sends nothing, only the tokens die",
    "zoom.order": "history comes oldest first: mean answers in random order",
    "zoom.to_jid": "in the bot's chat toJid is the person's address: mean appends /robot_<bot jid>",
}


@dataclass(slots=True)
class Faults:
    """One platform's switches. Counts go down as they are used up."""

    rate_limit: int = 0
    error_5xx: int = 0
    slow: float = 0.0
    accept_then_timeout: int = 0
    timeout_share: float = 0.0
    duplicate: bool = False
    unordered: bool = False
    echo_first: bool = False
    down: bool = False
    webhook_down: bool = False
    limits: bool = True
    retry_scale: float = 1.0
    mean: bool = False
    dice: random.Random = field(default_factory=lambda: random.Random(7), repr=False)

    def change(self, values: dict[str, Any]) -> None:
        """Set switches by name. Raises ``ValueError`` for an unknown one."""
        if values.get("reset"):
            for f in fields(self):
                if f.name not in ("dice", "mean"):
                    setattr(self, f.name, f.default)
            values = {k: v for k, v in values.items() if k != "reset"}
        known = {f.name for f in fields(self)} - {"dice"}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown fault {name}; known: {', '.join(sorted(known))}")
            setattr(self, name, type(getattr(self, name))(value))

    def shown(self) -> dict[str, Any]:
        return {k: v for k, v in asdict(self).items() if k != "dice"}

    def take(self, name: str) -> bool:
        """Use one of a counted fault up."""
        left: int = getattr(self, name)
        if left <= 0:
            return False
        setattr(self, name, left - 1)
        return True

    def swallows(self) -> bool:
        """Whether the answer to a post that was carried out gets lost."""
        return self.take("accept_then_timeout") or (self.timeout_share > 0 and self.dice.random() < self.timeout_share)
