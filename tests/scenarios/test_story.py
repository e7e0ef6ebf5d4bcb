"""The story of the first day: import, sync, Allow, and direct messages both ways."""

import pytest
from company import Company


@pytest.fixture(params=["kind", "mean"])
def profile(request: pytest.FixtureRequest, acme: Company) -> Company:
    if request.param == "mean":
        acme.mean()
    return acme


async def linked(acme: Company) -> None:
    """Ann lives in Slack, Bob in Zoom; both allowed."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")


async def test_the_whole_story(profile: Company) -> None:
    """Maya imports in Zoom and syncs in Slack; Ann and Bob allow; then they write, each from their own app."""
    maya_zoom, maya = profile.seat("zoom", "Maya Ortiz"), profile.seat("slack", "Maya Ortiz")
    await maya_zoom.types("import")
    assert "10 on two or more platforms (matched)" in maya_zoom.card("Import is done")["lines"]
    await maya.types("sync ann@acme.example primary=slack secondary=zoom")
    assert "will be asked to link Zoom" in "\n".join(maya.card("Plan")["lines"])
    ann, bob = profile.seat("slack", "Ann Lee"), profile.seat("zoom", "Bob Kim")
    assert ann.cards() == [], "nothing is sent before Confirm"
    await maya.presses("Confirm")
    assert "Acme (Maya Ortiz) asks to link your Zoom account" in "\n".join(ann.card("Let Zoom")["lines"])
    assert "linked" in await ann.allows("zoom")
    assert "Zoom colleagues now reach you here" in "\n".join(ann.card()["lines"])
    await profile.link("Bob Kim", "zoom", "slack")

    ann_in_zoom, bob_in_slack = profile.seat("zoom", "Ann Lee"), profile.seat("slack", "Bob Kim")
    await bob.says(ann_in_zoom, "Plan is ready 👍")
    await profile.settle()
    assert ann.hears(bob_in_slack) == ["Plan is ready 👍"]
    await ann.says(bob_in_slack, "great <b> & thanks")
    await profile.settle()
    assert bob.hears(ann_in_zoom) == ["great <b> & thanks"]
    assert ann.sees(bob_in_slack) == ["Plan is ready 👍", "great <b> & thanks"]
    assert bob.sees(ann_in_zoom) == ["Plan is ready 👍", "great <b> & thanks"]


async def test_fifty_quick_messages_each_way_arrive_once_and_in_order(profile: Company) -> None:
    await linked(profile)
    for platform in ("slack", "zoom"):
        profile.faults(platform, duplicate=True, echo_first=True)
    ann, bob = profile.seat("slack", "Ann Lee"), profile.seat("zoom", "Bob Kim")
    ann_in_zoom, bob_in_slack = profile.seat("zoom", "Ann Lee"), profile.seat("slack", "Bob Kim")
    for number in range(50):
        await bob.says(ann_in_zoom, f"from Bob {number}")
        await ann.says(bob_in_slack, f"from Ann {number}")
    await profile.settle()
    assert ann.hears(bob_in_slack) == [f"from Bob {n}" for n in range(50)]
    assert bob.hears(ann_in_zoom) == [f"from Ann {n}" for n in range(50)]


async def test_five_thousand_characters_become_parts_of_one_message(acme: Company) -> None:
    await linked(acme)
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    text = "A long story about bridges and boats. " * 132
    await ann.says(acme.seat("slack", "Bob Kim"), text)
    await acme.settle()
    parts = bob.hears(acme.seat("zoom", "Ann Lee"))
    assert len(parts) == 6
    assert "".join(parts) == text


async def test_bob_is_told_when_he_has_not_allowed_yet(acme: Company) -> None:
    """Ann allowed, Bob did not: his message is heard, cannot be carried, and he hears why, with his own Allow."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("sync bob@acme.example primary=zoom secondary=slack")
    await maya.presses("Confirm")
    bob, ann_in_zoom = acme.seat("zoom", "Bob Kim"), acme.seat("zoom", "Ann Lee")
    await bob.says(ann_in_zoom, "hello?")
    await bob.says(ann_in_zoom, "anybody?")
    await acme.settle()
    notices = [c for c in bob.cards() if "did not get" in c["lines"][0]]
    assert len(notices) == 1, "a burst makes one notice"
    assert "did not get 2 of your messages" in notices[0]["lines"][0]
    assert acme.seat("slack", "Ann Lee").hears(acme.seat("slack", "Bob Kim")) == []


async def test_what_somebody_types_by_hand_on_the_second_platform_stays_there(acme: Company) -> None:
    await linked(acme)
    await acme.seat("zoom", "Ann Lee").says(acme.seat("zoom", "Bob Kim"), "typed in Zoom by hand")
    await acme.settle()
    assert acme.seat("slack", "Ann Lee").sees(acme.seat("slack", "Bob Kim")) == []


async def test_two_people_of_one_platform_are_left_alone(acme: Company) -> None:
    await linked(acme)
    await acme.link("Cleo Park", "zoom", "slack")
    await acme.seat("zoom", "Bob Kim").says(acme.seat("zoom", "Cleo Park"), "lunch?")
    await acme.settle()
    assert acme.seat("slack", "Cleo Park").sees(acme.seat("slack", "Bob Kim")) == []
    assert [c for c in acme.seat("zoom", "Bob Kim").cards() if "did not get" in c["lines"][0]] == []
