"""The page's renderers, one by one: what each style becomes, what is reported back, and that foreign text stays text."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from chromium import FLAGS, chromium
from playwright.async_api import Browser, Page, async_playwright

from sandbox.main import PAGE
from service import export

pytestmark = pytest.mark.asyncio(loop_scope="module")
MODULES = ["block_kit.js", "zoom_card.js", "slack_text.js", "zoom_text.js"]
HOSTILE = [
    "<img src=x onerror=document.title='pwned'>",
    "</script><script>document.title='pwned'</script>",
    "<javascript:document.title='pwned'|click>",
    "<https://acme.example/\" onmouseover=\"document.title='pwned'|x>",
    "*<b>_~`&lt;img src=x onerror=alert(1)&gt;`~_*",
    "[x](javascript:document.title='pwned')",
    "&#60;script&#62;",
]
ENDLESS = [
    "*_~" * 3_000,
    "<" * 9_000,
    "`" * 9_001,
    "<a>" * 3_000 + "*",
    "*a " * 3_000,
    "_<x>" * 3_000,
    "&gt;\n" * 3_000,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page that knows every renderer; ``acts`` writes down what is reported."""
    made = await browser.new_page(viewport={"width": 400, "height": 700})
    await made.add_style_tag(path=PAGE / "cards.css")
    await made.add_script_tag(content=export.bundle(PAGE, MODULES) + REPORTS)
    yield made
    assert await made.title() == ""
    await made.close()


REPORTS = """
const reports = [];
const acts = {
  press: (label, element) => reports.push(["press", label, element]),
  choose: (label, element) => reports.push(["choose", label, element]),
  edit: (key, value, element) => reports.push(["edit", key, value, element]),
  name: (id) => ({ U1: "Ann Lee" })[id],
};
const show = (node) => { document.body.replaceChildren(node); return node.innerHTML; };
"""


async def draw(page: Page, module: str, name: str, *values: Any) -> str:
    """The inside of what is drawn."""
    call = f"modules['{module}'].{name}({', '.join(map(json.dumps, values))}, acts)"
    html: str = await page.evaluate(f"show({call})")
    return html.replace(' target="_blank" rel="noopener"', "").replace(' class=""', "")


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def mrkdwn(words: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": words}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _slant_ ~gone~ `code`", "<p><strong>bold</strong> <em>slant</em> <s>gone</s> <code>code</code></p>"),
        ("*a _b ~c~_*", "<p><strong>a <em>b <s>c</s></em></strong></p>"),
        ("snake_case_name 2*3*4 a~b~c", "<p>snake_case_name 2*3*4 a~b~c</p>"),
        ("* no * _ no _ ** __", "<p>* no * _ no _ ** __</p>"),
        ("`*not bold*`", "<p><code>*not bold*</code></p>"),
        ("<https://a.example/x_y_z|a &amp; b>", '<p><a href="https://a.example/x_y_z">a &amp; b</a></p>'),
        ("<mailto:a@a.example>", '<p><a href="mailto:a@a.example">a@a.example</a></p>'),
        ("*<https://a.example|b>*", '<p><strong><a href="https://a.example">b</a></strong></p>'),
        ("see https://a.example/b.", '<p>see <a href="https://a.example/b">https://a.example/b</a>.</p>'),
        ("<@U1> <@U2>", '<p><span class="mention">@Ann Lee</span> <span class="mention">@U2</span></p>'),
        ("<#C1|general> <!here>", '<p><span class="mention">#general</span> <span class="mention">@here</span></p>'),
        ("&lt;b&gt; &amp;amp;", "<p>&lt;b&gt; &amp;amp;</p>"),
        ("a\n&gt; q\n&gt; r\nb", "<p>a</p><blockquote>q\nr</blockquote><p>b</p>"),
        ("a\n```\n*x*\n y\n```\nb", "<p>a</p><pre><code>*x*\n y</code></pre><p>b</p>"),
        ("one\n\ntwo", "<p>one\n\ntwo</p>"),
    ],
)
async def test_mrkdwn(page: Page, text: str, html: str) -> None:
    assert await draw(page, "slack_text.js", "drawSlackText", [], text) == html


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "elements": list(elements)}]


def section(*leaves: dict[str, Any], kind: str = "section") -> dict[str, Any]:
    return {"type": f"rich_text_{kind}", "elements": list(leaves)}


def words(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


@pytest.mark.parametrize(
    ("blocks", "html"),
    [
        (rich(section(words("a", bold=True, italic=True))), "<p><em><strong>a</strong></em></p>"),
        (rich(section(words("a", strike=True), words("*b*"))), "<p><s>a</s>*b*</p>"),
        (rich(section(words("a", code=True))), "<p><code>a</code></p>"),
        (
            rich(section({"type": "link", "url": "https://a.example"})),
            '<p><a href="https://a.example">https://a.example</a></p>',
        ),
        (rich(section({"type": "link", "url": "javascript:1", "text": "x"})), "<p><span>x</span></p>"),
        (
            rich(section({"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd"})),
            '<p><span role="img" aria-label="wave">👋🏽</span></p>',
        ),
        (
            rich(section({"type": "emoji", "name": "acme", "unicode": "ffffff"})),
            '<p><span role="img" aria-label="acme">:acme:</span></p>',
        ),
        (rich(section({"type": "user", "user_id": "U1"})), '<p><span class="mention">@Ann Lee</span></p>'),
        (
            rich({"type": "rich_text_list", "style": "ordered", "offset": 2, "elements": [section(words("c"))]}),
            '<ol start="3"><li>c</li></ol>',
        ),
        (
            rich({"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [section(words("c"))]}),
            '<ul style="--indent: 1;"><li>c</li></ul>',
        ),
        (rich(section(words("q"), kind="quote")), "<blockquote>q</blockquote>"),
        (rich(section(words("p\n q"), kind="preformatted")), "<pre><code>p\n q</code></pre>"),
    ],
)
async def test_rich_text(page: Page, blocks: list[dict[str, Any]], html: str) -> None:
    drawn = await draw(page, "slack_text.js", "drawSlackText", blocks, "never read")
    assert drawn == f'<div class="rich-text">{html}</div>'


def mark(start: int, end: int, kind: str, attr: str | None = None) -> dict[str, Any]:
    return {"start_position": start, "end_position": end, "format_type": kind, "format_attr": attr}


@pytest.mark.parametrize(
    ("message", "marks", "html"),
    [
        ("👋 bold", [mark(3, 7, "Bold")], "<p>👋 <strong>bold</strong></p>"),
        ("👋\nbold", [mark(3, 7, "Bold")], "<p>👋\n<strong>bold</strong></p>"),
        (
            "abc",
            [mark(0, 2, "Bold"), mark(1, 3, "Italic")],
            "<p><strong>a</strong><em><strong>b</strong></em><em>c</em></p>",
        ),
        ("a b", [mark(0, 1, "Strikethrough"), mark(2, 3, "Underline")], "<p><s>a</s> <u>b</u></p>"),
        ("a\nb", [mark(2, 3, "AddLink", "https://a.example")], '<p>a\n<a href="https://a.example">b</a></p>'),
        ("x", [mark(0, 1, "AddLink", "javascript:1")], "<p><span>x</span></p>"),
        ("a\nb\nc", [mark(0, 3, "BulletedList")], "<ul><li>a</li><li>b</li></ul><p>c</p>"),
        ("a\nb", [mark(0, 1, "NumberedList"), mark(2, 3, "NumberedList")], "<ol><li>a</li><li>b</li></ol>"),
        ("a\nb", [mark(0, 1, "Quote")], "<blockquote>a</blockquote><p>b</p>"),
        ("a\nb", [mark(0, 1, "Paragraph", "h1")], '<p class="h1">a</p><p>b</p>'),
        ("`a` *b*", [], "<p>`a` *b*</p>"),
        ("ab", [mark(5, 9, "Bold"), mark(1, 1, "Bold")], "<p>ab</p>"),
    ],
)
async def test_zoom_text(page: Page, message: str, marks: list[dict[str, Any]], html: str) -> None:
    assert await draw(page, "zoom_text.js", "drawZoomText", message, marks) == html


async def test_markdown_block(page: Page) -> None:
    text = "# Head\n**b** *i* ~~s~~ `c` [l](https://a.example)\n- one\n- two\n\n3. x\n\n> q\n\n```js\na < b\n```\n"
    assert await draw(page, "block_kit.js", "drawBlockKit", [{"type": "markdown", "text": text}]) == (
        '<div class="markdown"><h5>Head</h5><p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code> '
        '<a href="https://a.example">l</a></p><ul><li>one</li><li>two</li></ul><ol start="3"><li>x</li></ol>'
        "<blockquote>q</blockquote><pre><code>a &lt; b</code></pre></div>"
    )


async def test_what_is_pressed_and_chosen_on_slack_is_reported(page: Page) -> None:
    """With the platform's own element, because two buttons may say the same."""
    confirm = {"type": "button", "text": plain("Confirm"), "style": "primary", "action_id": "a"}
    again = {"type": "button", "text": plain("Confirm"), "style": "danger", "action_id": "b"}
    visit = {"type": "button", "text": plain("Visit"), "url": "https://a.example", "action_id": "c"}
    option = {"text": plain("Ann"), "value": "1"}
    select = {"type": "static_select", "placeholder": plain("Person"), "options": [option], "action_id": "d"}
    card = [
        {"type": "header", "text": plain("Who?")},
        {"type": "section", "text": mrkdwn("*x*"), "fields": [plain("*y*")], "accessory": visit},
        {"type": "context", "elements": [mrkdwn("_z_")]},
        {"type": "divider"},
        {"type": "actions", "elements": [confirm, again, select]},
        {"type": "image", "alt_text": "a cat"},
        {"type": "video"},
    ]
    await draw(page, "block_kit.js", "drawBlockKit", card)
    await page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    await page.get_by_role("group", name="Who?").get_by_role("button", name="Confirm").last.click()
    await page.get_by_role("link", name="Visit").click()
    await page.get_by_role("combobox", name="Person").select_option("Ann")
    reported = [["press", "Confirm", again], ["press", "Visit", visit], ["choose", "Ann", select]]
    assert await page.evaluate("reports") == reported
    said = await page.locator(".block-kit").inner_text()
    assert "*y*" in said and "[Picture: a cat]" in said and "[video: this part cannot be drawn here]" in said


async def test_what_is_pressed_chosen_and_edited_on_zoom_is_reported(page: Page) -> None:
    yes, off = {"text": "Yes", "value": "y", "style": "Primary"}, {"text": "Off", "value": "o", "style": "Disabled"}
    allow = {"type": "message", "text": "Allow", "link": "https://a.example"}
    reply = {"key": "Reply", "value": "", "editable": True}
    select = {"type": "select", "text": "Person", "select_items": [{"text": "Ann", "value": "1"}]}
    inner = {
        "type": "section",
        "sidebar_color": "#F56416",
        "sections": [{"type": "message", "text": "in"}],
        "footer": "f",
    }
    body = [allow, {"type": "fields", "items": [reply]}, {"type": "actions", "items": [yes, off]}, select, inner]
    head = {"text": "Who?", "sub_head": {"text": "below"}}
    await draw(page, "zoom_card.js", "drawZoomCard", {"head": head, "body": body})
    await page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    card = page.get_by_role("group", name="Who?")
    await card.get_by_role("link", name="Allow").click()
    await card.get_by_role("textbox", name="Reply").fill("hello")
    await card.get_by_role("button", name="Save Reply").click()
    await card.get_by_role("button", name="Yes").click()
    await card.get_by_label("Person").select_option("Ann")
    assert await card.get_by_role("button", name="Off").is_disabled()
    assert await page.evaluate("reports") == [
        ["press", "Allow", allow],
        ["edit", "Reply", "hello", reply],
        ["press", "Yes", yes],
        ["choose", "Ann", select],
    ]


def slack_card(text: str) -> list[dict[str, Any]]:
    button = {"type": "button", "text": plain(text), "url": text}
    select = {"type": "static_select", "placeholder": plain(text), "options": [{"text": plain(text), "value": "1"}]}
    leaves = [
        words(text),
        {"type": "link", "url": text, "text": text},
        {"type": "emoji", "name": text, "unicode": text},
    ]
    return [
        {"type": "header", "text": plain(text)},
        {"type": "section", "text": mrkdwn(text), "fields": [mrkdwn(text), plain(text)], "accessory": button},
        {"type": "context", "elements": [mrkdwn(text)]},
        {"type": "actions", "elements": [button, select]},
        *rich(section(*leaves), section(*leaves, kind="preformatted")),
        {"type": "markdown", "text": text},
        {"type": "image", "alt_text": text, "image_url": text},
        {"type": text},
    ]


def zoom_card(text: str) -> dict[str, Any]:
    style = {"color": text, "bold": True}
    pair = {"key": text, "value": text, "style": style}
    information = {"title": {"text": text}, "description": {"text": text}}
    body = [
        {"type": "message", "text": text, "style": style},
        {"type": "message", "text": text, "is_markdown_support": True},
        {"type": "message", "text": text, "link": text},
        {"type": "fields", "items": [pair, {**pair, "editable": True}]},
        {"type": "actions", "items": [{"text": text, "value": text, "style": text}]},
        {"type": "select", "text": text, "select_items": [{"text": text, "value": text}]},
        {"type": "section", "sidebar_color": text, "sections": [{"type": "message", "text": text}], "footer": text},
        {"type": "attachments", "resource_url": text, "img_url": text, "information": information},
    ]
    return {"head": {"text": text, "sub_head": {"text": text}}, "body": body}


UNSAFE = """() => [...document.body.querySelectorAll("*")].filter((node) =>
  ["SCRIPT", "IMG", "IFRAME", "OBJECT", "SVG", "STYLE", "FORM"].includes(node.tagName.toUpperCase()) ||
  [...node.attributes].some((a) => a.name.startsWith("on")) ||
  (node.tagName === "A" && !["http:", "https:", "mailto:"].includes(node.protocol))).map((node) => node.outerHTML)"""


@pytest.mark.parametrize("text", HOSTILE)
async def test_foreign_text_stays_text(page: Page, text: str) -> None:
    await draw(page, "block_kit.js", "drawBlockKit", slack_card(text))
    assert await page.evaluate(UNSAFE) == []
    assert await page.locator("h4").inner_text() == text
    await draw(page, "zoom_card.js", "drawZoomCard", zoom_card(text))
    assert await page.evaluate(UNSAFE) == []
    assert await page.locator("h4").inner_text() == text
    await draw(page, "zoom_text.js", "drawZoomText", text, [mark(0, 9, "AddLink", text), mark(0, 9, "FontColor", text)])
    assert await page.evaluate(UNSAFE) == []


@pytest.mark.parametrize("text", ENDLESS, ids=lambda text: text[:6].strip())
async def test_endless_marks_are_drawn(page: Page, text: str) -> None:
    """No pattern may take ever longer over marks that never close."""
    await draw(page, "block_kit.js", "drawBlockKit", slack_card(text))
    await draw(page, "zoom_card.js", "drawZoomCard", zoom_card(text))


async def test_long_words_stay_inside(page: Page) -> None:
    for module, name, card in (
        ("block_kit.js", "drawBlockKit", slack_card("x" * 2_000)),
        ("zoom_card.js", "drawZoomCard", zoom_card("x" * 2_000)),
    ):
        await draw(page, module, name, card)
        assert await page.evaluate("document.documentElement.scrollWidth") == 400
