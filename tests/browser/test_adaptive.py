"""Adaptive Cards on the page: drawn by the library, pressed as in a client, and nothing in one becomes markup or is fetched."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from chromium import FLAGS, chromium
from playwright.async_api import Browser, Page, async_playwright, expect

from sandbox.main import PAGE
from service import export

pytestmark = pytest.mark.asyncio(loop_scope="module")
MODULES = ["adaptive_card.js", "html_text.js"]
REPORTS = """
const reports = [];
const acts = { press: (label, element, node, inputs) => reports.push([label, element.type ?? "", inputs]) };
const show = (node) => { document.body.replaceChildren(node); return node.innerHTML; };
"""
CHOICES = [{"title": "Sales (24)", "value": "t1"}, {"title": "Support (8)", "value": "t2"}]
HOSTILE = [
    "<img src=x onerror=document.title='pwned'>",
    "</script><script>document.title='pwned'</script>",
    "[x](javascript:document.title='pwned')",
    "[x](https://a.example/===<img/src=x/onerror=document.title=1>)",
    "===<b onclick=alert(1)>/==/",
    "<iframe srcdoc='<script>parent.document.title=1</script>'></iframe>",
    "&#60;script&#62;",
    "{{DATE(2026-01-01T00:00:00Z,<img src=x>)}}",
]
ENDLESS = ["*_~" * 3_000, "<" * 9_000, "[" * 9_000, "{{" * 4_000, "*a " * 3_000]
UNSAFE = """() => [...document.body.querySelectorAll("*")].filter((node) =>
  ["SCRIPT", "IMG", "IFRAME", "OBJECT", "SVG", "STYLE", "FORM", "LINK", "MARK"].includes(node.tagName.toUpperCase()) ||
  [...node.attributes].some((a) => a.name.startsWith("on")) ||
  (node.tagName === "A" && !["http:", "https:", "mailto:"].includes(node.protocol))).map((node) => node.outerHTML)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page that knows the renderers. Nothing may be asked of anybody, and nothing may warn."""
    context = await browser.new_context(viewport={"width": 400, "height": 700})
    made = await context.new_page()
    trouble: list[str] = []
    context.on("request", lambda asked: trouble.append(asked.url))
    made.on("console", lambda said: trouble.append(said.text))
    made.on("pageerror", lambda fault: trouble.append(str(fault)))
    await made.add_style_tag(path=PAGE / "cards.css")
    await made.add_script_tag(content="\n".join((export.library(PAGE), export.bundle(PAGE, MODULES), REPORTS)))
    yield made
    assert (await made.title(), trouble) == ("", [])
    await context.close()


def card(*body: dict[str, Any], actions: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "actions": actions or [], **more}


async def draw(page: Page, content: dict[str, Any]) -> str:
    html: str = await page.evaluate(f"show(modules['adaptive_card.js'].drawAdaptiveCard({json.dumps(content)}, acts))")
    return html


async def test_a_press_carries_what_the_inputs_hold(page: Page) -> None:
    """As a client sends it: every input by its id, the marked choices with commas, those left alone without a value."""
    submit = {"type": "Action.Submit", "title": "Import", "data": {"action": "import"}}
    execute = {"type": "Action.Execute", "title": "Do", "verb": "mio", "data": {"action": "do"}, "fallback": submit}
    bare = {"type": "Action.Execute", "title": "Bare", "verb": "bare", "associatedInputs": "none"}
    body = (
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "Teams?", "weight": "Bolder"}]},
        {"type": "Input.ChoiceSet", "id": "teams", "label": "Teams", "isMultiSelect": True, "choices": CHOICES},
        {"type": "Input.ChoiceSet", "id": "who", "label": "Person", "choices": CHOICES},
        {"type": "Input.Text", "id": "reply", "label": "Reply to Ann"},
        {"type": "ActionSet", "actions": [submit]},
    )
    await draw(page, card(*body, actions=[execute, bare]))
    shown = page.get_by_role("group", name="Teams?")
    await expect(shown.get_by_role("heading", name="Teams?", level=4)).to_be_visible()
    await shown.get_by_role("button", name="Import").click()
    for title in ("Sales (24)", "Support (8)"):
        await shown.get_by_role("checkbox", name=title).check()
    await shown.get_by_role("combobox", name="Person").select_option(label="Support (8)")
    await shown.get_by_role("textbox", name="Reply to Ann").fill("hello")
    for button in ("Do", "Bare"):
        await shown.get_by_role("button", name=button).click()
    filled = {"teams": "t1,t2", "who": "t2", "reply": "hello"}
    first, second, third = await page.evaluate("reports")
    assert first[:2] == ["Import", "Action.Submit"] and not any(first[2].values())
    assert (second, third) == (["Do", "Action.Execute", filled], ["Bare", "Action.Execute", {}])


async def test_what_is_required_is_asked_for_in_the_card(page: Page) -> None:
    field = {"type": "Input.Text", "id": "why", "label": "Why", "isRequired": True, "errorMessage": "Say why"}
    await draw(page, card(field, actions=[{"type": "Action.Submit", "title": "Send"}]))
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Say why")).to_be_visible()
    assert await page.evaluate("reports") == []
    await page.get_by_role("textbox", name="Why").fill("because")
    await page.get_by_role("button", name="Send").click()
    assert await page.evaluate("reports") == [["Send", "Action.Submit", {"why": "because"}]]


async def test_an_address_is_a_link_that_is_reported(page: Page) -> None:
    allow = {"type": "Action.OpenUrl", "title": "Allow", "url": "https://bot.example/allow"}
    evil = {"type": "Action.OpenUrl", "title": "Evil", "url": "javascript:document.title='pwned'"}
    await draw(page, card({"type": "ActionSet", "actions": [allow]}, actions=[evil]))
    await page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    link = page.get_by_role("link", name="Allow")
    assert await link.evaluate("a => [a.href, a.target, a.rel]") == ["https://bot.example/allow", "_blank", "noopener"]
    await link.click()
    await page.get_by_text("Evil").click()
    assert [one[0] for one in await page.evaluate("reports")] == ["Allow", "Evil"]


async def test_a_card_behind_a_button_is_drawn_and_sends_its_inputs(page: Page) -> None:
    inner = card(
        {"type": "Input.Text", "id": "note", "label": "Note"}, actions=[{"type": "Action.Submit", "title": "Go"}]
    )
    shows = {"type": "Action.ShowCard", "title": "More", "card": inner}
    await draw(page, card({"type": "Input.Text", "id": "a", "label": "A", "value": "1"}, actions=[shows]))
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("textbox", name="Note").fill("n")
    await page.get_by_role("button", name="Go").click()
    assert await page.evaluate("reports") == [["Go", "Action.Submit", {"note": "n", "a": "1"}]]


async def test_pictures_and_unknown_parts_are_words(page: Page) -> None:
    """Nothing is fetched for a card, and nothing of one is left out in silence."""
    away = "https://tracker.example/x.png"
    body = (
        {"type": "Image", "url": away, "altText": "a cat"},
        {"type": "ImageSet", "images": [{"type": "Image", "url": away}]},
        {"type": "Media", "sources": [{"mimeType": "video/mp4", "url": away}], "poster": away},
        {"type": "Container", "backgroundImage": away, "items": [{"type": "Marquee", "text": "x"}]},
        {"type": "ColumnSet", "columns": [{"type": "Column", "items": [{"type": "Image", "url": away}]}]},
        {"type": "Marquee", "fallback": {"type": "TextBlock", "text": "instead"}},
    )
    act = {"type": "Action.Submit", "title": "Go", "iconUrl": away}
    await draw(page, card(*body, actions=[act], backgroundImage={"url": away}))
    said = await page.locator(".adaptive-card").inner_text()
    for words in ("[Picture: a cat]", "[Picture: several]", "[Marquee: this part cannot be drawn here]", "instead"):
        assert words in said
    assert said.count("[Picture: without description]") == 2


async def test_markdown_in_a_text_block(page: Page) -> None:
    await draw(page, card({"type": "TextBlock", "text": "**b** _i_ [l](https://a.example)\n- one", "wrap": True}))
    drawn = await page.locator(".ac-textBlock").inner_html()
    assert '<strong>b</strong> <em>i</em> <a href="https://a.example"' in drawn and "<li>one</li>" in drawn


def everywhere(text: str) -> dict[str, Any]:
    act = {"type": "Action.Submit", "title": text, "tooltip": text, "data": {text: text}}
    field = {"id": text, "label": text, "value": text, "placeholder": text, "errorMessage": text}
    body = (
        {"type": "TextBlock", "text": text, "wrap": True, "id": text, "style": text, "color": text},
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, "highlight": True}, text]},
        {"type": "FactSet", "facts": [{"title": text, "value": text}]},
        {"type": "Input.Text", **field},
        {"type": "Input.ChoiceSet", **field, "id": "c", "choices": [{"title": text, "value": text}]},
        {
            "type": "Input.ChoiceSet",
            **field,
            "id": "d",
            "isMultiSelect": True,
            "choices": [{"title": text, "value": text}],
        },
        {"type": "Input.Toggle", **field, "id": "e", "title": text},
        {"type": "Image", "url": text, "altText": text},
        {"type": text, "text": text},
        {"type": "Container", "items": [{"type": "ActionSet", "actions": [act]}], "selectAction": act},
    )
    opens = {"type": "Action.OpenUrl", "title": text, "url": text}
    return card(*body, actions=[act, opens], speak=text, fallbackText=text, lang=text)


@pytest.mark.parametrize("text", HOSTILE)
async def test_foreign_text_stays_text(page: Page, text: str) -> None:
    await draw(page, everywhere(text))
    assert await page.evaluate(UNSAFE) == []
    await page.evaluate(f"show(modules['html_text.js'].drawHtmlText({json.dumps(text)}))")
    assert await page.evaluate(UNSAFE) == []


@pytest.mark.parametrize("text", ENDLESS, ids=lambda text: text[:3].strip())
async def test_endless_marks_are_drawn(page: Page, text: str) -> None:
    await draw(page, everywhere(text))


async def test_long_words_stay_inside(page: Page) -> None:
    await draw(page, everywhere("x" * 2_000))
    assert await page.evaluate("document.documentElement.scrollWidth") == 400


@pytest.mark.parametrize(
    ("html", "drawn"),
    [
        ("<p>a <b>b</b> <i>i</i> <del>d</del></p>", "<p>a <strong>b</strong> <em>i</em> <s>d</s></p>"),
        ("<p>one<br>two</p>", "<p>one<br>two</p>"),
        ("<ul><li>x</li></ul><pre><code>y</code></pre>", "<ul><li>x</li></ul><pre><code>y</code></pre>"),
        ('<spark-mention data-object-id="1">Ann</spark-mention> <at id="0">Bo</at>', "Ann Bo"),
        ('<a href="javascript:1">x</a>', "<span>x</span>"),
        ('<p onclick="x()" style="position:fixed" class="bar">x</p><style>p{}</style><script>1</script>', "<p>x</p>"),
        ('<emoji alt="👋"></emoji><img src="https://tracker.example/x" alt="cat">', "👋[Picture: cat]"),
        ('<attachment id="1"></attachment><table><tr><td>cell</td></tr></table>', "cell"),
    ],
)
async def test_html_of_messages(page: Page, html: str, drawn: str) -> None:
    made: str = await page.evaluate(f"show(modules['html_text.js'].drawHtmlText({json.dumps(html)}))")
    for span in ('<span class="mention">', '<span class="picture">'):
        made = made.replace(span, "").replace("</span>", "") if span in made else made
    assert made == drawn


async def test_addresses_in_plain_words_become_links(page: Page) -> None:
    made: str = await page.evaluate("show(modules['html_text.js'].drawHtmlText('<p>see https://a.example/b.</p>'))")
    assert '<a href="https://a.example/b"' in made and made.endswith("</a>.</p>")
