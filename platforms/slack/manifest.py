"""Slack's app manifest, made from the tables the program runs on: scopes, events, addresses, the command.

Nothing here is typed twice: who changes what the program asks for changes what the administrator uploads.
Format: docs.slack.dev/reference/app-manifest.
"""

import json
from collections.abc import Sequence
from typing import Any

from bot.presence import Document, Presence
from bot.verbs import TABLE
from platforms.slack.members import BOT_SCOPES, USER_SCOPES
from platforms.slack.oauth import CALLBACK
from platforms.slack.webhook import BOT_EVENTS, PATH, USER_EVENTS

NAME, DISPLAY_NAME, COMMAND = 35, 80, 32
"""Longest values that the manifest's schema takes."""
USE = (
    "Slack admin: at api.slack.com/apps choose Create New App, From a manifest, the workspace, then paste this file; "
    "for an app that exists replace its text under App Manifest."
)


def manifest(presence: Presence) -> Sequence[Document]:
    return (Document("slack-manifest.json", json.dumps(made(presence), indent=2, ensure_ascii=False) + "\n", USE),)


def made(presence: Presence) -> dict[str, Any]:
    hooks = presence.public_url + PATH
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": presence.bot_name[:NAME],
            "description": "Direct messages with colleagues on other chat platforms",
        },
        "features": {
            # Nothing is published on the Home tab; people write to the bot on the Messages tab.
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": presence.bot_name[:DISPLAY_NAME], "always_online": True},
            "slash_commands": [_command(presence, hooks)],
        },
        "oauth_config": {
            "redirect_urls": [presence.public_url + CALLBACK],
            "scopes": {"bot": list(BOT_SCOPES), "user": list(USER_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {
                "request_url": hooks,
                "bot_events": list(BOT_EVENTS),
                "user_events": list(USER_EVENTS),
            },
            "interactivity": {"is_enabled": True, "request_url": hooks},
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": True,
        },
    }


def _command(presence: Presence, hooks: str) -> dict[str, Any]:
    return {
        "command": ("/" + presence.command.lstrip("/"))[:COMMAND],
        "url": hooks,
        "description": "Link accounts, and for administrators import and sync",
        "usage_hint": " | ".join(row.verb for row in TABLE if not row.quiet),
        # Turns a typed @name into the id that `sync @name` needs.
        "should_escape": True,
    }
