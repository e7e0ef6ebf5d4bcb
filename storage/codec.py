"""Orders as bytes and back, by the name of their class. Sealing is the caller's business."""

from typing import get_args

import msgspec

from bot.events import Tokens
from bot.orders import Order

KINDS: dict[str, type[Order]] = {kind.__name__: kind for kind in get_args(Order)}
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS = {name: msgspec.msgpack.Decoder(kind) for name, kind in KINDS.items()}
_TOKENS = msgspec.json.Decoder(Tokens)


class CodecError(Exception):
    """A stored body does not fit its kind any more."""


def encode(order: Order) -> bytes:
    return _ENCODER.encode(order)


def decode(kind: str, body: bytes) -> Order:
    """Raises ``CodecError``."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise CodecError(f"unknown kind {kind}")
    try:
        order: Order = decoder.decode(body)
    except msgspec.DecodeError as fault:
        raise CodecError(f"{kind}: {fault}") from None
    return order


def encode_tokens(tokens: Tokens) -> bytes:
    return msgspec.json.encode(tokens)


def decode_tokens(value: bytes) -> Tokens:
    return _TOKENS.decode(value)
