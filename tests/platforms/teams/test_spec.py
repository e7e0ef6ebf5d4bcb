"""What the program knows of Teams before it is connected, and settings that are wrong as a whole."""

import pytest

import platforms
from bot.platform import ByTeam, Finds, Hearing, Lent, Listens, Revocable, Scope
from bot.ready import GrantKind
from platforms.teams import SPEC
from platforms.teams.trust import trusted

SMBA = "https://smba.trafficmanager.net/teams"
HERE = "http://127.0.0.1:8090/teams/connector"


def test_teams_is_declared_by_its_public_names() -> None:
    required = [setting.name.removeprefix("MIO_TEAMS_") for setting in SPEC.settings if setting.required]
    assert required == ["APP_ID", "APP_SECRET", "TENANT_ID"]
    defaults = {
        setting.name.removeprefix("MIO_TEAMS_"): setting.default for setting in SPEC.settings if setting.default
    }
    assert defaults == {
        "LOGIN_URL": "https://login.microsoftonline.com",
        "GRAPH_URL": "https://graph.microsoft.com/v1.0",
        "OPENID_URL": "https://login.botframework.com/v1/.well-known/openidconfiguration",
        "BOT_SCOPE": "https://api.botframework.com/.default",
        "SERVICE_URL": SMBA,
        "ANONYMOUS": "0",
    }
    assert [setting.name for setting in SPEC.settings if setting.secret] == ["MIO_TEAMS_APP_SECRET"]


def test_consent_is_for_the_whole_tenant_and_cannot_be_ended_there() -> None:
    assert SPEC.installs({}) == (GrantKind.DIRECTORY,)
    assert SPEC.traits.scope is Scope.TEAMS and SPEC.traits.hearing is Hearing.PERSON
    assert SPEC.traits.revoke is Revocable.NONE and not SPEC.traits.explains_itself


def test_connecting_needs_no_network_and_gives_two_addresses(lent: Lent) -> None:
    platform, routes = platforms.connect(SPEC, lent)
    assert (platform.id, platform.traits) == ("teams", SPEC.traits)
    assert [(route.method, route.path) for route in routes] == [
        ("POST", "/api/messages"),
        ("POST", "/teams/notifications"),
    ]
    assert isinstance(platform, ByTeam) and isinstance(platform, Listens) and isinstance(platform, Finds)


@pytest.mark.parametrize(
    ("said", "service", "local", "wrong"),
    [
        ("0", SMBA, False, ""),
        ("1", HERE, True, ""),
        ("1", "http://localhost:3978", True, ""),
        ("1", SMBA, True, "on this machine"),
        ("1", HERE, False, "on this machine"),
        ("yes", HERE, True, "must be 0 or 1"),
    ],
)
def test_unsigned_activities_are_for_one_machine(said: str, service: str, local: bool, wrong: str) -> None:
    found = SPEC.problems({"MIO_TEAMS_ANONYMOUS": said, "MIO_TEAMS_SERVICE_URL": service}, local)
    assert len(found) == (1 if wrong else 0) and all(wrong in problem for problem in found)


def test_only_there_the_app_may_be_missing() -> None:
    assert SPEC.spared({"MIO_TEAMS_ANONYMOUS": "1"}) == {"MIO_TEAMS_APP_ID", "MIO_TEAMS_APP_SECRET"}
    assert SPEC.spared({"MIO_TEAMS_ANONYMOUS": "0"}) == SPEC.spared({}) == frozenset()


@pytest.mark.parametrize(
    ("service", "address", "good"),
    [
        (SMBA, "https://smba.trafficmanager.net/emea/", True),
        (SMBA, "https://smba.infra.gcc.teams.microsoft.com/teams/", True),
        (SMBA, "https://smba.infra.gov.teams.microsoft.us/teams/", True),
        (SMBA, "https://SMBA.trafficmanager.net:443/in/", True),
        (SMBA, "http://smba.trafficmanager.net/emea/", False),
        (SMBA, "https://smba.trafficmanager.net.evil.example/emea/", False),
        (SMBA, "https://evil.example/smba.trafficmanager.net", False),
        (SMBA, "https://smba.trafficmanager.net:8443/emea/", False),
        (SMBA, "https://ann@smba.trafficmanager.net/emea/", False),
        (SMBA, "https://smba.trafficmanager.net/emea/?to=evil", False),
        (SMBA, "https://[/", False),
        (HERE, "http://127.0.0.1:8090/teams/connector/emea/", True),
        (HERE, "http://127.0.0.1:8091/teams/connector/emea/", False),
        (HERE, "https://127.0.0.1:8090/teams/connector/", False),
        (HERE, "https://smba.trafficmanager.net/emea/", False),
    ],
)
def test_our_token_goes_to_microsoft_alone(service: str, address: str, good: bool) -> None:
    assert trusted(service, address) is good
