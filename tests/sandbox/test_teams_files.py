"""Files and pictures: into a person's drive, shared with a colleague, opened by them; pictures inside of messages."""

import base64
from typing import Any

import pytest
from teams_tenant import Answer, Api, Tenant, coded

FOLDER = "/me/drive/root:/Microsoft%20Teams%20Chat%20Files"
PIECE = 320 * 1024
PICTURE = b"\x89PNG picture"


async def put(api: Api, name: str, content: bytes, conflict: str = "rename") -> Answer:
    path = f"{FOLDER}/{name}:/content?@microsoft.graph.conflictBehavior={conflict}"
    return await api.call("PUT", path, content)


def shares(url: str) -> str:
    coded_url = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    return f"/shares/u!{coded_url}/driveItem"


async def fetched(teams: Tenant, url: str, **headers: str) -> tuple[int, bytes]:
    async with teams.browser.get(url, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_a_file_goes_to_a_colleague(teams: Tenant) -> None:
    ann, bob = await teams.person("Ann Lee"), await teams.person("Bob Kim")
    made = await put(ann, "report.pdf", b"numbers")
    assert made.status == 201 and made.body["webUrl"].endswith("/Microsoft%20Teams%20Chat%20Files/report.pdf")
    guid, drive = made.body["eTag"].strip('"').split(",")[0].strip("{}"), made.body["parentReference"]["driveId"]
    chat = await teams.chat(ann, "Ann Lee", "Bob Kim")
    file = {"id": guid, "contentType": "reference", "contentUrl": made.body["webUrl"], "name": "report.pdf"}
    content = f'<p>see</p><attachment id="{guid}"></attachment>'
    body = {"body": {"contentType": "html", "content": content}, "attachments": [file]}
    sent = await ann.post(f"/chats/{coded(chat)}/messages", body)
    assert sent.status == 201 and sent.body["attachments"][0]["contentUrl"] == made.body["webUrl"]
    assert (await bob.get(shares(made.body["webUrl"]))).status == 404, "not shared yet"
    whom = {"recipients": [{"objectId": teams.id("Bob Kim")}], "roles": ["read"], "requireSignIn": True}
    item = f"/drives/{drive}/items/{made.body['id']}"
    assert (await bob.post(f"{item}/invite", whom)).status == 404, "only its owner shares it"
    assert (await ann.post(f"{item}/invite", whom)).status == 200
    found = (await bob.get(shares(made.body["webUrl"]))).body
    assert (found["name"], found["size"], found["file"]["mimeType"]) == ("report.pdf", 7, "application/pdf")
    away = await bob.get(f"{item}/content")
    assert away.status == 302
    for url in (away.headers["Location"], found["@microsoft.graph.downloadUrl"]):
        assert await fetched(teams, url) == (200, b"numbers")
        assert (await fetched(teams, url, Authorization=f"Bearer {bob.token}"))[0] == 401, "no token goes there"
    teams.later(3_601)
    assert (await fetched(teams, away.headers["Location"]))[0] == 404


async def test_opening_what_others_shared_may_need_more(teams: Tenant) -> None:
    ann, bob = await teams.person("Ann Lee"), await teams.person("Bob Kim")
    made = (await put(ann, "a.txt", b"x")).body
    item = f"/drives/{made['parentReference']['driveId']}/items/{made['id']}"
    await ann.post(f"{item}/invite", {"recipients": [{"email": "bob@corp.acme.example"}], "roles": ["read"]})
    teams.switch(mean=True)
    assert (await bob.get(shares(made["webUrl"]))).status == 403
    assert (await ann.get(shares(made["webUrl"]))).status == 200
    whom = {"recipients": [{"email": "fay@acme.example"}], "roles": ["read"]}
    assert (await bob.post(f"{item}/invite", whom)).status == 404, "who may read it may not pass it on"
    assert (await ann.get("/shares/u!bm90aGluZw==/driveItem")).status == 400, "padding does not belong there"


@pytest.mark.parametrize(("conflict", "status", "name"), [("rename", 201, "a 1.txt"), ("replace", 200, "a.txt")])
async def test_the_same_name_again(teams: Tenant, conflict: str, status: int, name: str) -> None:
    ann = await teams.person("Ann Lee")
    await put(ann, "a.txt", b"one")
    again = await put(ann, "a.txt", b"two", conflict)
    assert (again.status, again.body["name"]) == (status, name)
    assert (await put(ann, "a.txt", b"three", "fail")).code == "nameAlreadyExists"


async def test_what_is_not_put(teams: Tenant) -> None:
    ann = await teams.person("Ann Lee")
    assert (await put(ann, "big.bin", b"x" * (4 * 1024 * 1024 + 1))).status == 413
    assert (await put(ann, "a%7Cb.txt", b"x")).status == 400
    await teams.fake.remove_licence(teams.id("Ann Lee"))
    refused = await put(ann, "a.txt", b"x")
    assert (refused.status, refused.code) == (404, "ResourceNotFound"), "no licence, no drive"
    assert (await put(await teams.app(), "a.txt", b"x")).status == 400


async def piece(teams: Tenant, url: str, content: bytes, span: str, **headers: str) -> tuple[int, Any]:
    async with teams.browser.put(url, data=content, headers={"Content-Range": f"bytes {span}", **headers}) as answer:
        return answer.status, await answer.json()


async def test_a_large_file_in_pieces(teams: Tenant) -> None:
    ann, whole = await teams.person("Ann Lee"), b"a" * PIECE + b"b" * 10
    begun = await ann.post(f"{FOLDER}/film.mp4:/createUploadSession", {"item": {}})
    assert begun.status == 200 and begun.body["nextExpectedRanges"] == ["0-"]
    url, total = begun.body["uploadUrl"], len(whole)
    wrong = [
        (b"a" * 100, f"0-99/{total}", 400),
        (whole[:PIECE], f"0-{PIECE}/{total}", 400),
        (whole[PIECE:], f"{PIECE}-{total - 1}/{total}", 416),
    ]
    for content, span, status in wrong:
        assert (await piece(teams, url, content, span))[0] == status
    first = f"0-{PIECE - 1}/{total}"
    assert (await piece(teams, url, whole[:PIECE], first, Authorization=f"Bearer {ann.token}"))[0] == 401
    status, said = await piece(teams, url, whole[:PIECE], first)
    assert (status, said["nextExpectedRanges"]) == (202, [f"{PIECE}-"])
    status, item = await piece(teams, url, whole[PIECE:], f"{PIECE}-{total - 1}/{total}")
    assert (status, item["size"], item["name"]) == (201, total, "film.mp4")
    assert (await piece(teams, url, b"x", "0-0/1"))[0] == 404, "the session is over"


# -- pictures inside of messages ----------------------------------------------------------------


def pictured(**change: Any) -> dict[str, Any]:
    held = {"@microsoft.graph.temporaryId": "1", "contentBytes": base64.b64encode(PICTURE).decode()}
    content = '<p>look <img src="../hostedContents/1/$value" alt="chart"></p>'
    return {
        "body": {"contentType": "html", "content": content},
        "hostedContents": [{**held, "contentType": "image/png", **change}],
    }


async def test_a_picture_is_read_with_a_token(teams: Tenant) -> None:
    ann, bob = await teams.person("Ann Lee"), await teams.person("Bob Kim")
    at = f"/chats/{coded(await teams.chat(ann, 'Ann Lee', 'Bob Kim'))}/messages"
    sent = await ann.post(at, pictured())
    assert sent.status == 201 and "../hostedContents" not in sent.body["body"]["content"]
    [held] = (await bob.get(f"{at}/{sent.body['id']}/hostedContents")).body["value"]
    path = f"{at}/{sent.body['id']}/hostedContents/{held['id']}/$value"
    assert f"/hostedContents/{held['id']}/$value" in sent.body["body"]["content"]
    got = await bob.get(path)
    assert (got.body, got.headers["Content-Type"]) == (PICTURE, "image/png")
    assert (await (await teams.person("Fay Wong")).get(path)).status == 403
    teams.switch(mean=True)
    assert (await bob.get(path)).status == 403
    teams.switch(mean=False)
    await teams.fake.delete(teams.id("Ann Lee"), sent.body["id"])
    assert (await bob.get(path)).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"contentBytes": "%%%"}, 400),
        ({"contentType": "text/plain"}, 400),
        ({"@microsoft.graph.temporaryId": "2"}, 400),
        ({"contentBytes": base64.b64encode(b"x" * (4 * 1024 * 1024 + 3)).decode()}, 413),
    ],
)
async def test_pictures_that_do_not_fit(teams: Tenant, change: dict[str, Any], status: int) -> None:
    ann = await teams.person("Ann Lee")
    at = f"/chats/{coded(await teams.chat(ann, 'Ann Lee', 'Bob Kim'))}/messages"
    assert (await ann.post(at, pictured(**change))).status == status
