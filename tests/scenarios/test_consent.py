"""Consent in every turn it can take: refused, by the wrong account, put off, taken back, healed."""

from company import Company


async def asked(acme: Company) -> None:
    """Ann lives in Slack and has her consent card for Zoom."""
    await acme.import_all()
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("sync ann@acme.example primary=slack secondary=zoom")
    await maya.presses("Confirm")


async def state(acme: Company, name: str) -> str:
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types(f'status "{name}"')
    return "\n".join(maya.card(name)["lines"])


async def test_somebody_else_signs_in(acme: Company) -> None:
    """Ann's browser is signed in as Bob: the page says which account to use, and nothing is linked."""
    await asked(acme)
    page = await acme.seat("slack", "Ann Lee").allows("zoom", as_=acme.seat("zoom", "Bob Kim"))
    assert "That was another account" in page and "ann@acme.example" in page
    assert "pending" in await state(acme, "Ann Lee")
    zoom = acme.sandbox.fakes["zoom"]
    assert acme.seat("zoom", "Bob Kim").id not in zoom.tokens.of_user, "the stray permission was revoked"  # type: ignore[attr-defined]
    assert "linked" in await acme.seat("slack", "Ann Lee").allows("zoom")


async def test_ann_cancels_on_zooms_page_and_changes_her_mind(acme: Company) -> None:
    await asked(acme)
    page = await acme.seat("slack", "Ann Lee").allows("zoom", decision="cancel")
    assert "Not allowed" in page
    assert "failed" in await state(acme, "Ann Lee")
    assert "linked" in await acme.seat("slack", "Ann Lee").allows("zoom")
    assert "synced" in await state(acme, "Ann Lee")


async def test_no_thanks_is_final_until_connect(acme: Company) -> None:
    await asked(acme)
    ann = acme.seat("slack", "Ann Lee")
    await ann.presses("No thanks")
    assert "Not linked" in ann.card()["lines"]
    assert "declined" in await state(acme, "Ann Lee")
    before = len(ann.cards())
    await acme.later(days=20)
    assert len(ann.cards()) == before, "nobody asks again"
    await ann.types("connect")
    assert "linked" in await ann.allows("zoom")


async def test_three_weeks_of_silence(acme: Company) -> None:
    """First card, then three reminders, then quiet; all within working hours."""
    await asked(acme)
    ann = acme.seat("slack", "Ann Lee")
    shown = [len(ann.cards())]
    for _ in range(21 * 4):
        await acme.later(hours=6)
        shown.append(len(ann.cards()))
    assert shown[0] == 1 and shown[-1] == 4
    assert "did not answer the last reminder" in await state(acme, "Ann Lee")


async def test_typed_twins_of_the_buttons(acme: Company) -> None:
    await asked(acme)
    ann = acme.seat("slack", "Ann Lee")
    await ann.tells_bot("not now")
    assert "Not now" in "\n".join(ann.card("asks to link")["lines"])
    await ann.tells_bot("No thanks.")
    assert "declined" in await state(acme, "Ann Lee")


async def test_bobs_permission_is_taken_back_and_healed(acme: Company) -> None:
    """Messages wait, go out in order after the new Allow, and none is lost or doubled."""
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    ann, bob = acme.seat("slack", "Ann Lee"), acme.seat("zoom", "Bob Kim")
    ann_in_zoom, bob_in_slack = acme.seat("zoom", "Ann Lee"), acme.seat("slack", "Bob Kim")
    await bob.says(ann_in_zoom, "one")
    await acme.settle()
    await acme.sandbox.fakes["slack"].revoke(bob_in_slack.id)
    await acme.settle()
    for word in ("two", "three", "four"):
        await bob.says(ann_in_zoom, word)
    await acme.settle()
    assert ann.hears(bob_in_slack) == ["one"]
    assert "pending" in await state(acme, "Bob Kim")
    assert "linked" in await bob.allows("slack")
    assert ann.hears(bob_in_slack) == ["one", "two", "three", "four"]


async def test_held_messages_end_with_a_word_to_their_writer(acme: Company) -> None:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    bob = acme.seat("zoom", "Bob Kim")
    await acme.sandbox.fakes["slack"].revoke(acme.seat("slack", "Bob Kim").id)
    await acme.settle()
    await bob.says(acme.seat("zoom", "Ann Lee"), "too late")
    await acme.settle()
    await acme.later(hours=73)
    assert "deleted unsent" in "\n".join(bob.card("did not get your message")["lines"])
    assert acme.seat("slack", "Ann Lee").sees(acme.seat("slack", "Bob Kim")) == []


async def test_disconnect_stops_at_once_and_revokes(acme: Company) -> None:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.link("Bob Kim", "zoom", "slack")
    ann = acme.seat("slack", "Ann Lee")
    await ann.types("disconnect")
    assert "Zoom disconnected" in "\n".join(ann.card("disconnected")["lines"])
    zoom = acme.sandbox.fakes["zoom"]
    assert acme.seat("zoom", "Ann Lee").id not in zoom.tokens.of_user  # type: ignore[attr-defined]
    await acme.seat("zoom", "Bob Kim").says(acme.seat("zoom", "Ann Lee"), "anybody there?")
    await acme.settle()
    assert ann.sees(acme.seat("slack", "Bob Kim")) == []


async def test_reset_and_remove_ask_first_and_erase(acme: Company) -> None:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("reset ann@acme.example")
    assert "It can be undone for 3 days" in "\n".join(maya.card("Reset Ann Lee?")["lines"])
    await maya.presses("Confirm", "Reset Ann Lee?")
    assert "not created" in await state(acme, "Ann Lee")
    await maya.types("remove ann@acme.example")
    await maya.presses("Confirm", "Remove Ann Lee?")
    await maya.types("status ann@acme.example")
    assert "I found nobody" in "\n".join(maya.card()["lines"])


async def test_cancelling_a_plan_sends_nothing(acme: Company) -> None:
    await acme.import_all()
    maya = acme.seat("slack", "Maya Ortiz")
    await maya.types("sync ann@acme.example primary=slack")
    await maya.presses("Cancel")
    assert acme.seat("slack", "Ann Lee").cards() == []
    assert "was cancelled" in maya.card()["lines"][0]


async def test_somebody_elses_plan_cannot_be_confirmed(acme: Company) -> None:
    await acme.import_all()
    await acme.seat("slack", "Maya Ortiz").types("sync ann@acme.example primary=slack")
    other = acme.seat("zoom", "Maya Ortiz")
    await other.types("confirm 1")
    assert "Plan 1 belongs to Maya Ortiz in Slack" in "\n".join(other.card()["lines"])
    assert acme.seat("slack", "Ann Lee").cards() == []


async def test_people_who_may_not_are_told_who_can_help(acme: Company) -> None:
    await acme.import_all()
    bob = acme.seat("zoom", "Bob Kim")
    await bob.types("import")
    assert "Ask Maya Ortiz" in "\n".join(bob.card()["lines"])


async def test_leaving_the_company_ends_everything(acme: Company) -> None:
    await acme.import_all()
    await acme.link("Ann Lee", "slack", "zoom")
    await acme.sandbox.fakes["slack"].deactivate(acme.seat("slack", "Ann Lee").id)
    await acme.settle()
    zoom = acme.sandbox.fakes["zoom"]
    assert acme.seat("zoom", "Ann Lee").id not in zoom.tokens.of_user  # type: ignore[attr-defined]
    links = await acme.program.store.read(lambda tx: tx.links.counts())
    assert all(state != "synced" for (_, state) in links)
