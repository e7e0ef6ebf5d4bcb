"""The two icons of Teams' app package, drawn here: two speech bubbles, one behind the other. Nobody else's mark.

Sizes: 192 pixels in colour, 32 pixels white on nothing (learn.microsoft.com/microsoftteams/platform/concepts/build-and-test).
"""

import math
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

ACCENT = "#1F5F5B"
COLOR, OUTLINE = 192, 32
Pixel = tuple[int, int, int, int]
WHITE, PALE = (255, 255, 255), (158, 207, 197)
BACK, FRONT, HALF, ROUND = (0.41, 0.40), (0.59, 0.61), (0.24, 0.17), 0.09
"""Middles of the bubbles, half their width and height, the radius of their corners: parts of the icon's width."""


@lru_cache(maxsize=1)
def color() -> bytes:
    ground = tuple(int(ACCENT[at : at + 2], 16) for at in (1, 3, 5))

    def pixel(x: float, y: float) -> Pixel:
        front, back = _away(x, y, FRONT), _away(x, y, BACK)
        seen = _share(back * COLOR) * (1 - _share((front - 0.03) * COLOR))
        mixed = (_mixed(under, over, seen) for under, over in zip(ground, PALE, strict=True))
        red, green, blue = (
            round(_mixed(under, over, _share(front * COLOR))) for under, over in zip(mixed, WHITE, strict=True)
        )
        return red, green, blue, 255

    return png(COLOR, pixel)


@lru_cache(maxsize=1)
def outline() -> bytes:
    def pixel(x: float, y: float) -> Pixel:
        front, back = _away(x, y, FRONT) * OUTLINE, _away(x, y, BACK) * OUTLINE
        lines = max(_share(abs(front) - 0.9), _share(abs(back) - 0.9) * (1 - _share(front - 1)))
        return (*WHITE, round(255 * lines))

    return png(OUTLINE, pixel)


def _away(x: float, y: float, middle: tuple[float, float]) -> float:
    """How far outside of a bubble's edge; inside less than nothing."""
    beside, below = (abs(at - mid) - half + ROUND for at, mid, half in zip((x, y), middle, HALF, strict=True))
    return math.hypot(max(beside, 0.0), max(below, 0.0)) + min(max(beside, below), 0.0) - ROUND


def _share(distance: float) -> float:
    """How much of a pixel that lies so many pixels outside of an edge is covered."""
    return min(1.0, max(0.0, 0.5 - distance))


def _mixed(under: float, over: float, share: float) -> float:
    return under + (over - under) * share


def png(size: int, pixel: Callable[[float, float], Pixel]) -> bytes:
    """A square picture with eight bits of red, green, blue and opacity (www.w3.org/TR/png)."""
    rows = bytearray()
    for row in range(size):
        rows.append(0)
        for column in range(size):
            rows.extend(pixel((column + 0.5) / size, (row + 0.5) / size))
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    made = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + made
