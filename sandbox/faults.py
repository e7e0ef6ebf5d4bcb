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
    "zoom.echo": "own API posts, edits and deletes come back as one event: mean delivers two",
    "zoom.both": "both sides of a conversation authorised: one event; mean delivers one for each",
    "zoom.sent": "what somebody wrote in their client to a person who never authorised is not told: mean tells it",
    "zoom.retry_stamp": "a retried webhook carries a fresh time stamp: mean repeats the old one",
    "zoom.request_id": "a retried webhook carries the same request id: mean makes a new one",
    "zoom.trailing_key": "mean spells one key with a trailing blank, as the vendor's sample does",
    "zoom.ids": "mean sends message ids in braces and lower case",
    "zoom.deauthorized": "private apps get app_deauthorized: mean sends nothing, only the tokens die",
    "zoom.order": "history comes oldest first: mean answers in random order",
    "zoom.to_jid": "in the bot's chat a command's toJid is the person's address: mean appends /robot_<bot jid>",
    "zoom.command_fields": "a command names user, time and trigger: mean sends ids, words and addresses only",
    "zoom.callback": "a press carries an address for one late answer: mean leaves it out",
    "zoom.pressed_card": "a card that was pressed can be changed: mean answers 404/8001",
    "zoom.length": "a message over 1,024 characters is refused: mean cuts it without a word",
    "zoom.spans_on_edit": "an edit drops the old spans: mean keeps them although they no longer fit",
    "zoom.window": "an edit or delete after the account's time limit answers 400/200: mean answers 400/300",
    "zoom.scope_status": "a missing scope answers 400/4700: mean answers 401/4700",
    "zoom.oauth_errors": "OAuth errors carry the documented number: mean gives reason and error alone",
    "zoom.refresh_life": "a refresh token lives 90 days: mean ends it after 30",
    "zoom.refresh_reuse": "a used refresh token answers 4741: mean answers 4740 and ends the newer tokens too",
    "zoom.revoke_unknown": "revoking a dead token succeeds: mean answers 400/4737",
    "zoom.approval": "tokens live on when an administrator takes the approval back (renewals do not): mean ends them at once",
    "zoom.rate_headers": "429 says how long to wait in headers: mean sends none",
    "zoom.dm_rate": "no limit for one conversation: mean takes ten messages a second, as for channels",
    "zoom.page_size": "a page holds up to 2,000 users: mean gives at most 300, as older references say",
    "webex.edits": "messages/updated may be listened to: mean refuses such a webhook and tells existing ones nothing",
    "webex.firehose": "event all takes a filter: mean refuses the two together",
    "webex.fresh": "a message can be read as soon as its webhook is out: mean answers 404 to the first try",
    "webex.cluster": "ids name one cluster: mean names another one in webhooks, for the same person, room and message",
    "webex.threads": "a reply to a reply goes to the root: mean refuses it",
    "webex.revoke": "the identity broker ends a grant: mean refuses this integration, and the grant lives on",
    "webex.refresh": "a refresh repeats the refresh token and the old access token lives on: mean does neither",
    "webex.lives": "access tokens live 14 days: mean 12 hours, as expires_in says",
    "webex.token_errors": "the token endpoint's errors are OAuth's: mean gives them the API's own shape",
    "webex.kms": "spark:kms is granted unasked: mean grants what was asked, and without it texts come as kms_failure",
    "webex.roles": "an administrator's roles show with spark:people_read: mean wants spark-admin:people_read",
    "webex.flags": "loginEnabled and invitePending are booleans: mean makes them strings",
    "webex.pages": "pages are as long as asked: mean holds them to 100 and slips in an empty one with a next link",
    "webex.leaver": "who left is listed without login and refuses messages (403): mean deletes the account (404)",
    "webex.invite": "an address without an account is refused: mean invites it and takes the message",
    "webex.other_apps": "a person's webhooks are the app's own: mean lists another app's among them",
    "webex.card_size": "a card holds 22,000 bytes: mean 10,000",
    "webex.headings": "headings become headings: mean leaves the signs in the text",
    "webex.trouble": "429 and 5xx answer in JSON: mean in HTML",
    "teams.activity_retry": "an activity that failed comes again: mean never repeats one",
    "teams.slash": "a native slash command's text begins with the app's name: mean leaves it out",
    "teams.create_conversation": "a second create gives the same id with 201: mean gives another id and 202",
    "teams.blocked": "a blocked bot hears ConversationBlockedByUser: mean answers errorCode 209 with a subCode",
    "teams.invoke_card": "the card of an invoke's answer stays for the person: mean shows the stored one again",
    "teams.install_twice": "installing what is installed is a 409: mean answers 201 again",
    "teams.second_subscription": "a second subscription of the same kind is a 409: mean makes it, and both deliver",
    "teams.app_deletes": "the app's token may delete a person's subscription: mean answers 404",
    "teams.reauthorize": "a person's subscription outlives its token: mean asks to reauthorise and delivers no more after it",
    "teams.batch": "every notification has a request of its own: mean puts all for one address into one",
    "teams.validation_token": "validation tokens are of version 1: mean sends version 2",
    "teams.deleted": "a removed message is told as deleted: mean says updated",
    "teams.reaction_removed": "a removed reaction is told once: mean tells it twice",
    "teams.sent_by_app": "a message sent through Graph names the person only: mean names the app as well",
    "teams.sender_tenant": "a sender carries the tenant: mean leaves it out",
    "teams.cleaned": "HTML stays as sent: mean drops unknown tags and wraps what is in no paragraph",
    "teams.chat_rate": "one chat takes what the tenant takes: mean takes two messages a second",
    "teams.too_large": "a message that is too large is RequestEntityTooLarge: mean says MessageSizeExceeded",
    "teams.delete_twice": "deleting twice is 404: mean says 409",
    "teams.guest_chats": "a guest's own token works for chats: mean refuses it",
    "teams.licence": "a licensed plan is Enabled: mean says Warning",
    "teams.team_members_page": "a page of a team's members is as long as asked for: mean sends two",
    "teams.consent_needed": "who may not consent comes back with AADSTS90094: mean says 90095 and access_denied",
    "teams.role_replication": "new app roles are in the next token: mean takes two minutes",
    "teams.delta": "a delta holds each change once: mean repeats the newest, splits groups and begins with who left",
    "teams.resync": "an old delta token is syncStateNotFound with an address to start at: mean says resyncRequired",
    "teams.hosted_value": "who may read a message may read its pictures: mean refuses people the bytes",
    "teams.shared_files": "a file shared with somebody opens with Files.ReadWrite: mean wants Files.Read.All",
    "teams.revoked_access": "access tokens end with the sessions: mean lets them live to their end",
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
