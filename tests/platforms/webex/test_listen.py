"""People's webhooks and the bot's: made once, kept, brought back, and how far back something may be missing."""

from datetime import timedelta
from typing import Any

import pytest
from vendor_server import NOON, Answers, Asked, refusal
from webex_people import ANN, UUIDS, native

from bot.platform import NotAuthorised, Refused
from platforms.webex.hooks import BOT, PEOPLE
from platforms.webex.send import Webex

HOOKS, MAKE = "GET /webhooks", "POST /webhooks"
ANNS = UUIDS["ann"]
MINUTE = timedelta(minutes=1)
Key = tuple[str, str, str]


def held(webex: Webex, key: Key, number: str, **more: Any) -> dict[str, Any]:
    resource, event, chosen = key
    target = "https://bot.example/webex/user"
    shape = {"id": native("WEBHOOK", number), "name": webex.hooks.name, "targetUrl": target, "status": "active"}
    return {**shape, "resource": resource, "event": event, **({"filter": chosen} if chosen else {}), **more}


def all_held(webex: Webex, **more: Any) -> dict[str, Any]:
    return {"items": [held(webex, key, f"w{number}", **more) for number, key in enumerate(PEOPLE)]}


def made(asked: Asked) -> list[Key]:
    return [(args["resource"], args["event"], args.get("filter", "")) for name, args in asked if name == MAKE]


def changes(asked: Asked) -> list[str]:
    return [name.replace(native("WEBHOOK", "")[:20], "…") for name, _ in asked if not name.startswith("GET")]


async def test_at_first_everything_is_made_and_looked_at_soon(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[MAKE] = [{"id": "x"}]
    found = await webex.listen(ANN)
    assert made(asked) == list(PEOPLE)
    for _, args in asked[1:]:
        assert args["targetUrl"] == "https://bot.example/webex/user"
        assert args["secret"] == "s3cr3t-for-hook" and args["key"] == f"Bearer tok-{ANN}"
        assert "s3cr3t" not in args["name"] and "C0client" not in args["name"]
    assert (found.until, found.gap) == (NOON + 5 * MINUTE, None)


async def test_the_bots_own(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[MAKE] = [{"id": "x"}]
    assert (await webex.listen(None)).gap is None
    assert made(asked) == list(BOT)
    assert {args["key"] for _, args in asked} == {"Bearer tok-bot"}
    assert {args["targetUrl"] for name, args in asked if name == MAKE} == {"https://bot.example/webex/bot"}


async def test_what_is_there_is_kept(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[HOOKS] = [all_held(webex)]
    for _ in range(2):
        found = await webex.listen(ANN)
        assert found.gap is None
    assert changes(asked) == []
    assert 15 * MINUTE <= found.until - NOON <= 20 * MINUTE


async def test_stale_and_doubled_ones_are_deleted_and_others_apps_left_alone(
    webex: Webex, answers: Answers, asked: Asked
) -> None:
    created = PEOPLE[0]
    odd = [
        held(webex, created, "double"),
        held(webex, created, "moved", targetUrl="https://old.example/webex/user"),
        held(webex, created, "old secret", name=f"{webex.hooks.prefix}00000000"),
        held(webex, ("rooms", "created", ""), "unwanted"),
        held(webex, created, "other", name="Other app"),
        held(webex, created, "other mio", name="mio-ffffffff-00000000"),
    ]
    deleted: Answers = {f"DELETE /webhooks/{hook['id']}": [(204, {}, "")] for hook in odd[:4]}
    answers |= {HOOKS: [{"items": [*all_held(webex)["items"], *odd]}], **deleted}
    await webex.listen(ANN)
    assert sorted(name for name, _ in asked[1:]) == sorted(deleted)


async def test_every_page_of_the_list_is_read(webex: Webex, answers: Answers, asked: Asked, lent: Any) -> None:
    import json

    link = f'<{lent.settings["MIO_WEBEX_API_URL"]}/webhooks?max=100&cursor=2>; rel="next"'
    headers = {"Link": link, "Content-Type": "application/json"}
    answers[HOOKS] = [(200, headers, json.dumps({"items": []})), all_held(webex)]
    await webex.listen(ANN)
    assert changes(asked) == []


async def test_webex_may_refuse_to_tell_of_edits(webex: Webex, answers: Answers, asked: Asked) -> None:
    answers[MAKE] = [{"id": "x"}, {"id": "y"}, refusal(400)]
    await webex.listen(ANN)
    asked.clear()
    answers[HOOKS] = [{"items": all_held(webex)["items"][:2]}]
    await webex.listen(ANN)
    assert made(asked) == [], "not asked for again"


async def test_what_we_cannot_do_without_is_refused(webex: Webex, answers: Answers) -> None:
    answers[MAKE] = [refusal(403)]
    with pytest.raises(Refused):
        await webex.listen(ANN)


async def test_a_consent_that_is_over(webex: Webex, owners: set[Any]) -> None:
    owners.clear()
    with pytest.raises(NotAuthorised):
        await webex.listen(ANN)


async def test_an_inactive_one_is_brought_back_after_five_minutes_and_the_gap_is_told(
    webex: Webex, answers: Answers, asked: Asked, watch: Any
) -> None:
    answers[HOOKS] = [all_held(webex)]
    await webex.listen(ANN)
    items = all_held(webex)["items"]
    items[0]["status"] = "inactive"
    answers |= {HOOKS: [{"items": items}], f"PUT /webhooks/{items[0]['id']}": [{"id": "x"}]}
    watch.time = NOON + 15 * MINUTE
    waiting = await webex.listen(ANN)
    assert (waiting.until, waiting.gap) == (NOON + 20 * MINUTE, None)
    watch.time = NOON + 19 * MINUTE
    assert (await webex.listen(ANN)).until == NOON + 20 * MINUTE
    assert changes(asked) == [], "one failure within five minutes would end it again"
    watch.time = NOON + 20 * MINUTE
    assert (await webex.listen(ANN)).gap == NOON, "since the last time all was well"
    [args] = [args for name, args in asked if name.startswith("PUT")]
    assert (args["status"], args["name"]) == ("active", webex.hooks.name)
    answers[HOOKS] = [all_held(webex)]
    assert (await webex.listen(ANN)).gap is None
    items[0]["status"] = "inactive"
    answers[HOOKS] = [{"items": items}]
    watch.time = NOON + 60 * MINUTE
    assert (await webex.listen(ANN)).until == NOON + 65 * MINUTE, "another time, another five minutes"


async def test_a_missing_one_is_made_and_the_gap_is_told(webex: Webex, answers: Answers, watch: Any) -> None:
    answers |= {HOOKS: [all_held(webex), {"items": []}], MAKE: [{"id": "x"}]}
    await webex.listen(ANN)
    watch.time = NOON + 30 * MINUTE
    assert (await webex.listen(ANN)).gap == NOON


@pytest.mark.parametrize(
    ("heard", "gap"),
    [
        (None, None),
        (NOON - timedelta(hours=1), NOON - timedelta(hours=1)),
        (NOON - timedelta(days=9), NOON - timedelta(days=3)),
    ],
)
async def test_the_first_look_of_a_process_reads_back(
    webex: Webex, answers: Answers, kept: dict[str, str], heard: Any, gap: Any
) -> None:
    """While no process ran, deliveries met nobody, and Webex does not repeat them."""
    if heard is not None:
        kept[f"heard:{ANNS}"] = heard.isoformat()
    answers[HOOKS] = [all_held(webex)]
    assert (await webex.listen(ANN)).gap == gap
    assert (await webex.listen(ANN)).gap is None


async def test_a_delivery_that_could_not_be_kept_is_read_back(webex: Webex, answers: Answers, watch: Any) -> None:
    answers[HOOKS] = [all_held(webex)]
    await webex.listen(ANN)
    webex.hooks.missed(native("PEOPLE", "ann", "eu"))
    watch.time = NOON + 15 * MINUTE
    assert (await webex.listen(ANN)).gap == NOON


async def test_after_a_new_consent_what_came_in_without_one_is_read_back(
    webex: Webex, answers: Answers, watch: Any
) -> None:
    answers[HOOKS] = [all_held(webex)]
    await webex.listen(ANN)
    watch.time = NOON + 15 * MINUTE
    await webex.hooks.allowed(ANNS)
    assert (await webex.listen(ANN)).gap == NOON


async def test_the_more_people_the_longer_between_two_looks(webex: Webex, answers: Answers) -> None:
    answers[HOOKS] = [all_held(webex)]
    await webex.listen(ANN)
    waits = []
    for people in (1, 300, 1_000, 100_000):
        webex.hooks._looked |= {str(number) for number in range(people)}
        waits.append(((await webex.listen(ANN)).until - NOON) / MINUTE)
    assert 15 <= waits[0] < 18 < 40 <= waits[1] < 48 < 133 <= waits[2] < 160 and waits[3] == 240
