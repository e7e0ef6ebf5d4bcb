"""Which cards the client takes, and what a person sees and presses on one."""

from typing import Any

import pytest
from teams_tenant import Listener, Tenant

from sandbox.core import Bad
from sandbox.teams import cards

CHOICES = [{"title": "Sales (24)", "value": "t1"}, {"title": "Support (8)", "value": "t2"}]
DATA = {"cid": "c1", "v": 1}
CARD: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [
        {"type": "TextBlock", "text": "Choose teams", "wrap": True},
        {"type": "Container", "items": [{"type": "FactSet", "facts": [{"title": "Primary", "value": "Slack"}]}]},
        {"type": "Input.ChoiceSet", "id": "teams", "isMultiSelect": True, "choices": CHOICES},
        {"type": "Input.Text", "id": "reply", "label": "Reply to Ann"},
    ],
    "actions": [
        {
            "type": "Action.Execute",
            "id": "a1",
            "title": "Import",
            "verb": "import.teams",
            "data": DATA,
            "fallback": {"type": "Action.Submit", "title": "Import", "data": {**DATA, "verb": "import.teams"}},
        },
        {"type": "Action.Submit", "title": "Old way", "data": DATA},
        {"type": "Action.Execute", "title": "Bare", "verb": "bare", "associatedInputs": "none"},
        {"type": "Action.OpenUrl", "title": "Allow", "url": "https://bot.example/allow/c1"},
    ],
}
DONE = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Done."}]}


def block(**change: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x", **change}]}


def acting(**change: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "actions": [{"type": "Action.Execute", "title": "x", **change}]}


@pytest.mark.parametrize(
    ("card", "where"),
    [
        ({}, "/type"),
        ({"type": "AdaptiveCard", "version": "1.5"}, "/body"),
        ({**CARD, "version": "1.6"}, "/version"),
        ({**CARD, "version": "new"}, "/version"),
        (block(text=None), "/body/0/text"),
        (block(text=3), "/body/0/text"),
        (block(wrap="yes"), "/body/0/wrap"),
        (block(size="Huge"), "/body/0/size"),
        (block(type="Marquee"), "/body/0/type"),
        (block(type="Input.Text"), "/body/0/id"),
        (block(type="Input.ChoiceSet", id="a", choices=[{"title": "A"}]), "/body/0/choices/0/value"),
        (block(type="FactSet", facts=[{"title": "A", "value": 1}]), "/body/0/facts/0/value"),
        (block(type="Container", items=[{"type": "TextBlock"}]), "/body/0/items/0/text"),
        (acting(type="Action.Jump"), "/actions/0/type"),
        (acting(type="Action.OpenUrl"), "/actions/0/url"),
        (acting(type="Action.OpenUrl", url="/allow"), "/actions/0/url"),
        (acting(style="loud"), "/actions/0/style"),
        (acting(data=[1]), "/actions/0/data"),
        (acting(fallback={"type": "Action.Jump"}), "/actions/0/fallback/type"),
        ({**CARD, "refresh": {"userIds": ["29:1"] * 6}}, "/refresh/userIds"),
        ({**CARD, "body": [{"type": "Input.Text", "id": "a"}] * 2}, "same id"),
        ({**CARD, "body": "text"}, "/body"),
    ],
)
def test_a_broken_card_is_refused_with_the_place(card: dict[str, Any], where: str) -> None:
    with pytest.raises(cards.CardFault, match=where):
        cards.check(card)


def test_what_a_person_reads_and_may_press() -> None:
    cards.check(CARD)
    assert cards.lines(CARD) == ["Choose teams", "Primary Slack", "Reply to Ann"]
    assert cards.buttons(CARD)[-1] == {"label": "Allow", "url": "https://bot.example/allow/c1"}
    assert cards.choices(CARD) == ["Sales (24)", "Support (8)"]
    unknown = block(type="Marquee", fallback={"type": "TextBlock", "text": "instead"})
    assert cards.lines(cards.check(unknown)) == ["instead"]


async def shown(teams: Tenant, card: dict[str, Any] = CARD) -> str:
    conversation, bot = await teams.installed("Ann Lee"), await teams.connector()
    await teams.idle()
    teams.bot.heard.clear()
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    answer = await bot.post(
        f"/v3/conversations/{conversation}/activities", {"type": "message", "attachments": [attached]}
    )
    assert answer.status == 201, answer.body
    return str(answer.body["id"])


def invoked(bot: Listener) -> dict[str, Any]:
    return bot.activities("invoke")[-1]


def answered(kind: str, value: Any, status: int = 200) -> tuple[int, dict[str, Any]]:
    return 200, {"statusCode": status, "type": f"application/vnd.microsoft.{kind}", "value": value}


def sees(teams: Tenant) -> list[tuple[str, list[str]]]:
    return [(m["text"], m["lines"]) for m in teams.fake.view(teams.id("Ann Lee"), "bot")]


async def test_an_execute_is_an_invoke_with_inputs(teams: Tenant) -> None:
    card, ann = await shown(teams), teams.id("Ann Lee")
    await teams.fake.choose(ann, card, "Sales (24)")
    await teams.fake.choose(ann, card, "Support (8)")
    await teams.fake.fill(ann, card, "Reply to Ann", "hello")
    assert teams.bot.heard == [], "a choice alone is nobody's business"
    teams.bot.answers = [answered("card.adaptive", DONE)]
    assert await teams.fake.press(ann, card, "Import") is None
    activity = invoked(teams.bot)
    assert (activity["name"], activity["replyToId"]) == ("adaptiveCard/action", card)
    assert activity["from"]["aadObjectId"] == ann and activity["conversation"]["tenantId"]
    action = activity["value"]["action"]
    assert (action["type"], action["id"], action["verb"]) == ("Action.Execute", "a1", "import.teams")
    assert action["data"] == {"cid": "c1", "v": 1, "teams": "t1,t2", "reply": "hello"}
    assert activity["value"]["trigger"] == "manual"
    assert sees(teams) == [("", ["Done."])]


async def test_a_second_choice_takes_the_mark_away_and_inputs_may_stay_out(teams: Tenant) -> None:
    card, ann = await shown(teams), teams.id("Ann Lee")
    await teams.fake.choose(ann, card, "Sales (24)")
    await teams.fake.choose(ann, card, "Sales (24)")
    teams.bot.answers = [answered("activity.message", "ok")] * 2
    await teams.fake.press(ann, card, "Import")
    assert invoked(teams.bot)["value"]["action"]["data"]["teams"] == ""
    await teams.fake.press(ann, card, "Bare")
    assert invoked(teams.bot)["value"]["action"]["data"] == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answered("activity.message", "Saved."), "Saved."),
        (answered("error", {"code": "BadRequest", "message": "Too late."}, 400), "Too late."),
        ((200, {"ok": True}), "Unable to reach app. Please try again."),
        ((500, None), "Unable to reach app. Please try again."),
        ((200, None), "Unable to reach app. Please try again."),
        (answered("card.adaptive", {"type": "Card"}), "Unable to reach app. Please try again."),
    ],
)
async def test_the_answer_of_an_invoke_is_shown(teams: Tenant, answer: tuple[int, Any], words: str) -> None:
    card, ann = await shown(teams), teams.id("Ann Lee")
    teams.bot.answers = [answer]
    await teams.fake.press(ann, card, "Import")
    await teams.idle()
    assert [text for text, _ in sees(teams)] == ["", words]
    assert len(teams.bot.activities("invoke")) == 1, "an invoke is not tried again"


async def test_the_card_of_an_answer_is_no_lasting_one(teams: Tenant) -> None:
    card, ann = await shown(teams), teams.id("Ann Lee")
    teams.bot.answers = [answered("card.adaptive", DONE)]
    await teams.fake.press(ann, card, "Import")
    assert sees(teams) == [("", ["Done."])]
    teams.switch(mean=True)
    assert sees(teams)[0][1][0] == "Choose teams", "another client shows what is stored"


async def test_a_submit_is_a_message_without_text(teams: Tenant) -> None:
    card, ann = await shown(teams), teams.id("Ann Lee")
    await teams.fake.press(ann, card, "Old way")
    await teams.idle()
    [activity] = teams.bot.activities("message")
    assert activity["text"] is None and activity["replyToId"] == card
    assert activity["value"] == {"cid": "c1", "v": 1, "teams": "", "reply": ""}


async def test_an_old_client_presses_the_fallback(teams: Tenant) -> None:
    card, ann = await shown(teams), teams.id("Ann Lee")
    teams.fake.screen.old = True
    await teams.fake.press(ann, card, "Import")
    await teams.idle()
    assert teams.bot.activities("message")[0]["value"]["verb"] == "import.teams"
    with pytest.raises(Bad):
        await teams.fake.press(ann, card, "Bare")


async def test_an_address_opens_and_tells_nobody(teams: Tenant) -> None:
    card = await shown(teams)
    assert await teams.fake.press(teams.id("Ann Lee"), card, "Allow") == "https://bot.example/allow/c1"
    await teams.idle()
    assert teams.bot.heard == []


async def test_what_is_required_must_be_there(teams: Tenant) -> None:
    needed = {"type": "Input.Text", "id": "why", "isRequired": True, "errorMessage": "Say why"}
    card, ann = await shown(teams, {**CARD, "body": [needed]}), teams.id("Ann Lee")
    with pytest.raises(Bad, match="Say why"):
        await teams.fake.press(ann, card, "Import")


async def test_what_is_not_there_cannot_be_pressed(teams: Tenant) -> None:
    card = await shown(teams)
    for who, message, button in (
        (teams.id("Ann Lee"), card, "Maybe"),
        (teams.id("Ann Lee"), "1", "Allow"),
        (teams.id("Bob Kim"), card, "Allow"),
        (teams.id("Gus Weber"), card, "Allow"),
    ):
        with pytest.raises(Bad):
            await teams.fake.press(who, message, button)
    with pytest.raises(Bad):
        await teams.fake.choose(teams.id("Ann Lee"), card, "Marketing")
    with pytest.raises(Bad):
        await teams.fake.fill(teams.id("Ann Lee"), card, "nowhere", "x")


async def test_an_input_wins_over_data_of_its_name_and_a_toggle_is_off(teams: Tenant) -> None:
    toggle, field = {"type": "Input.Toggle", "id": "all", "title": "All"}, {"type": "Input.Text", "id": "cid"}
    card, ann = await shown(teams, {**CARD, "body": [toggle, field]}), teams.id("Ann Lee")
    await teams.fake.fill(ann, card, "cid", "typed")
    await teams.fake.press(ann, card, "Old way")
    await teams.idle()
    assert teams.bot.activities("message")[0]["value"] == {"cid": "typed", "v": 1, "all": "false"}
