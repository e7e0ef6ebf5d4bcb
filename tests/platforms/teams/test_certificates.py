"""Certificates of our own: made once, changed in time, shared by processes; and what is opened with them, or is not."""

import asyncio
import base64
import hmac
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from teams_tenant import Tenant

from bot.events import Secret, Tokens
from bot.ids import AccountId
from bot.platform import Lent
from bot.ready import GrantKind
from platforms.teams.certificates import Certificate, Certificates, UnknownCertificate
from platforms.teams.keys import Forged
from platforms.teams.shapes import Encrypted

SPECS = Path(os.environ.get("VENDOR_SPECS", "")) / "teams" / "notification-and-jwt-vectors.json"
published = pytest.mark.skipif("VENDOR_SPECS" not in os.environ, reason="VENDOR_SPECS is not set")
DAY = 86_400
KEY = bytes(range(32))


@pytest.fixture
def certificates(lent: Lent) -> Certificates:
    return Certificates(lent)


@dataclass
class Remembering:
    """One process's view of what all share: what it read once it believes until it hears that it is stale."""

    shared: dict[GrantKind, Tokens]
    seen: Tokens | None = None
    together: asyncio.Barrier | None = None
    """Nobody keeps anything before all of them are about to."""

    async def person(self, account: AccountId) -> str:
        raise NotImplementedError

    async def person_or_none(self, account: AccountId) -> str | None:
        raise NotImplementedError

    async def ends(self, account: AccountId) -> datetime | None:
        raise NotImplementedError

    async def installed(self, kind: GrantKind) -> Tokens | None:
        self.seen = self.seen or self.shared.get(kind)
        return self.seen

    async def keep(self, kind: GrantKind, tokens: Tokens) -> None:
        if self.together is not None:
            await self.together.wait()
        self.shared[kind], self.seen = tokens, None

    def stale(self, account: AccountId | None, kind: GrantKind) -> None:
        assert (account, kind) == (None, GrantKind.CERTIFICATE)
        self.seen = None


def processes(lent: Lent, count: int) -> tuple[dict[GrantKind, Tokens], list[Certificates]]:
    shared: dict[GrantKind, Tokens] = {}
    return shared, [Certificates(replace(lent, tokens=Remembering(shared))) for _ in range(count)]


def kept(tokens: dict[GrantKind, Tokens]) -> list[str]:
    """Names of the kept certificates, newest first."""
    return [row["id"] for row in json.loads(tokens[GrantKind.CERTIFICATE].access)]


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def wrapped(certificate: Certificate, key: bytes, kind: hashes.HashAlgorithm | None = None) -> str:
    public = x509.load_der_x509_certificate(base64.b64decode(certificate.public)).public_key()
    assert isinstance(public, RSAPublicKey)
    kind = kind or hashes.SHA1()
    return text(public.encrypt(key, OAEP(MGF1(kind), kind, None)))


def sealed(certificate: Certificate, plain: bytes, *, pad: bool = True) -> Encrypted:
    """As Graph encrypts; ``pad`` False leaves the padding to the caller."""
    missing = 16 - len(plain) % 16 if pad else 0
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    data = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
    return Encrypted(text(data), text(hmac.digest(KEY, data, "sha256")), wrapped(certificate, KEY), certificate.id)


# -- making and keeping --------------------------------------------------------------------------


async def test_one_is_made_when_it_is_first_needed(certificates: Certificates, lent: Lent) -> None:
    one, same = await asyncio.gather(certificates.current(), certificates.current())
    assert one == same == await certificates.current()
    assert 0 < len(one.id) <= 128 and one.id.isascii()
    found = x509.load_der_x509_certificate(base64.b64decode(one.public, validate=True))
    public, now = found.public_key(), lent.clock.now()
    assert isinstance(public, RSAPublicKey) and public.key_size == 2_048
    assert found.not_valid_before_utc < now < found.not_valid_after_utc
    found.verify_directly_issued_by(found)


async def test_it_outlives_the_process(certificates: Certificates, lent: Lent) -> None:
    one = await certificates.current()
    again = Certificates(lent)
    assert await again.current() == one
    assert await again.open(sealed(one, b"hello")) == b"hello"


async def test_the_private_key_is_shown_nowhere(certificates: Certificates, lent: Lent) -> None:
    one = await certificates.current()
    tokens = await lent.tokens.installed(GrantKind.CERTIFICATE)
    assert tokens is not None and tokens.expires is None and not tokens.extra
    private = json.loads(tokens.access)[0]["private"]
    assert len(private) > 1_000
    assert private[:40] not in f"{tokens!r} {one!r} {certificates._pairs!r} {vars(certificates)!r}"


@pytest.mark.parametrize(
    "junk", ["installed", "", "[]", "{}", "7", '["x"]', '[{"id": "x"}]', '[{"id":"x","public":"y","private":"z"}]']
)
async def test_what_cannot_be_read_is_made_anew(certificates: Certificates, lent: Lent, junk: str) -> None:
    await lent.tokens.keep(GrantKind.CERTIFICATE, Tokens(Secret(junk)))
    with pytest.raises(UnknownCertificate):
        await certificates.open(Encrypted("", "", "", "x"))
    assert await certificates.open(sealed(await certificates.current(), b"hello")) == b"hello"


async def test_after_half_a_year_another_one_serves_and_the_former_opens_for_four_days(
    certificates: Certificates, tenant: Tenant, lent: Lent
) -> None:
    former = await certificates.current()
    tenant.later(180 * DAY - 60)
    assert await certificates.current() == former
    tenant.later(120)
    newer = await certificates.current()
    assert newer.id != former.id and newer.public != former.public
    tenant.later(4 * DAY - 60)
    assert await certificates.current() == newer
    assert await certificates.open(sealed(former, b"late")) == b"late"
    assert await certificates.open(sealed(newer, b"now")) == b"now"
    tenant.later(120)
    assert await certificates.current() == newer
    with pytest.raises(UnknownCertificate):
        await certificates.open(sealed(former, b"too late"))
    tokens = await lent.tokens.installed(GrantKind.CERTIFICATE)
    assert tokens is not None and kept({GrantKind.CERTIFICATE: tokens}) == [newer.id], "its key is erased as well"


# -- several processes ---------------------------------------------------------------------------


async def test_what_one_process_made_opens_in_the_other(lent: Lent, tenant: Tenant) -> None:
    shared, (one, other) = processes(lent, 2)
    first = await one.current()
    assert await other.current() == first
    tenant.later(181 * DAY)
    second = await one.current()
    assert await other.open(sealed(second, b"hello")) == b"hello"
    assert await other.current() == second
    assert kept(shared) == [second.id, first.id]


async def test_a_process_that_read_long_ago_does_not_make_a_third(lent: Lent, tenant: Tenant) -> None:
    shared, (one, other) = processes(lent, 2)
    first = await one.current()
    await other.current()
    tenant.later(181 * DAY)
    second = await one.current()
    assert await other.current() == second, "looked at again before another one was made"
    tenant.later(5 * DAY)
    assert await other.current() == second and kept(shared) == [second.id] != [first.id]
    assert await one.current() == second


async def test_who_is_slower_takes_the_other_ones(lent: Lent) -> None:
    shared, (one, other) = processes(lent, 2)
    made = await asyncio.gather(one.current(), other.current())
    assert made[0] == made[1] and kept(shared) == [made[0].id]


async def test_made_at_the_same_moment_the_later_stays(lent: Lent) -> None:
    shared, (one, other, third) = processes(lent, 3)
    barrier = asyncio.Barrier(2)
    for process in (one, other):
        assert isinstance(process.lent.tokens, Remembering)
        process.lent.tokens.together = barrier
    made = await asyncio.gather(one.current(), other.current())
    [stays] = kept(shared)
    assert len({certificate.id for certificate in made}) == 2, "or they did not meet"
    assert [certificate.id for certificate in (await one.current(), await other.current())] == [stays, stays]
    for certificate in made:
        for process in (one, other, third):
            if certificate.id == stays:
                assert await process.open(sealed(certificate, b"hello")) == b"hello"
            else:
                with pytest.raises(UnknownCertificate):
                    await process.open(sealed(certificate, b"hello"))


# -- opening -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [False, True], ids=["kind", "mean"])
async def test_bob_writes_to_ann_and_it_is_read(certificates: Certificates, tenant: Tenant, mean: bool) -> None:
    tenant.switch(mean=mean)
    own = await certificates.current()
    ann, bob = tenant.id("Ann Lee"), tenant.id("Bob Kim")
    named = {"encryptionCertificate": own.public, "encryptionCertificateId": own.id}
    answer = await (await tenant.person("Ann Lee")).post("/subscriptions", tenant.wanted(ann, **named))
    assert answer.status == 201, answer.body
    await tenant.fake.say(bob, ann, "hello, Ann \U0001f642")
    await tenant.idle()
    [notice] = tenant.bot.notices()
    content = msgspec.convert(notice["encryptedContent"], Encrypted)
    message = orjson.loads(await certificates.open(content))
    assert message["from"]["user"]["id"] == bob
    assert "hello, Ann \U0001f642" in message["body"]["content"]


def flipped(part: str, where: int = 0) -> str:
    raw = bytearray(base64.b64decode(part))
    raw[where] ^= 1
    return text(bytes(raw))


def changed(content: Encrypted, **parts: str) -> Encrypted:
    return msgspec.structs.replace(content, **parts)


FORGERIES: list[tuple[str, Callable[[Encrypted], Encrypted], str]] = [
    ("content", lambda c: changed(c, data=flipped(c.data)), "content signature"),
    ("the end of the content", lambda c: changed(c, data=flipped(c.data, -1)), "content signature"),
    ("less content", lambda c: changed(c, data=text(base64.b64decode(c.data)[:-16])), "content signature"),
    ("no content", lambda c: changed(c, data=""), "content signature"),
    ("signature", lambda c: changed(c, dataSignature=flipped(c.dataSignature)), "content signature"),
    ("no signature", lambda c: changed(c, dataSignature=""), "content signature"),
    ("half a signature", lambda c: changed(c, dataSignature=c.dataSignature[:20]), "content signature"),
    ("key", lambda c: changed(c, dataKey=flipped(c.dataKey)), "key"),
    ("no key", lambda c: changed(c, dataKey=""), "key"),
    ("content that is no base64", lambda c: changed(c, data="*"), "encoding"),
    ("signature that is no base64", lambda c: changed(c, dataSignature="\u00df"), "encoding"),
    ("key that is no base64", lambda c: changed(c, dataKey="abc"), "encoding"),
    ("key with a line break", lambda c: changed(c, dataKey=c.dataKey[:4] + "\n" + c.dataKey[4:]), "encoding"),
]


@pytest.mark.parametrize(("change", "why"), [row[1:] for row in FORGERIES], ids=[row[0] for row in FORGERIES])
async def test_what_was_changed_on_the_way(
    certificates: Certificates, change: Callable[[Encrypted], Encrypted], why: str
) -> None:
    content = sealed(await certificates.current(), b"hello, Ann, how are you?")
    assert await certificates.open(content) == b"hello, Ann, how are you?"
    with pytest.raises(Forged) as forged:
        await certificates.open(change(content))
    assert str(forged.value) == why


@pytest.mark.parametrize("size", [0, 16, 31, 33])
async def test_the_key_inside_has_32_bytes(certificates: Certificates, size: int) -> None:
    own = await certificates.current()
    key = (KEY * 2)[:size]
    raw = base64.b64decode(sealed(own, b"hello").data)
    signature = text(hmac.digest(key, raw, "sha256"))
    with pytest.raises(Forged, match=r"^key$"):
        await certificates.open(changed(sealed(own, b"hello"), dataKey=wrapped(own, key), dataSignature=signature))


@pytest.mark.parametrize("tail", [b"\0", b"\x11", b"\2\2\2\3", b""])
async def test_padding_is_whole(certificates: Certificates, tail: bytes) -> None:
    plain = b"x" * (16 - len(tail)) + tail if tail else b""
    with pytest.raises(Forged, match=r"^padding$"):
        await certificates.open(sealed(await certificates.current(), plain, pad=False))


async def test_only_sha_1_as_graph_does_it(certificates: Certificates) -> None:
    own = await certificates.current()
    with pytest.raises(Forged, match=r"^key$"):
        await certificates.open(changed(sealed(own, b"hello"), dataKey=wrapped(own, KEY, hashes.SHA256())))


async def test_the_name_of_somebody_elses_certificate(certificates: Certificates) -> None:
    content = sealed(await certificates.current(), b"hello")
    with pytest.raises(UnknownCertificate) as unknown:
        await certificates.open(changed(content, encryptionCertificateId="theirs"))
    assert "theirs" not in str(unknown.value)


# -- the published vectors -----------------------------------------------------------------------


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SPECS.read_text(encoding="utf-8"))["notificationCrypto"]
    return found


@pytest.fixture
async def theirs(lent: Lent) -> Certificates:
    found = vectors()
    row = {
        "id": found["encryptionCertificateId"],
        "public": found["encryptionCertificateBase64Der"],
        "private": "".join(found["throwAwayPrivateKeyPkcs8DerBase64"]),
        "made": lent.clock.now().isoformat(),
    }
    await lent.tokens.keep(GrantKind.CERTIFICATE, Tokens(Secret(json.dumps([row]))))
    return Certificates(lent)


@published
@pytest.mark.parametrize("number", range(5))
async def test_the_published_vectors_open(theirs: Certificates, number: int) -> None:
    vector = vectors()["positive"][number]
    opened = await theirs.open(msgspec.convert(vector["encryptedContent"], Encrypted))
    assert opened.decode() == vector["plaintext"]


NEGATIVE: dict[str, tuple[type[Exception], str]] = {
    "ciphertext changed, signature must fail before decrypt": (Forged, "^content signature$"),
    "signature of another key": (Forged, "^content signature$"),
    "unknown certificate id": (UnknownCertificate, "^not one of ours$"),
    "dataKey not decryptable": (Forged, "^key$"),
}


@published
@pytest.mark.parametrize("name", NEGATIVE)
async def test_the_published_forgeries_do_not(theirs: Certificates, name: str) -> None:
    [vector] = [vector for vector in vectors()["negative"] if vector["name"] == name]
    fault, words = NEGATIVE[name]
    with pytest.raises(fault, match=words):
        await theirs.open(msgspec.convert(vector["encryptedContent"], Encrypted))


@published
def test_no_published_vector_is_left_out() -> None:
    found = vectors()
    assert len(found["positive"]) == 5 and {vector["name"] for vector in found["negative"]} == set(NEGATIVE)
