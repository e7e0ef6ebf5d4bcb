"""Doctor's questions to Zoom: what works, and which setting or switch is wrong."""

from typing import Any

import pytest
from vendor_server import Answers, refusal

from bot.ready import Health
from platforms.zoom.send import Zoom


async def test_probing_says_what_works(zoom: Zoom) -> None:
    assert (await zoom.probe("app_a")).health is Health.WORKS


@pytest.mark.parametrize(
    ("what", "name", "answer", "words"),
    [
        ("app_a", "POST oauth/token", refusal(400, 4702), "MIO_ZOOM_CLIENT_ID"),
        ("app_a", "POST oauth/token", refusal(400, 4704), "MIO_ZOOM_CLIENT_SECRET"),
        ("app_b", "POST oauth/token", refusal(400, 4709), "redirect address"),
        ("app_b", "POST oauth/token", refusal(503), "could not say"),
    ],
)
async def test_probing_says_what_does_not(
    zoom: Zoom, answers: Answers, what: str, name: str, answer: Any, words: str
) -> None:
    answers[name] = [answer]
    probed = await zoom.probe(what)
    assert not probed.ok and words in probed.sentence
