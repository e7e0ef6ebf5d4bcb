"""Signing keys: RS256 tokens, the key sets behind them, and a key's rotation. Says nothing about what a token means."""

import base64
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from sandbox.keep import Keep
from sandbox.world import stable

SIZE = 2048


@lru_cache(maxsize=64)
def _made(name: str, number: int) -> RSAPrivateKey:
    """One per name and process: making a key takes longer than most tests."""
    return generate_private_key(65537, SIZE)


class KeyRing:
    """``endorsements``: for which channels a Bot Framework key speaks; None for keys of the login service."""

    def __init__(self, keep: Keep, name: str, endorsements: tuple[str, ...] | None = None) -> None:
        self._keep = keep
        self._name = name
        self._endorsements = endorsements
        self._keys: list[tuple[str, RSAPrivateKey]] = []
        for number, pem in sorted(
            (int(key.split(":")[1]), pem) for key, pem in keep.all("teams-key") if _of(key, name)
        ):
            self._keys.append((self._kid(number), _read(pem)))
        if not self._keys:
            self.rotate()

    def _kid(self, number: int) -> str:
        return stable("kid", self._name, number)[:27]

    def rotate(self, keep_old: bool = True) -> str:
        """From now on another key signs; the old one is published as long as ``keep_old`` says. The new key's id."""
        number = len(self._keys)
        key = _made(self._name, number)
        self._keys = [*self._keys, (self._kid(number), key)] if keep_old else [(self._kid(number), key)]
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._keep.put("teams-key", f"{self._name}:{number}", pem.decode())
        return self._kid(number)

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None) -> str:
        kid, key = self._keys[-1]
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid, **(header or {})})

    def published(self) -> dict[str, Any]:
        """The key set as served."""
        return {"keys": [self._shown(kid, key) for kid, key in self._keys]}

    def _shown(self, kid: str, key: RSAPrivateKey) -> dict[str, Any]:
        numbers = key.public_key().public_numbers()
        shown = {"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": _number(numbers.n), "e": _number(numbers.e)}
        return shown if self._endorsements is None else {**shown, "endorsements": list(self._endorsements)}


def _of(key: str, name: str) -> bool:
    return key.startswith(f"{name}:")


def _read(pem: str) -> RSAPrivateKey:
    found = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(found, RSAPrivateKey)
    return found


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
