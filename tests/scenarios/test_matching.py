"""People whose addresses differ: another case, an old domain, two accounts with one address, and what was joined or parted by hand."""

import pytest
from company import Company, Seat


def addressed(acme: Company, platform: str, name: str, email: str) -> None:
    """Somebody has had another address at a platform ever since."""
    world = acme.sandbox.core.world
    world.change(world.accounts[platform][acme.seat(platform, name).id], email=email)


async def told(seat: Seat, text: str, *words: str) -> str:
    """The answer to a command, which says all of these words."""
    said = await seat.asks(text)
    assert all(each in said for each in words), said
    return said


@pytest.fixture
def maya(acme: Company) -> Seat:
    return acme.seat("slack", "Maya Ortiz")


async def test_the_case_of_an_address_does_not_matter(acme: Company, maya: Seat) -> None:
    addressed(acme, "zoom", "Emil Novak", "Emil.NOVAK@Acme.Example")
    addressed(acme, "slack", "Emil Novak", "emil.novak@acme.example")
    await acme.import_all()
    await told(maya, "status EMIL.novak@ACME.example", "Emil Novak", "Slack, Zoom")


async def test_an_old_domain_is_read_as_the_new_one_from_the_next_import_on(acme: Company, maya: Seat) -> None:
    addressed(acme, "slack", "Emil Novak", "emil@old.example")
    await acme.import_all()
    await told(maya, "status", "13 people imported")
    await told(maya, "alias Old.example=acme.example", "read as acme.example from the next import on")
    assert maya.buttons() == ["Import users"]
    await maya.presses("Import users")
    await told(maya, "status", "12 people imported")
    await told(maya, "status emil@old.example", "Emil Novak", "Slack, Zoom")
    await told(maya, "alias acme.example=old.example", "is read as", "lead nowhere")
    await told(maya, "alias old.example=acme.example", "from the next import on")


async def test_two_accounts_with_one_address_are_a_conflict_until_one_is_parted(acme: Company, maya: Seat) -> None:
    """Gus got a second Zoom account under an old domain. Nobody guesses which one is his; Maya takes the wrong one out."""
    await acme.import_all()
    await told(maya, "alias old.example=acme.example", "from the next import on")
    await acme.fake("zoom").join("Gus W.", "gus@old.example")
    await acme.settle()
    await acme.import_all(maya)
    assert "*1*  conflicts" in "\n".join(maya.card("Import is done")["lines"])
    await told(maya, "status gus@acme.example", "Slack, Zoom")
    await told(maya, "match slack:gus@acme.example zoom:gus@old.example", "has an account on Zoom already", "Unmatch")
    await told(maya, "unmatch zoom:gus@acme.example", "gus@acme.example (Zoom) is no longer Gus Weber's")
    await told(maya, "match slack:gus@acme.example zoom:gus@old.example", "Gus Weber", "to decide")
    await acme.import_all(maya)
    await told(maya, "status", "13 people imported")
    await told(maya, "unmatch zoom:gus@old.example", "gus@old.example (Zoom) is no longer Gus Weber's")


async def test_by_hand_whoever_is_called_differently(acme: Company, maya: Seat) -> None:
    """Fay writes as fay.w in Zoom. Joined by hand she stays one person over the next import, whatever the addresses say."""
    addressed(acme, "zoom", "Fay Wong", "f.w@subsidiary.example")
    await acme.import_all()
    await told(maya, "match fay@acme.example zoom:f.w@subsidiary.example", "Fay Wong", "to decide")
    await told(maya, "match fay@acme.example zoom:f.w@subsidiary.example", "Both accounts are Fay Wong's already")
    await acme.import_all(maya)
    await told(maya, "status", "12 people imported")
    await told(maya, "status fay@acme.example", "Slack, Zoom")
    await acme.link("Fay Wong", "slack", "zoom")
    await told(maya, "unmatch slack:fay@acme.example", "synced or being asked", "Reset them first")


async def test_parted_by_hand_stays_apart_over_the_next_imports(acme: Company, maya: Seat) -> None:
    """Jill's Zoom account belongs to another Jill although the address is the same."""
    await acme.import_all()
    await told(maya, "unmatch zoom:jill@acme.example", "no longer Jill Moore's", "stays apart")
    for _ in range(2):
        await acme.import_all(maya)
        await told(maya, "status", "13 people imported")
    await told(maya, "unmatch zoom:jill@acme.example", "the only account of its person")
    await told(maya, "match slack:jill@acme.example zoom:jill@acme.example", "Jill Moore", "to decide")
    await acme.import_all(maya)
    await told(maya, "status", "12 people imported")


async def test_what_is_not_meant_is_named(acme: Company, maya: Seat) -> None:
    await acme.import_all()
    await told(
        maya,
        "match ann@acme.example zoom:bob@acme.example",
        "Several accounts have “ann@acme.example”",
        "slack:ann",
        "zoom:ann",
    )
    await told(
        maya, "match slack:nobody@acme.example zoom:bob@acme.example", "I know no account with “nobody@acme.example”"
    )
    await told(maya, "match slack:ann@acme.example zoom:bob@acme.example", "at most one there")
    await told(maya, "unmatch zoom:pat@acme.example", "the only account of its person")
    ann = acme.seat("slack", "Ann Lee")
    await told(ann, "match slack:ann@acme.example zoom:bob@acme.example", "administrator")
