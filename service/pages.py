"""The few small pages that people see in a browser: what is true, in plain words, and one clear next step.

No page needs a script, and none changes anything. Every value is escaped by the templates.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.links import LinkReason, State, SyncLink
from bot.reasons import NEXT_STEPS
from bot.words import listed, say

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Site:
    """What every page knows. Empty ``privacy_url`` and ``terms_url`` mean the built-in pages."""

    public_url: str
    bot_name: str = "Mio"
    company: str = ""
    support: str = ""
    privacy_url: str = ""
    terms_url: str = ""
    help_url: str = ""

    @property
    def home(self) -> str:
        return self.public_url.rstrip("/") + "/"

    @property
    def privacy(self) -> str:
        return self.privacy_url or self.home + "privacy"

    @property
    def terms(self) -> str:
        return self.terms_url or self.home + "terms"


@dataclass(frozen=True, slots=True)
class Next:
    """The one thing to do now."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    lines: tuple[str, ...] = ()
    status: int = 200
    next: Next | None = None
    refresh: str = ""
    """An address that the browser opens by itself after a second."""
    template: str = "page.html"
    button: str = ""
    """Posts to the page's own address."""
    upload: bool = False
    """With the button a file is sent."""


class Pages:
    """Renders pages; loads its templates once. ``site``: as it is now, since administrators change some of it in chat."""

    def __init__(self, site: Callable[[], Site]) -> None:
        self.site = site
        self._style = (FOLDER / "style.css").read_text(encoding="utf-8").strip()
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )

    def policy(self, *, form: bool = False) -> str:
        """The Content-Security-Policy that lets our own style through and nothing else; ``form``: and our own button."""
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        action = "'self'" if form else "'none'"
        return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action {action}; frame-ancestors 'none'"

    def html(self, page: Page, titles: Sequence[str] = ()) -> str:
        template = self._templates.get_template(page.template)
        # The style is our own file, and its hash in the policy holds only for the unescaped text.
        return template.render(page=page, site=self.site(), style=Markup(self._style), titles=listed(list(titles)))


HOME = Page("Write to colleagues on other platforms", template="home.html")
PRIVACY = Page("Privacy", template="privacy.html")
TERMS = Page("Terms of use", template="terms.html")


# -- nothing to allow ------------------------------------------------------------------------------


def unknown() -> Page:
    lines = (
        "It is incomplete, or it belongs to somebody whose data was erased.",
        "Open the newest card in chat and press the button there again.",
    )
    return Page("This link is not known here", lines, status=404)


def not_found() -> Page:
    return Page("There is no such page", ("Go back to chat and use the button on the card.",), status=404)


def not_served(title: str) -> Page:
    lines = (
        f"{title} is not connected here at the moment, so there is nothing to allow. Please ask your administrator.",
    )
    return Page(f"{title} is not available", lines, status=404)


def look_only() -> Page:
    """For previews. 503 keeps a browser that loads ahead from showing this later."""
    return Page("A personal link", ("It works when the person it was made for opens it in a browser.",), status=503)


def before(title: str, account: str, company: str, bot: str, go: Next) -> Page:
    """Ours before the platform's, where that one does not say what is asked for."""
    lines = (
        say("consent.asks", who=company or "Your company", platforms=title),
        f"The account: {account}.",
        say("consent.what"),
        say("consent.rights", platforms=title),
        f"Optional. To stop at any time, type disconnect to {bot} in chat.",
    )
    return Page(say("consent.title", platforms=title), lines, next=go)


def closed(link: SyncLink, title: str, newest: bool, bot: str) -> Page:
    """*Allow* was opened, but there is nothing to allow. ``newest``: the link asks in this very round."""
    connect = f"To link it after all, type connect to {bot} in chat."
    lines: tuple[str, ...]
    match link.state:
        case State.SYNCED:
            lines = (
                f"Colleagues on {title} reach you where you work. There is nothing to do.",
                f"To stop, type disconnect to {bot} in chat.",
            )
            return Page(f"Your {title} account is linked", lines)
        case State.PENDING if link.connecting:
            return Page(f"Your {title} account is being connected", (NEXT_STEPS[LinkReason.CONNECTING],))
        case State.PENDING | State.FAILED if newest:
            lines = (f"{title} has no account for you, so it cannot be linked. Please ask your administrator.",)
            return Page(f"No {title} account", lines)
        case State.PENDING | State.FAILED:
            lines = (f"You were asked again later. Use the newest card in chat, or type connect to {bot} there.",)
            return Page("There is a newer card", lines)
        case State.NOT_CREATED if link.reason is LinkReason.DECLINED:
            when = f" on {link.since:%d %B %Y}" if link.since else ""
            return Page("You said no thanks", (f"Your {title} account is not linked; you declined{when}.", connect))
        case State.NOT_CREATED:
            return Page("No longer needed", (f"Your {title} account is not linked, and nobody is asking now.", connect))


# -- Connect -----------------------------------------------------------------------------------------


def setup_over(title: str, bot: str) -> Page:
    lines = (
        f"A link to connect {title} works once and for 24 hours.",
        f"For a new one, type setup to {bot} in chat. While no platform is connected, start the program again: it prints one.",
    )
    return Page("This link was used, or is too old", lines, status=410)


# -- what became of an attempt -----------------------------------------------------------------------


def other_browser() -> Page:
    lines = (
        "It was begun in another browser, or more than ten minutes ago. Nothing was changed just now.",
        "Go back to the card in chat and press the button there again.",
    )
    return Page("Please begin again", lines, status=400)


def waiting(title: str, again: str) -> Page:
    return Page("One moment", (f"{title} has not answered yet. This page looks again by itself.",), refresh=again)


def too_slow(title: str, bot: str) -> Page:
    lines = (
        f"{title} has not answered so far. You may close this page: the card in chat changes as soon as it is done.",
        f"If nothing changes within some minutes, type connect to {bot}, or setup as an administrator.",
    )
    return Page("This takes longer than usual", lines)


def done(title: str, home: str, bot: str) -> Page:
    where = f"in {home}" if home else "where you work"
    lines = (
        f"Your {title} account is linked. Colleagues on {title} now reach you {where}.",
        f"You may close this page. To stop at any time, type disconnect to {bot} in chat.",
    )
    return Page("Done", lines)


def wrong_account(title: str, signed_in: str, expected: str, again: Next | None) -> Page:
    as_whom = f" as {signed_in}" if signed_in else " with another account"
    use = f"Please sign in to {title} as {expected}" if expected else f"Please sign in to {title} with your own account"
    lines = (
        f"You are signed in to {title}{as_whom}. Nothing was linked.",
        f"{use}: sign out there first, then try again.",
    )
    return Page("That was another account", lines, next=again)


def denied(title: str, code: str, again: Next | None, bot: str) -> Page:
    if code in ("", "access_denied"):
        said = f"You did not allow it on {title}'s page, so nothing was linked."
    else:
        said = f"{title} did not offer to allow it ({code}), so nothing was linked."
    return Page("Not allowed", (said, _then(again, bot)), next=again)


def failed(title: str, code: str, again: Next | None, bot: str) -> Page:
    said = f"{title} did not complete it" + (f" ({code})" if code else "") + ". Nothing was linked."
    return Page("That did not work", (said, _then(again, bot)), next=again)


def _then(again: Next | None, bot: str) -> str:
    if again is None:
        return f"For a new link, type setup to {bot} in chat."
    return f"You can try again now, or later from the card in chat. If it happens again, tell {bot}'s administrator."


def taken_back(title: str, bot: str) -> Page:
    lines = (
        f"The question was taken back while you were on {title}'s page. Nothing was linked.",
        f"To link it after all, type connect to {bot} in chat.",
    )
    return Page("No longer needed", lines)


def connected(title: str, bot: str) -> Page:
    return Page(f"{title} is connected", (f"You may close this page. Next: type setup to {bot} in chat.",))


def no_administrator(title: str, signed_in: str, bot: str) -> Page:
    who = f" {signed_in}" if signed_in else " the account you signed in with"
    lines = (
        f"{title} does not list{who} as an administrator, and {bot} does not either. Nothing was connected.",
        f"An administrator of {title} can do it: for a new link, type setup to {bot} in chat.",
    )
    return Page("An administrator has to do this", lines, status=403)


# -- files --------------------------------------------------------------------------------------------

NO_LINES = "There is nobody in it: below the header no line says anything."
_OFFERS = {
    "people": ("People, accounts and states", "A CSV file: one line a person."),
    "plan": ("The people of a plan", "A CSV file: one line a person, with what the plan says."),
    "me": ("Your data", "A JSON file: everything that is stored about you."),
    "sync": ("Send a file of people", "A CSV file with a header: email, or any of zoom, teams, webex, slack."),
}


def file_offer(kind: str, upload: bool) -> Page:
    title, words = _OFFERS[kind]
    once = "Nothing happens before you press the button. It works once."
    return Page(title, (words, once), button="Send" if upload else "Download", upload=upload)


def file_unknown(bot: str) -> Page:
    lines = ("It is incomplete, or was changed.", f"Go back to {bot} in chat and ask for a new one there.")
    return Page("This link is not known here", lines, status=404)


def file_over(bot: str) -> Page:
    lines = ("A link to a file works once and for ten minutes.", f"For a new one, ask {bot} in chat again.")
    return Page("This link was used, or is too old", lines, status=410)


def file_refused(bot: str) -> Page:
    lines = (
        "It was made for somebody who may not have this file, or may not any longer. That was written down.",
        f"If you think that you may, ask {bot} in chat for a link of your own.",
    )
    return Page("Not for you", lines, status=403)


def file_missing() -> Page:
    lines = ("Nothing was changed, and the link still works.", "Choose a CSV file and press Send again.")
    return Page("No file arrived", lines, status=400, button="Send", upload=True)


def file_large(most: int) -> Page:
    lines = (
        f"A file may have {most // 1024 // 1024} MiB. Nothing was changed.",
        "Send it in parts; the link still works.",
    )
    return Page("The file is too large", lines, status=413, button="Send", upload=True)


def file_unreadable(why: str) -> Page:
    lines = (why, "Nothing was changed, and the link still works: mend the file and send it again.")
    return Page("The file was not taken", lines, status=400, button="Send", upload=True)


def file_taken(rows: int, unknown: int, guessed: bool, bot: str) -> Page:
    lines = [
        f"{rows - unknown} of {rows} lines were understood. {bot} shows the plan in chat; nobody is asked before Confirm."
    ]
    if unknown:
        lines.append("Export on the plan's card lists the others, each with its reason.")
    if guessed:
        lines.append(say("file.guessed"))
    return Page("The file was read", tuple(lines))


# -- trouble -----------------------------------------------------------------------------------------


def away() -> Page:
    return Page("Please try again in a minute", ("The database does not answer. Nothing was changed.",), status=503)


def broken() -> Page:
    lines = ("Something went wrong here. Nothing more is known on this page; the administrator's log has the details.",)
    return Page("That did not work", lines, status=500)
