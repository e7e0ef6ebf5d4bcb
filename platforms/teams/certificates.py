"""The certificate for which Graph encrypts what it notifies of, its private key, and opening what came.

Keys are kept sealed by the engine and are never shown; what was opened is neither looked at nor kept here.
Source: learn.microsoft.com/graph/change-notifications-with-resource-data.
"""

import asyncio
import base64
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from bot.events import Secret, Tokens
from bot.platform import Lent
from bot.ready import GrantKind
from platforms.teams.keys import Forged
from platforms.teams.shapes import Encrypted, moment

SERVES = timedelta(days=180)
AFTERWARDS = timedelta(days=4)
"""How long a former key is kept: subscriptions that name it live for three days."""
BITS, KEY_BYTES, BLOCK_BITS = 2_048, 32, 128


class UnknownCertificate(Exception):
    """Encrypted for a certificate that is not ours, or not any more."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a subscription names: our own name for it, and its public part as DER in base64."""

    id: str
    public: str


@dataclass(frozen=True, slots=True)
class _Pair:
    certificate: Certificate
    made: datetime
    private: str = field(repr=False)
    """PKCS #8 as DER in base64."""
    key: RSAPrivateKey = field(repr=False)


class Certificates:
    """Newest first. What another process made is seen as soon as it is needed here."""

    def __init__(self, lent: Lent) -> None:
        self.lent = lent
        self._pairs: tuple[_Pair, ...] = ()
        self._mark: bytes | None = None
        """What was read last, without showing it: reading keys takes longer than seeing that they are the same."""
        self._lock = asyncio.Lock()

    async def current(self) -> Certificate:
        """The one for new subscriptions, made when there is none or when it has served its time.

        Where two processes make one at once the later stays; what was encrypted for the other is ``UnknownCertificate``.
        """
        async with self._lock:
            pairs = await self._look()
            if not self._settled(pairs):
                pairs = await self._settle(pairs)
            return pairs[0].certificate

    async def open(self, content: Encrypted) -> bytes:
        """What was encrypted for us. Raises ``Forged`` and ``UnknownCertificate``."""
        pair = _named(await self._known(), content.encryptionCertificateId)
        if pair is None:
            pair = _named(await self._look(), content.encryptionCertificateId)
        if pair is None:
            raise UnknownCertificate("not one of ours")
        return _opened(pair.key, content)

    # -- keeping ---------------------------------------------------------------------------------

    def _settled(self, pairs: Sequence[_Pair]) -> bool:
        return self._serving(pairs) and len(self._needed(pairs)) == len(pairs)

    def _serving(self, pairs: Sequence[_Pair]) -> bool:
        return bool(pairs) and self.lent.clock.now() - pairs[0].made < SERVES

    def _needed(self, pairs: Sequence[_Pair]) -> tuple[_Pair, ...]:
        """The newest, and those whose successor is not old enough."""
        now = self.lent.clock.now()
        return (*pairs[:1], *(pair for successor, pair in pairwise(pairs) if now - successor.made < AFTERWARDS))

    async def _settle(self, pairs: tuple[_Pair, ...]) -> tuple[_Pair, ...]:
        """Keep what is needed, a new one on top if it is time; and see which one stayed. Making one takes a while, in
        which another process may have been faster."""
        if not self._serving(pairs):
            made = await asyncio.to_thread(_made, self.lent.clock.now())
            pairs = await self._look()
            pairs = pairs if self._serving(pairs) else (made, *pairs)
        needed = self._needed(pairs)
        await self.lent.tokens.keep(GrantKind.CERTIFICATE, Tokens(Secret(_written(needed))))
        return await self._look() or needed

    async def _known(self) -> tuple[_Pair, ...]:
        """As last read in this process."""
        return self._pairs if self._mark is not None else await self._look()

    async def _look(self) -> tuple[_Pair, ...]:
        """As it is kept now: another process may have made one, or one later than ours."""
        if self._mark is not None:
            self.lent.tokens.stale(None, GrantKind.CERTIFICATE)
        tokens = await self.lent.tokens.installed(GrantKind.CERTIFICATE)
        kept = tokens.access if tokens is not None else ""
        mark = sha256(kept.encode()).digest()
        if mark != self._mark:
            self._mark, self._pairs = mark, _read(kept)
        return self._pairs


def _named(pairs: Sequence[_Pair], name: str) -> _Pair | None:
    return next((pair for pair in pairs if pair.certificate.id == name), None)


def _written(pairs: Sequence[_Pair]) -> str:
    return json.dumps([{**asdict(pair.certificate), "private": pair.private, "made": str(pair.made)} for pair in pairs])


def _read(kept: str) -> tuple[_Pair, ...]:
    """What cannot be read is as good as lost: a new one is made."""
    try:
        return tuple(_pair(row) for row in json.loads(kept))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()


def _pair(row: dict[str, Any]) -> _Pair:
    key = serialization.load_der_private_key(base64.b64decode(row["private"], validate=True), None)
    made = moment(row["made"])
    if not isinstance(key, RSAPrivateKey) or made is None:
        raise ValueError("not a pair of ours")
    return _Pair(Certificate(str(row["id"]), str(row["public"])), made, str(row["private"]), key)


def _made(now: datetime) -> _Pair:
    """Self-signed: Graph takes the key out of it and asks nobody about it. A tenth of a second or more of work."""
    key = generate_private_key(65_537, BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "change notifications")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + 2 * SERVES)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    own = Certificate(f"{now:%Y-%m-%d}-{secrets.token_hex(8)}", base64.b64encode(certificate).decode())
    return _Pair(own, now, base64.b64encode(private).decode(), key)


# -- opening -------------------------------------------------------------------------------------


def _opened(private: RSAPrivateKey, content: Encrypted) -> bytes:
    """The signature is checked before anything is decrypted with the key that it proves."""
    raw, signature, wrapped = (_bytes(part) for part in (content.data, content.dataSignature, content.dataKey))
    try:
        key = private.decrypt(wrapped, OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None))
    except ValueError:
        raise Forged("key") from None
    if len(key) != KEY_BYTES:
        raise Forged("key")
    if not hmac.compare_digest(hmac.digest(key, raw, "sha256"), signature):
        raise Forged("content signature")
    try:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        unpadder = padding.PKCS7(BLOCK_BITS).unpadder()
        return unpadder.update(decryptor.update(raw) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise Forged("padding") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Forged("encoding") from None
