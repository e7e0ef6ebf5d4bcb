"""Seals what must not be read from a stolen database: tokens, verifiers, and the bodies of jobs.

AES-256-GCM, envelope ``v1.<key id>.`` + nonce + ciphertext; the associated data binds a value to its row.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class SealError(Exception):
    """A sealed value cannot be opened: wrong key, another row's value, or damage."""


class Keys:
    """The ring of encryption keys; the first seals, all open."""

    def __init__(self, ring: Mapping[str, bytes]) -> None:
        if not ring:
            raise SealError("no encryption key")
        self._ring = {kid: AESGCM(key) for kid, key in ring.items()}
        self._newest = next(iter(ring))
        oldest = list(ring.values())[-1]
        self._digest = hashlib.sha256(b"digest" + oldest).digest()
        self.signing = hashlib.sha256(b"signing" + oldest).digest()

    def __repr__(self) -> str:
        return f"<Keys {', '.join(self._ring)}>"

    @classmethod
    def parse(cls, words: str) -> "Keys":
        """Read ``kid:base64,kid:base64``, newest first. Raises ``SealError`` naming the key, never its value."""
        ring: dict[str, bytes] = {}
        for entry in words.split(","):
            kid, _, value = entry.strip().partition(":")
            try:
                key = base64.b64decode(value, validate=True)
            except ValueError:
                key = b""
            if not kid or "." in kid or len(key) != 32:
                raise SealError(f"encryption key {kid or '?'} is not kid:base64 of 32 bytes")
            ring[kid] = key
        return cls(ring)

    @staticmethod
    def generate() -> str:
        """A new ring of one key, as written in the setting."""
        return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    def seal(self, value: bytes, row: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        sealed = self._ring[self._newest].encrypt(nonce, value, row.encode())
        return b"v1." + self._newest.encode() + b"." + nonce + sealed

    def open(self, value: bytes, row: str) -> bytes:
        """Raises ``SealError``."""
        version, _, rest = bytes(value).partition(b".")
        kid, _, sealed = rest.partition(b".")
        key = self._ring.get(kid.decode("ascii", "replace"))
        if version != b"v1" or key is None:
            raise SealError(f"sealed with an unknown key for {row.split(':')[0]}")
        try:
            return key.decrypt(sealed[:NONCE], sealed[NONCE:], row.encode())
        except InvalidTag:
            raise SealError(f"damaged or moved value of {row.split(':')[0]}") from None

    def digest(self, words: str) -> str:
        """A keyed hash, stable as long as the oldest key stays in the ring."""
        return hmac.new(self._digest, words.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
