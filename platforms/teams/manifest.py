"""Teams' app package and what to enter at Entra and Azure, made from the tables the program runs on.

Nothing here is typed twice: who changes what the program asks for changes what the administrator uploads. Asks for no
permission that the code does not use. Format: developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.schema.json.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.presence import Document, Presence
from bot.verbs import TABLE
from platforms.teams import icons
from platforms.teams.oauth import PERSON_SCOPES, ROLES

SCHEMA, VERSION = "https://developer.microsoft.com/en-us/json-schemas/teams/v{}/MicrosoftTeams.schema.json", "1.29"
"""1.29 is the first version that knows slash commands."""
SHORT, FULL, DEVELOPER, COMMANDS = 30, 100, 32, 12
"""Longest values that the schema takes; a list may have twelve commands, and help shows the rest."""
NO_APP = "00000000-0000-0000-0000-000000000000"
MESSAGES, CALLBACK, CONSENT = "/api/messages", "/oauth/teams/callback", "/oauth/teams/adminconsent"
GRAPH = "00000003-0000-0000-c000-000000000000"
# learn.microsoft.com/graph/permissions-reference: the same in every tenant.
DELEGATED = {
    "openid": "37f7f235-527c-4136-accd-4a02d197296e",
    "profile": "14dad69e-099b-42c9-810b-d002981feec1",
    "email": "64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0",
    "offline_access": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
    "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
    "Chat.ReadWrite": "9ff7295e-131b-4d94-90e1-69fde507ac11",
    "ChatMessage.Send": "116b7235-7cc6-461e-b163-8e55691d839e",
    "Files.ReadWrite": "5c28f0bf-8a70-41f1-8ab2-9032436ddb65",
}
APPLICATION = {
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
    "GroupMember.Read.All": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    "Team.ReadBasic.All": "2280dda6-0bfd-44ee-a2f4-cb867cfc4c1e",
    "TeamMember.Read.All": "660b7406-55f1-41ca-a0ed-0b035e182f3e",
    "RoleManagement.Read.Directory": "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    "TeamsAppInstallation.ReadWriteSelfForUser.All": "908de74d-f8b2-4d6b-a9ed-2a17b3b78179",
    "AppCatalog.Read.All": "e12dae10-5a57-4817-b79d-dfbec5348930",
}


def documents(presence: Presence) -> Sequence[Document]:
    made = manifest(presence)
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    upload = (
        "Teams admin: upload it at admin.teams.microsoft.com under Teams apps, Manage apps; an app that is there already "
        "is updated with it."
    )
    if made["id"] == NO_APP:
        upload = "Not to be uploaded yet: set MIO_TEAMS_APP_ID, MIO_TEAMS_APP_SECRET and MIO_TEAMS_TENANT_ID, then write it again."
    return (
        Document("teams-values.txt", values(presence), "Entra and Azure admin: what to enter there, form by form."),
        Document("mio-teams.zip", "", upload, package(text)),
        Document("teams-manifest.json", text, "To look at: the manifest inside the package."),
    )


def manifest(presence: Presence) -> dict[str, Any]:
    app, host = _app(presence), urlsplit(presence.public_url).hostname or "localhost"
    about = "Direct messages with colleagues on other chat platforms"
    return {
        "$schema": SCHEMA.format(VERSION),
        "manifestVersion": VERSION,
        "version": _edition(presence),
        "id": app,
        "developer": {
            "name": (presence.company or presence.bot_name)[:DEVELOPER],
            "websiteUrl": presence.public_url,
            "privacyUrl": presence.privacy_url or f"{presence.public_url}/privacy",
            "termsOfUseUrl": presence.terms_url or f"{presence.public_url}/terms",
        },
        "name": {"short": presence.bot_name[:SHORT], "full": f"{presence.bot_name} direct messages"[:FULL]},
        "description": {
            "short": about,
            "full": f"{about}, one to one and in your own name. Nothing is linked before you allow it, and you can stop any time. "
            "Administrators import and sync people by writing to the bot.",
        },
        "icons": {"outline": "outline.png", "color": "color.png"},
        "accentColor": icons.ACCENT,
        "defaultInstallScope": "personal",
        "bots": [_bot(app)],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
        # Without its id Graph would not let the app install itself for people.
        "webApplicationInfo": {"id": app, "resource": f"api://{host}/botid-{app}"},
    }


def _bot(app: str) -> dict[str, Any]:
    """In channels and group chats commands also stand in the menu behind ``/``; there is none in personal chats."""
    commands = [{"title": row.verb, "description": row.line} for row in TABLE if not row.quiet][:COMMANDS]
    return {
        "botId": app,
        "scopes": ["personal", "team", "groupChat"],
        "supportsFiles": False,
        "isNotificationOnly": False,
        "supportsTargetedMessages": True,
        "commandLists": [
            {"scopes": ["personal"], "commands": commands},
            {"scopes": ["team", "groupChat"], "triggers": ["mention", "slash"], "commands": commands},
        ],
    }


def _app(presence: Presence) -> str:
    return presence.own.get("MIO_TEAMS_APP_ID", "").lower() or NO_APP


def _edition(presence: Presence) -> str:
    """Teams takes an update only with a higher version: the time grows by itself."""
    return f"1.{presence.at:%Y%m%d}.{int(f'{presence.at:%H%M%S}')}" if presence.at else "1.0.0"


def package(text: str) -> bytes:
    """Equal for equal content: the times of the files inside say nothing."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        files = (("manifest.json", text.encode()), ("color.png", icons.color()), ("outline.png", icons.outline()))
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def values(presence: Presence) -> str:
    """Form by form."""
    public = presence.public_url
    entra = (
        ("Name", presence.bot_name),
        ("Supported account types", "this organisational directory only (single tenant)"),
        ("Redirect addresses, platform Web", f"{public}{CALLBACK}\n    {public}{CONSENT}"),
        ("Implicit grant", "both boxes off"),
    )
    rights = (
        ("API", f"Microsoft Graph\n    {GRAPH}"),
        ("Delegated permissions", _rights(PERSON_SCOPES, DELEGATED)),
        ("Application permissions", _rights(ROLES, APPLICATION)),
        (
            "Keep",
            "application id, directory (tenant) id, a client secret:\n    MIO_TEAMS_APP_ID, MIO_TEAMS_TENANT_ID, MIO_TEAMS_APP_SECRET",
        ),
    )
    azure = (
        ("Bot handle", "any name that is free"),
        ("Type of app", "single tenant, use existing app registration"),
        ("Messaging endpoint", public + MESSAGES),
        ("Channels", "Microsoft Teams"),
    )
    parts = (("Entra: register an app", entra), ("Entra: API permissions", rights), ("Azure: create a bot", azure))
    return "\n".join(
        f"{title}\n\n" + "".join(f"  {name}:\n    {value}\n" for name, value in fields) for title, fields in parts
    )


def _rights(names: Sequence[str], known: dict[str, str]) -> str:
    return "\n    ".join(f"{known[name]}  {name}" for name in names)
