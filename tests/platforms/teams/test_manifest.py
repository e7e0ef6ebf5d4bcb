"""What a Teams administrator uploads: the vendor's description accepts it, and it asks for what the program uses, no more.

Tests against the vendor's description run where VENDOR_SPECS names its folder; they skip elsewhere.
"""

import io
import json
import os
import re
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.presence import Presence
from bot.verbs import TABLE
from platforms.teams import icons, manifest, oauth

SPECS = Path(os.environ.get("VENDOR_SPECS", "")) / "teams"
vendors = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")
PUBLIC = "https://mio.acme.example"
ACME = Presence(PUBLIC, "/mio", "Mio", "Acme", "help@acme.example", f"{PUBLIC}/privacy", f"{PUBLIC}/terms")
APP = "44444444-DDDD-4ddd-8ddd-444444444444"
TEAMS = replace(ACME, own={"MIO_TEAMS_APP_ID": APP}, at=datetime(2026, 3, 2, 0, 5, 9, tzinfo=UTC))


def papers_of(presence: Presence) -> dict[str, Any]:
    return {document.name: document.data or document.text for document in manifest.documents(presence)}


def picture(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and the pixels' four bytes each, row by row, of a PNG whose every chunk is whole."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, dict[bytes, bytes]()
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, held = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + held),)
        chunks[kind], at = held, at + 12 + size
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 6, 0, 0, 0] and list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    raw, line = zlib.decompress(chunks[b"IDAT"]), width * 4 + 1
    assert len(raw) == height * line and {raw[row * line] for row in range(height)} == {0}
    return width, height, b"".join(raw[row * line + 1 : (row + 1) * line] for row in range(height))


def test_teams_package() -> None:
    """A manifest and two icons, and outside of it the same manifest to look at."""
    papers = papers_of(TEAMS)
    with zipfile.ZipFile(io.BytesIO(papers["mio-teams.zip"])) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert set(held) == {"manifest.json", "color.png", "outline.png"}
    assert held["manifest.json"].decode() == papers["teams-manifest.json"]
    made = json.loads(held["manifest.json"])
    assert set(made["icons"].values()) | {"manifest.json"} == set(held)
    assert made["id"] == made["bots"][0]["botId"] == made["webApplicationInfo"]["id"] == APP.lower()
    assert papers_of(TEAMS) == papers, "the same again"


def test_teams_icons() -> None:
    """In colour without holes; the outline white on nothing."""
    color, outline = (picture(data) for data in (icons.color(), icons.outline()))
    assert color[:2] == (192, 192) and set(color[2][3::4]) == {255}
    assert outline[:2] == (32, 32)
    pixels = [outline[2][at : at + 4] for at in range(0, len(outline[2]), 4)]
    assert {pixel[:3] for pixel in pixels} == {b"\xff\xff\xff"}
    assert {0, 255} <= {pixel[3] for pixel in pixels}
    edge = [pixels[row * 32 + column] for row in range(32) for column in range(32) if {row, column} & {0, 1, 30, 31}]
    assert {pixel[3] for pixel in edge} == {0}


def test_teams_commands_are_the_programs_own() -> None:
    """One list for each place; in shared ones behind the slash as well, answered so that nobody else reads it."""
    (bot,) = manifest.manifest(TEAMS)["bots"]
    assert bot["supportsTargetedMessages"] is True and set(bot["scopes"]) == {"personal", "team", "groupChat"}
    personal, shared = bot["commandLists"]
    assert personal["scopes"] == ["personal"] and "triggers" not in personal
    assert shared["scopes"] == ["team", "groupChat"] and shared["triggers"] == ["mention", "slash"]
    rows = {row.verb: row.line for row in TABLE if not row.quiet}
    for commands in (personal["commands"], shared["commands"]):
        assert 0 < len(commands) <= 12 and commands[0]["title"] == "help"
        assert all(rows[one["title"]] == one["description"] for one in commands)


def test_each_edition_of_teams_package_has_a_higher_number() -> None:
    moments = [TEAMS.at, datetime(2026, 3, 2, 0, 5, 10, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)]
    moments += [datetime(2026, 3, 3, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]
    editions = [manifest.manifest(replace(TEAMS, at=at))["version"] for at in moments]
    numbers = [tuple(int(part) for part in edition.split(".")) for edition in editions]
    assert numbers == sorted(set(numbers)) and editions[0] == "1.20260302.509"


def test_without_an_app_teams_package_is_not_to_be_uploaded() -> None:
    uses = {document.name: document.use for document in manifest.documents(ACME)}
    assert uses["mio-teams.zip"].startswith("Not to be uploaded yet: set MIO_TEAMS_APP_ID")
    assert "Not to be" not in {document.name: document.use for document in manifest.documents(TEAMS)}["mio-teams.zip"]


def test_teams_addresses_and_rights() -> None:
    """The addresses are served, and each right that the code asks for is listed with its number, no other."""
    said = papers_of(TEAMS)["teams-values.txt"]
    for path in ("/api/messages", "/oauth/teams/callback", "/oauth/teams/adminconsent"):
        assert f"    {PUBLIC}{path}\n" in said
    listed = re.findall(r"^    [0-9a-f]{8}-[0-9a-f-]{27}  (\S+)$", said, re.MULTILINE)
    assert listed == [*oauth.PERSON_SCOPES, *oauth.ROLES]
    made = manifest.manifest(TEAMS)
    assert made["validDomains"] == ["mio.acme.example"]
    about = made["developer"]
    assert [about[name] for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl")] == [
        PUBLIC,
        ACME.privacy_url,
        ACME.terms_url,
    ]


@vendors
@pytest.mark.parametrize("version", ["1.29", "1.30"])
@pytest.mark.parametrize("presence", [TEAMS, ACME, replace(TEAMS, company="x" * 99, bot_name="y" * 99)], ids=["", "bare", "long"])  # fmt: skip
def test_teams_schema_accepts_it(version: str, presence: Presence) -> None:
    schema = json.loads((SPECS / f"teams-app-manifest-{version}.schema.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    made = {**manifest.manifest(presence), "manifestVersion": version}
    assert not [error.message for error in validator.iter_errors(made)]
    made["bots"][0]["commandLists"][0]["commands"] = [{"title": str(number)} for number in range(13)]
    assert list(validator.iter_errors(made)), "the schema is able to refuse"


@vendors
def test_teams_rights_have_their_public_numbers() -> None:
    published = json.loads((SPECS / "graph-scopes.json").read_text())
    assert published["resourceAppId"] == manifest.GRAPH
    for kind, mine in (("delegated", manifest.DELEGATED), ("application", manifest.APPLICATION)):
        known = {one["value"]: one["id"] for one in published[kind]}
        assert mine == {name: known[name] for name in mine}
    assert set(manifest.DELEGATED) == set(oauth.PERSON_SCOPES) and set(manifest.APPLICATION) == set(oauth.ROLES)
