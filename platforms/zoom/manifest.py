"""Zoom's app manifests, A for the bot and the directory, B for people, and the same values for pasting by hand.

Made from the tables the program runs on. Format: developers.zoom.us/docs/build-flow/manifests.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.presence import Document, Presence
from platforms.zoom.oauth import BOT_SCOPES, CALLBACK, DIRECTORY_SCOPES, PERSON_SCOPES
from platforms.zoom.webhook import BOT_EVENTS, BOT_PATH, USER_EVENTS, USER_PATH

USE = "Zoom admin: the manifest of {app} of the Zoom App Marketplace's build flow; without a place for it there, use zoom-values.txt."
PASTE = "Zoom admin: the same values by form field, to paste by hand."


def manifest(presence: Presence) -> Sequence[Document]:
    made = (("zoom-app-a.json", "app A", app_a(presence)), ("zoom-app-b.json", "app B", app_b(presence)))
    files = [
        Document(name, json.dumps(body, indent=2, ensure_ascii=False) + "\n", USE.format(app=app))
        for name, app, body in made
    ]
    return (*files, Document("zoom-values.txt", values(presence), PASTE))


def account_events() -> list[str]:
    """What app A subscribes to; the bot's own events come to its endpoint without a subscription."""
    return sorted(kind for kind in BOT_EVENTS if kind.startswith("user."))


def person_events() -> list[str]:
    return sorted(kind for kind in USER_EVENTS if kind.startswith("team_chat."))


def app_a(presence: Presence) -> dict[str, Any]:
    """Managed by administrators: the bot with its command, the directory, account events."""
    found = _app(
        presence,
        f"{presence.bot_name} bot",
        "ADMIN_MANAGEMENT",
        (*BOT_SCOPES, *DIRECTORY_SCOPES),
        "Shows cards, answers commands, and reads the list of users to match colleagues.",
    )
    found["manifest"]["features"] |= {
        "event_subscription": _events(presence, "directory", "EVENT_FOR_ADMIN", account_events(), BOT_PATH),
        "team_chat_subscription": _bot(presence),
    }
    return found


def app_b(presence: Presence) -> dict[str, Any]:
    """Managed by each person: reads and writes the direct messages of those who allow it."""
    found = _app(
        presence,
        f"{presence.bot_name} for people",
        "USER_OPERATION",
        PERSON_SCOPES,
        "Carries direct messages between colleagues on different chat platforms, for people who allow it.",
    )
    found["manifest"]["features"] |= {
        "event_subscription": _events(presence, "direct messages", "EVENT_FOR_USER", person_events(), USER_PATH),
        "team_chat_subscription": {"enable": False},
    }
    return found


def _app(presence: Presence, name: str, usage: str, scopes: Sequence[str], why: str) -> dict[str, Any]:
    callback, home = presence.public_url + CALLBACK, presence.public_url + "/"
    email = presence.support if "@" in presence.support and " " not in presence.support else ""
    return {
        "app_type": "general",
        "app_name": name,
        "contact_name": presence.company or presence.bot_name,
        "contact_email": email,
        "company_name": presence.company,
        "manifest": {
            "display_information": {"display_name": name, "description": why},
            "oauth_information": {
                "usage": usage,
                "development_redirect_uri": callback,
                "production_redirect_uri": callback,
                "oauth_allow_list": [callback],
                "strict_mode": True,
                "subdomain_strict_mode": True,
                "scopes": [{"scope": scope, "optional": False} for scope in scopes],
                "scope_description": why,
                "enable_private_pkce_client": False,
                "enable_public_pkce_client": False,
            },
            "features": {
                "products": ["ZOOM_CHAT"],
                "development_home_uri": home,
                "production_home_uri": home,
                "domain_allow_list": [
                    {"domain": urlsplit(presence.public_url).hostname or "", "explanation": "Runs the bot."}
                ],
            },
        },
    }


def _events(presence: Presence, name: str, usage: str, kinds: Sequence[str], path: str) -> dict[str, Any]:
    address = presence.public_url + path
    subscription = {
        "subscription_id": "mio-" + name.replace(" ", "-"),
        "subscription_name": f"{presence.bot_name}: {name}",
        "event_usage": usage,
        "event_types": list(kinds),
        "development_webhook_url": address,
        "production_webhook_url": address,
        "development_event_custom_header": None,
        "production_event_custom_header": None,
    }
    return {"enable": True, "events": [subscription]}


def _bot(presence: Presence) -> dict[str, Any]:
    word, address = presence.command.lstrip("/"), presence.public_url + BOT_PATH
    hints = (("What I can do", "help"), ("What is linked, what is kept", "me"), ("Where a person stands", "status"))
    return {
        "enable": True,
        "enable_support_channel": False,
        "slash_command": {
            "command": word,
            "command_hints": [{"description": said, "usage_hint": verb} for said, verb in hints],
            # Everything is answered privately; in a channel there is nothing to do for the bot.
            "enable_add_to_channel": False,
            "development_message_url": address,
            "production_message_url": address,
            "sender_type": "zoom",
            "welcome_msg": {"title": f"{presence.bot_name} is here", "body": f"Type /{word} help to begin."},
        },
        "shortcuts": [],
    }


# -- by hand -----------------------------------------------------------------------------------------


def values(presence: Presence) -> str:
    public, word = presence.public_url, presence.command.lstrip("/")
    a = (
        ("Kind", "General app, admin-managed"),
        ("Redirect address, also in the allow list", public + CALLBACK),
        ("Scopes", _listed((*BOT_SCOPES, *DIRECTORY_SCOPES))),
        ("Surface: Team Chat, slash command", "/" + word),
        ("Bot endpoint address, development and production", public + BOT_PATH),
        ("Event subscription, method Webhook, address", public + BOT_PATH),
        ("Events", _listed(account_events())),
        ("Privacy policy, terms of use", f"{presence.privacy_url}, {presence.terms_url}"),
    )
    b = (
        ("Kind", "General app, user-managed"),
        ("Redirect address, also in the allow list", public + CALLBACK),
        ("Scopes", _listed(PERSON_SCOPES)),
        ("Event subscription, method Webhook, address", public + USER_PATH),
        ("Events", _listed(person_events())),
        ("Privacy policy, terms of use", f"{presence.privacy_url}, {presence.terms_url}"),
    )
    s2s = (("Kind", "Server-to-Server OAuth app"), ("Scopes", _listed(DIRECTORY_SCOPES)))
    parts = (
        (f"App A: {presence.bot_name} bot", a),
        (f"App B: {presence.bot_name} for people", b),
        ("Optional: server-to-server app, reads the directory instead of app A", s2s),
    )
    return "\n".join(f"{title}\n\n{_fields(fields)}" for title, fields in parts)


def _fields(fields: Sequence[tuple[str, str]]) -> str:
    return "".join(f"  {name}:\n    {value}\n" for name, value in fields)


def _listed(words: Sequence[str]) -> str:
    return "\n    ".join(words)
