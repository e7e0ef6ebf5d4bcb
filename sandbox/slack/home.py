"""The app's Home tab: views.publish keeps one view per person. Source: docs.slack.dev/reference/methods/views.publish."""

from typing import Any

import orjson

from sandbox.core import Core, Params
from sandbox.slack import blocks
from sandbox.slack.events import APP, BOT_ID, TEAM
from sandbox.slack.tokens import SlackFault, Token
from sandbox.world import stable

MOST_BLOCKS, MOST_BYTES = 100, 250_000


class Homes:
    def __init__(self, core: Core) -> None:
        self.core = core
        self.views: dict[str, dict[str, Any]] = dict(core.keep.all("slack-home"))

    def publish(self, token: Token, args: Params) -> dict[str, Any]:
        user, view = str(args.get("user_id", "")), args.get("view")
        if token.kind != "bot":
            raise SlackFault("not_allowed_token_type")
        if user not in self.core.world.accounts["slack"]:
            raise SlackFault("user_not_found")
        if isinstance(view, str):
            view = orjson.loads(view)
        if not isinstance(view, dict) or view.get("type") != "home":
            raise SlackFault("invalid_arguments", messages="[ERROR] must be a home view [json-pointer:/view/type]")
        if len(orjson.dumps(view)) > MOST_BYTES:
            raise SlackFault("view_too_large")
        checked = blocks.check(view.get("blocks"), MOST_BLOCKS)
        held = self.views.get(user)
        if args.get("hash") and held is not None and args["hash"] != held["hash"]:
            raise SlackFault("hash_conflict")
        shown = {**view, "blocks": checked, "id": "V" + stable("home", user)[:9].upper(), "hash": self._hash(held)}
        shown |= {"team_id": TEAM, "app_id": APP, "bot_id": BOT_ID, "state": {"values": {}}}
        self.views[user] = shown
        self.core.keep.put("slack-home", user, shown)
        self.core.world.tell({"kind": "home", "platform": "slack", "id": user})
        return {"view": shown}

    def _hash(self, held: dict[str, Any] | None) -> str:
        """Another one every time."""
        before = str(held["hash"]) if held else ""
        return f"{int(self.core.clock.seconds())}.{stable(before)[:8]}"
