"""Requests at the program's door as a vendor, or somebody who pretends to be one, would send them. Signs; asserts nothing."""

import hashlib
import hmac
import io

from company import Company

SLACK, BOT, USER = "/slack/events", "/zoom/bot", "/zoom/user"


class Door:
    """Requests as a vendor, or somebody who pretends to be one, would send them."""

    def __init__(self, acme: Company) -> None:
        self.acme = acme
        self.settings = acme.sandbox.settings()

    async def knock(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        async with self.acme.browser.post(
            self.acme.sandbox.bot_url + path, data=io.BytesIO(body), headers=headers
        ) as answer:
            return answer.status

    def sign(self, path: str, body: bytes) -> dict[str, str]:
        stamp = str(int(self.acme.clock.now().timestamp()))
        secret = {
            SLACK: "MIO_SLACK_SIGNING_SECRET",
            BOT: "MIO_ZOOM_SECRET_TOKEN",
            USER: "MIO_ZOOM_USER_SECRET_TOKEN",
        }[path]
        base = b"v0:" + stamp.encode() + b":" + body
        signed = "v0=" + hmac.new(self.settings[secret].encode(), base, hashlib.sha256).hexdigest()
        names = ("X-Slack-Request-Timestamp", "X-Slack-Signature")
        if path != SLACK:
            names = ("x-zm-request-timestamp", "x-zm-signature")
        return {"Content-Type": "application/json", names[0]: stamp, names[1]: signed}
