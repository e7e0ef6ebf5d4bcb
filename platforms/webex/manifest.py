"""What an administrator enters at Webex to make the bot and the integration; Webex takes no file.

The webhooks are not entered anywhere: the program makes them by itself (developer.webex.com/docs/bots).
"""

from collections.abc import Sequence

from bot.presence import Document, Presence
from platforms.webex.oauth import DIRECTORY_SCOPES, PERSON_SCOPES

CALLBACK = "/oauth/webex/callback"


def documents(presence: Presence) -> Sequence[Document]:
    use = "Webex admin: at developer.webex.com/my-apps create a bot and an integration with these values."
    return (Document("webex-values.txt", values(presence), use),)


def values(presence: Presence) -> str:
    bot = (
        ("Bot name", presence.bot_name),
        ("Keep", "the access token, shown once: MIO_WEBEX_BOT_TOKEN"),
    )
    integration = (
        ("Integration name", presence.bot_name),
        ("Will it use a mobile SDK", "no"),
        ("Redirect address", presence.public_url + CALLBACK),
        ("Scopes", "\n    ".join(dict.fromkeys((*PERSON_SCOPES, *DIRECTORY_SCOPES)))),
        ("Keep", "client id and secret: MIO_WEBEX_CLIENT_ID, MIO_WEBEX_CLIENT_SECRET"),
    )
    own = (("A secret of your own", "32 random bytes in hexadecimal: MIO_WEBEX_WEBHOOK_SECRET"),)
    parts = (("Create a bot", bot), ("Create an integration", integration), ("For the webhooks", own))
    return "\n".join(
        f"{title}\n\n" + "".join(f"  {name}:\n    {value}\n" for name, value in fields) for title, fields in parts
    )
