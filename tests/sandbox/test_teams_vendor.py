"""The fake against Microsoft's own descriptions: permissions, answers, activities, notifications, cards, the vectors.

Runs where VENDOR_SPECS names the folder of the vendors' descriptions; skips elsewhere.
"""

import base64
import json
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from descriptions import needed, nullable, read
from teams_tenant import Answer, Api, Tenant, coded, decrypted, html

from sandbox.teams import cards
from sandbox.teams.book import Subscription
from sandbox.teams.notify import encrypted
from sandbox.teams.tenant import PUBLISHER
from sandbox.teams.tokens import ROLES

pytestmark = needed
CAST = ("microsoft.graph.user", "microsoft.graph.group", "microsoft.graph.directoryRole")
# A subscription takes the permission of what it is for: learn.microsoft.com/graph/api/resources/subscription.
# The chats of a named person are described under /me.
# The bin and files by their path are not in the cut, or with a path that no template matches.
UNLISTED = ("/subscriptions", "/users/{}/drive", "/users/{}/chats/getAllMessages/", "/directory/deletedItems")
# The map knows no person's right to a picture's bytes; whether it follows from the list is an open point.
CHATS_OF_ONE, PICTURE = "/users/{}/chats", "/chats/{}/messages/{}/hostedContents/{}/$value"


def described() -> dict[tuple[str, str], dict[str, Any]]:
    """Operations by verb and path with the names of arguments taken out."""
    found = {}
    for path, operations in read("teams/graph-v1.0-cut.openapi.json")["paths"].items():
        for verb, operation in operations.items():
            found[verb.upper(), plain(path.replace("()", ""))] = operation
    return found


def plain(path: str) -> str:
    return "/".join("{}" if part.startswith("{") and part.endswith("}") else part for part in path.split("/"))


def valid(answer: Any, operation: dict[str, Any], status: int) -> None:
    """Against the schema of that status, with what it refers to."""
    whole = read("teams/graph-v1.0-cut.openapi.json")
    response = operation["responses"].get(str(status)) or operation["responses"]["default"]
    schema = response["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**nullable(schema), "components": nullable(whole["components"])}).validate(answer)


def test_permissions_are_among_those_the_map_names(teams: Tenant) -> None:
    operations = described()
    looked = 0
    for _, route in teams.fake.graph.table:
        path = plain("/".join(part for part in route.path.split("/") if part not in CAST))
        if path.startswith(UNLISTED) or path in (CHATS_OF_ONE, PICTURE):
            continue
        listed = operations[route.method, path].get("x-permissions", {})
        for kind, ours in (("DelegatedWork", route.delegated), ("Application", route.roles)):
            named = {*listed.get(kind, {}).get("least", ()), *listed.get(kind, {}).get("other", ())}
            assert set(ours) <= named, (route.method, route.path, kind, set(ours) - named)
        looked += 1
    assert looked > 25


async def answers(teams: Tenant) -> list[tuple[str, str, Answer]]:
    """An answer of every route that has a body to look at."""
    app, ann = await teams.app(), (await teams.subscribed("Ann Lee"))[0]
    await teams.installed("Ann Lee")
    chat = await teams.chat(ann, "Ann Lee", "Bob Kim")
    at, who = f"/chats/{coded(chat)}", f"/users/{teams.id('Ann Lee')}"
    said = await ann.post(f"{at}/messages", html("hello"))
    team = (await app.get("/teams")).body["value"][0]["id"]
    quote = {"messageIds": [said.body["id"]], "replyMessage": html("ok")}
    full = "?$select=id,mail,assignedPlans,assignedLicenses,accountEnabled,proxyAddresses,userType"
    held = {"ids": [team]}
    return [
        ("GET", "/users", await app.get("/users" + full)),
        ("GET", "/users/{}", await app.get(who)),
        ("GET", "/me", await ann.get("/me")),
        ("GET", "/users/{}/transitiveMemberOf", await app.get(f"/users/{teams.id('Maya Ortiz')}/transitiveMemberOf")),
        ("POST", "/users/{}/checkMemberObjects", await app.post(f"{who}/checkMemberObjects", held)),
        ("GET", "/users/{}/joinedTeams", await app.get(f"{who}/joinedTeams")),
        ("GET", "/organization", await app.get("/organization")),
        ("GET", "/groups", await app.get("/groups")),
        ("GET", "/groups/{}/members", await app.get(f"/groups/{team}/members")),
        ("GET", "/teams", await app.get("/teams")),
        ("GET", "/teams/{}", await app.get(f"/teams/{team}")),
        ("GET", "/teams/{}/members", await app.get(f"/teams/{team}/members")),
        ("GET", "/appCatalogs/teamsApps", await app.get("/appCatalogs/teamsApps?$expand=appDefinitions")),
        ("GET", "/users/{}/teamwork/installedApps", await app.get(f"{who}/teamwork/installedApps?$expand=teamsApp")),
        ("POST", "/chats", await ann.post("/chats", teams.pair("Ann Lee", "Bob Kim"))),
        ("GET", "/me/chats", await ann.get("/me/chats?$expand=members,lastMessagePreview")),
        ("GET", "/chats/{}", await ann.get(at)),
        ("GET", "/chats/{}/members", await ann.get(f"{at}/members")),
        ("POST", "/chats/{}/messages", said),
        ("POST", "/chats/{}/messages/replyWithQuote", await ann.post(f"{at}/messages/replyWithQuote", quote)),
        ("GET", "/chats/{}/messages", await ann.get(f"{at}/messages")),
        ("GET", "/chats/{}/messages/{}", await ann.get(f"{at}/messages/{said.body['id']}")),
        ("GET", "/subscriptions", await ann.get("/subscriptions")),
        ("GET", "/users/{}", await app.get("/users/nobody")),
        *await drive(ann),
        *await directory(teams),
    ]


async def drive(ann: Api) -> list[tuple[str, str, Answer]]:
    at = "/me/drive/root:/Chat/a.txt:"
    made = await ann.call("PUT", f"{at}/content", b"x")
    item, share = made.body, base64.urlsafe_b64encode(made.body["webUrl"].encode()).decode().rstrip("=")
    whom = {"recipients": [{"email": "bob@acme.example"}], "roles": ["read"]}
    place = f"/drives/{item['parentReference']['driveId']}/items/{item['id']}"
    return [
        ("PUT", "/me/drive/root:/{item-path}:/content", made),
        ("POST", "/me/drive/root:/{item-path}:/createUploadSession", await ann.post(f"{at}/createUploadSession", {})),
        ("GET", "/drives/{}/items/{}", await ann.get(place)),
        ("POST", "/drives/{}/items/{}/invite", await ann.post(f"{place}/invite", whom)),
        ("GET", "/shares/{}/driveItem", await ann.get(f"/shares/u!{share}/driveItem")),
    ]


async def directory(teams: Tenant) -> list[tuple[str, str, Answer]]:
    teams.fake.tokens.consent_everybody(roles=(*ROLES, "User.Invite.All"))
    app = await teams.app()
    guest = {"invitedUserEmailAddress": "carla@partner.example", "inviteRedirectUrl": "https://bot.example/"}
    return [
        ("GET", "/users/delta", await app.get("/users/delta?$select=id,mail")),
        ("GET", "/groups/delta", await app.get("/groups/delta?$select=displayName,members")),
        ("GET", "/groups/delta", await app.get("/groups/delta?$deltatoken=old")),
        ("POST", "/invitations", await app.post("/invitations", guest)),
    ]


@pytest.mark.parametrize("mean", [False, True])
async def test_answers_fit_the_descriptions(teams: Tenant, mean: bool) -> None:
    found = await answers(teams)
    if mean:
        teams.switch(mean=True)
        teams.later(3)
        await teams.fake.say(teams.id("Bob Kim"), teams.id("Ann Lee"), "hi")
    operations = described()
    assert [a.status for _, _, a in found if a.status >= 300] == [404, 410], "the rest are answers, not refusals"
    for verb, path, answer in found:
        valid(answer.body, operations[verb, path], answer.status)


@pytest.mark.parametrize("mean", [False, True])
async def test_notifications_and_their_messages_fit_as_well(teams: Tenant, mean: bool) -> None:
    await teams.subscribed("Ann Lee")
    teams.switch(mean=mean)
    bob, ann = teams.id("Bob Kim"), teams.id("Ann Lee")
    native = await teams.fake.say(bob, ann, "draft")
    await teams.fake.edit(bob, native, "final")
    await teams.fake.react(ann, bob, native, "👍")
    await teams.fake.delete(bob, native)
    await teams.fake.revoke(ann)
    await teams.idle()
    whole = nullable(read("teams/graph-v1.0-cut.openapi.json")["components"])
    where = "#/components/schemas/microsoft.graph."
    for heard in teams.bot.heard:
        jsonschema.validate(heard.json(), {"$ref": f"{where}changeNotificationCollection", "components": whole})
    sample = json.loads(
        read("teams/notification-and-jwt-vectors.json")["notificationCrypto"]["positive"][0]["plaintext"]
    )
    for item in teams.bot.notices():
        message = decrypted(item["encryptedContent"])
        jsonschema.validate(message, {"$ref": f"{where}chatMessage", "components": whole})
        assert set(message) == set(sample)
    assert [n["lifecycleEvent"] for n in teams.bot.notices("/teams/lifecycle")] == ["subscriptionRemoved"]


def vector_key() -> RSAPrivateKey:
    lines = read("teams/notification-and-jwt-vectors.json")["notificationCrypto"]["throwAwayPrivateKeyPkcs8DerBase64"]
    found = serialization.load_der_private_key(base64.b64decode("".join(lines)), None)
    assert isinstance(found, RSAPrivateKey)
    return found


def test_the_vectors_are_read_and_ours_look_the_same() -> None:
    """Our reader reads the vendor's form; what we write for the same certificate is read by the same reader."""
    crypto = read("teams/notification-and-jwt-vectors.json")["notificationCrypto"]
    certificate, key = crypto["encryptionCertificateBase64Der"], vector_key()
    about: tuple[Any, ...] = (
        "s",
        "u",
        "r",
        "r",
        ("created",),
        "u",
        "",
        "",
        True,
        certificate,
        "cert-2026-03",
        0.0,
        0.0,
    )
    for vector in crypto["positive"]:
        content = vector["encryptedContent"]
        assert decrypted(content, key) == json.loads(vector["plaintext"])
        ours = encrypted(Subscription(*about), vector["plaintext"].encode())
        assert decrypted(ours, key) == json.loads(vector["plaintext"])
        assert set(ours) == set(content)
        for name in ("encryptionCertificateId", "encryptionCertificateThumbprint"):
            assert ours[name] == content[name]
    for vector in crypto["negative"]:
        if vector["name"].startswith(("ciphertext", "signature")):
            with pytest.raises(AssertionError):
                decrypted(vector["encryptedContent"], key)


@pytest.mark.parametrize(("mean", "sample"), [(False, "good"), (True, "v2Form")])
async def test_tokens_carry_what_the_vectors_carry(teams: Tenant, mean: bool, sample: str) -> None:
    def claims(token: str) -> dict[str, Any]:
        part = token.split(".")[1]
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return found

    teams.switch(mean=mean)
    vectors = read("teams/notification-and-jwt-vectors.json")["jwt"]
    theirs, ours = claims(vectors["graphValidationToken"][sample]), claims(teams.fake.notify.validation_token())
    assert set(theirs) <= set(ours) and PUBLISHER in (ours.get("appid"), ours.get("azp"))
    assert set(claims(vectors["botFramework"]["good"])) == set(claims(teams.fake.activities.token()))
    [key] = teams.fake.activities.keys.published()["keys"]
    assert set(key) <= set(vectors["jwks"]["keys"][0])


async def test_activities_have_only_fields_the_description_knows(teams: Tenant) -> None:
    ann = teams.id("Ann Lee")
    native = await teams.fake.say(ann, "bot", "help")
    await teams.fake.edit(ann, native, "status")
    await teams.fake.mention(ann, "Everybody", "status")
    await teams.fake.delete(ann, native)
    await teams.idle()
    known = set(read("teams/bot-connector.swagger.json")["definitions"]["Activity"]["properties"])
    heard = teams.bot.activities()
    assert {activity["type"] for activity in heard} >= {
        "message",
        "messageUpdate",
        "messageDelete",
        "conversationUpdate",
    }
    for activity in heard:
        assert set(activity) <= known


def text(**more: Any) -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x", **more}]}


def taken_by_the_schema(card: dict[str, Any]) -> bool:
    schema = {**read("teams/adaptive-card-1.5.schema.json")}
    return jsonschema.Draft6Validator(schema).is_valid(card)


def test_the_vendors_example_card_is_taken() -> None:
    card = read("teams/example-consent-card.json")
    assert taken_by_the_schema(card)
    assert cards.lines(cards.check(card))[0] == "Connect your Slack account"
    assert [button["label"] for button in cards.buttons(card)] == ["Allow", "Not now"]


@pytest.mark.parametrize(
    "card",
    [text(text=3), text(wrap="yes"), text(size="huge"), text(type="Input.Text", text=None), {"type": "AdaptiveCard"}],
)
def test_what_the_schema_refuses_is_refused(card: dict[str, Any]) -> None:
    with pytest.raises(cards.CardFault):
        cards.check(card)
    # A card without a version or a body is formally right and shows nothing: there the fake is the stricter one.
    assert not taken_by_the_schema(card) or "body" not in card
