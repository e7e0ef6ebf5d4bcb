"""Every command from both platforms: the same answers everywhere, mistakes named, and a polite no for who may not."""

import pytest
from company import Company, Seat

NOT_YET = "auto doctor dm trace"

MISTAKES = [
    ("match slack:ann@acme.example", "which account", "match <platform>:<e-mail>"),
    ("alias acme.example", "Not understood: acme.example", "alias <old domain>=<new domain>"),
    ("imprt", "Not understood: imprt", "Did you mean: /mio import"),
    ("sync ann@acme.example priamry=slack", "Not understood: priamry=slack", "sync … primary=<platform>"),
    ("sync ann@acme.example secondary=zom", "Not understood: zom", "Did you mean: /mio zoom"),
    ("sync ann@acme.example secondary=teams", "teams (not connected here)", "slack, zoom"),
    ("sync ann@acme.example standins=yes", "standins=yes (not available yet)", "secondary=<platform>"),
    ("sync ann@acme.example primary=zoom secondary=zoom", "zoom as primary and as secondary", "primary=<one>"),
    ("sync ann@acme.example zoom", "Not understood: zoom", "ann@acme.example alone"),
    ("sync secondary=zoom", "Not understood: whom", "sync <who>"),
    ("primary ann@acme.example", "which platform", "primary <who> <platform>"),
    ("reset", "Not understood: whom", "reset <who>"),
    ("reprompt", "Not understood: whom", "reprompt <who>"),
    ("remove", "Not understood: whom", "remove <who>"),
    ("confirm", "Not understood: which plan", "confirm <n>"),
    ("cancel three", "Not understood: three", "cancel <n>"),
    ("import webex", "webex (not connected here)", "slack, zoom"),
    ("connect teams", "teams (not connected here)", "slack, zoom"),
    ("help pryvacy", "Not understood: pryvacy", "help privacy"),
    ("users on:zom", "Not understood: zom", "zoom"),
    ("status nobody@acme.example", "I found nobody for “nobody@acme.example”", "e-mail address"),
    ("status 77", "I found nobody for “77”", "number from the last list"),
    ("sync “Nobody Here”", "I found nobody for “Nobody Here”", "e-mail address"),
    ("confirm 77", "There is no plan 77", ""),
    ("cancel 77", "There is no plan 77", ""),
    ("disconnect", "Nothing was linked", ""),
    ("allow", "There is no open question", "/mio connect"),
    ("not now", "There is no open question", ""),
    ("no thanks", "There is no open question", ""),
    ("next", "There is no open question", ""),
    ("try again", "There is no open question", "/mio connect"),
    ("match slack:ann@acme.example", "Not understood: which account", "match <platform>:<e-mail> <platform>:<e-mail>"),
    ("unmatch ann", "Not understood: ann", "<platform>:<e-mail>"),
    ("alias old.example", "Not understood: old.example", "alias <old domain>=<new domain>"),
    *((f"{verb} x", f"{verb} (not available yet)", "help") for verb in NOT_YET.split()),
]


def maya_on(acme: Company, platform: str) -> Seat:
    return acme.seat(platform, "Maya Ortiz")


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_mistakes_are_answered_by_name(acme: Company, platform: str) -> None:
    """Whatever is wrong is named, with the nearest right spelling; nothing is done."""
    await acme.import_all()
    maya = maya_on(acme, platform)
    await maya.types('primary "Maya Ortiz" ' + platform)
    for typed, wrong, near in MISTAKES:
        answer = await maya.asks(typed)
        assert wrong in answer and near in answer, f"{typed}: {answer}"
    assert acme.seat("slack", "Ann Lee").cards() == []


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_what_an_administrator_can_do_from_either_side(acme: Company, platform: str) -> None:
    maya = maya_on(acme, platform)
    assert "/mio sync [who]" in await maya.asks("help")
    assert "A plan shows who would be asked" in await maya.asks("help sync")
    centre = await maya.asks("setup")
    assert "Slack: ✅ connected" in centre and "Zoom: ✅ connected" in centre
    unproven = ["Connect"] if platform == "slack" else []
    assert maya.buttons() == [*unproven, "Import users", "Help"], "nobody in Zoom heard from app A's bot yet"
    await maya.presses("Import users")
    assert "Import is done" in maya.reads() and "🕐" not in maya.reads()
    assert maya.buttons() == ["Sync users", "Import users", "Help"]
    assert "Zoom: 11 people read" in await maya.asks("import zoom")
    assert "12 people imported" in await maya.asks("status")
    assert "to decide" in await maya.asks("why bob@acme.example")
    assert "1 person now has Zoom" in await maya.asks("primary bob@acme.example zoom")
    assert "no Zoom account" in await maya.asks('primary "Dana Ruiz" zoom')
    plan = await maya.asks("sync “Bob Kim” with=slack")
    assert "will be asked to link Slack – Bob Kim" in plan and "confirm 1" in plan
    assert "is being carried out" not in await maya.asks("cancel 1")
    assert "Plan 1 was cancelled before" in await maya.asks("confirm 1")
    await maya.types("sync bob@acme.example")
    assert "1 person was asked, 0 were left" in await maya.asks("confirm 2")
    assert "Plan 2 was confirmed before; nothing is done twice" in await maya.asks("confirm 2")
    assert "asked, no answer yet" in await maya.asks("status bob@acme.example")
    assert "1 person was asked again" in await maya.asks("reprompt bob@acme.example")
    assert "asked less than a day ago" in await maya.asks("reprompt pending")
    assert "Reset Bob Kim?" in await maya.asks("reset bob@acme.example")
    assert "Nothing was changed" in await maya.asks("cancel 3")
    assert "Primary platform: to decide" in await maya.asks("me")


async def test_a_name_that_fits_several_is_never_guessed(acme: Company) -> None:
    """Ivan Petrov and Ivy Petrov: the answer lists both with numbers, and a number is enough from then on."""
    await acme.import_all()
    await acme.fake("slack").join("Ivy Petrov", "ivy@acme.example")
    await acme.settle()
    maya = maya_on(acme, "slack")
    answer = await maya.asks("status petrov")
    assert "Several people fit “petrov”" in answer and "1. Ivan Petrov" in answer and "2. Ivy Petrov" in answer
    assert "ivy@acme.example" in await maya.asks("status 2")
    assert "ivan@acme.example" in await maya.asks("status ivan petrov"), "the whole name fits one alone"


@pytest.mark.parametrize("platform", ["slack", "zoom"])
async def test_who_may_not_is_told_who_can_help(acme: Company, platform: str) -> None:
    """Cleo is no administrator: every act of one is refused by name, whether typed or pressed."""
    cleo, person = acme.seat(platform, "Cleo Park"), "ann@acme.example"
    assert "You have not been imported yet" in await cleo.asks("connect")
    first = await cleo.asks("help")
    assert "/mio me" in first and "/mio connect" not in first and "import" not in first
    await acme.import_all()
    for typed in (
        *("setup", "import", "import zoom", "sync", f"sync {person}", f"primary {person} slack", "users lee"),
        *(f"status {person}", f"why {person}", f"reset {person}", f"remove {person}", f"reprompt {person}"),
        *("confirm 1", "cancel 1"),
    ):
        answer = await cleo.asks(typed)
        assert "Only administrators may do that" in answer and "Ask Maya Ortiz." in answer, f"{typed}: {answer}"
    allowed = await cleo.asks("help")
    assert "/mio connect" in allowed and "/mio import" not in allowed
    assert "Cleo Park" in await cleo.asks("status")
    assert "Cleo Park" in await cleo.asks("why cleo@acme.example"), "oneself, by whatever name"
    assert "I told Maya Ortiz" in await cleo.asks("primary me zoom")
    assert "Cleo Park would like Zoom" in maya_on(acme, "zoom").card("would like")["lines"][0]
    assert "to decide" in await cleo.asks("status me"), "asking changed nothing"


async def test_a_forged_press_is_refused(acme: Company) -> None:
    """Cleo's client sends the action of an administrator's button from a card of her own."""
    await acme.import_all()
    cleo, maya = acme.seat("slack", "Cleo Park"), maya_on(acme, "slack")
    await maya.types("sync ann@acme.example primary=slack")
    confirm = next(
        e
        for b in maya.cards()[-1]["card"]
        for e in b.get("elements", ())
        if str(e.get("value", "")).startswith("confirm:")
    )
    await cleo.types("help import")
    chat = acme.fake("slack").methods.known(cleo.id, acme.fake("slack").bot)
    chat.by_id[cleo.cards()[-1]["id"]].native["blocks"].append(
        {"type": "actions", "block_id": "z", "elements": [confirm]}
    )
    await cleo.presses("Confirm")
    assert "Only administrators may do that" in cleo.reads()
    assert acme.seat("slack", "Ann Lee").cards() == []


async def test_two_administrators(acme: Company) -> None:
    """Nobody confirms somebody else's plan; two plans over the same person ask that person once."""
    await acme.import_all()
    ann, maya, emil = acme.seat("slack", "Ann Lee"), maya_on(acme, "slack"), acme.seat("slack", "Emil Novak")
    await acme.fake("slack").change(emil.id, admin=True)
    await acme.settle()
    await maya.types("sync ann@acme.example primary=slack")
    answer = await emil.asks("confirm 1")
    assert "Plan 1 belongs to Maya Ortiz in Slack; only there" in answer
    await emil.types("sync ann@acme.example primary=slack")
    await maya.presses("Confirm")
    await emil.presses("Confirm")
    assert "The world has changed since this was shown" in emil.reads() and "Confirm" not in emil.buttons()
    assert "asked before for Zoom, waiting – Ann Lee" in emil.reads()
    assert len(ann.cards()) == 1


async def test_typed_twins_answer_wherever_they_are_typed(acme: Company) -> None:
    """Ann lives in Slack and types in Zoom: the card stays at home, and she hears where it is."""
    await acme.import_all()
    maya, ann, elsewhere = maya_on(acme, "zoom"), acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Ann Lee")
    await maya.types("sync ann@acme.example primary=slack secondary=zoom")
    await maya.tells_bot("confirm 1")
    assert "in your direct conversation with me in Slack" in await elsewhere.asks("allow")
    assert len(ann.cards()) == 2
    assert "I ask again later" in await elsewhere.asks("not now")
    assert "said “Not now”" in "\n".join(ann.cards()[-1]["lines"])
    assert "you will not be asked again" in await elsewhere.asks("No thanks!")
    assert "Not linked" in ann.reads()
    assert "no open question" in await ann.asks("allow"), "only connect begins anew after No thanks"
    assert "declined" in await ann.asks("me")
    await elsewhere.types("connect zoom")
    assert "linked" in await ann.allows("zoom")
    assert "Zoom disconnected" in await elsewhere.asks("disconnect zoom")
