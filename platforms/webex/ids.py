"""Webex's identifiers: base64 without padding of ``ciscospark://<cluster>/<TYPE>/<uuid>``. Pure.

One thing may be named with different clusters; what tells things apart is the last part alone.
"""

import base64
import binascii

SCHEME = "ciscospark://"


def parts(value: str) -> tuple[str, str, str] | None:
    """Cluster, type and uuid; None for something else."""
    try:
        words = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    if not words.startswith(SCHEME):
        return None
    # A cluster may itself be written with colons, never with a slash.
    found = words.removeprefix(SCHEME).split("/")
    return (found[0], found[1], found[2]) if len(found) == 3 and all(found) else None


def bare(value: str) -> str:
    """What two names of one thing have in common: the uuid. Anything unreadable stands for itself."""
    found = parts(value)
    return found[2] if found else value


def canonical(value: str) -> str:
    """The name that is kept and compared: the one of the cluster ``us``, whichever was told."""
    found = parts(value)
    if found is None:
        return value
    plain = f"{SCHEME}us/{found[1]}/{found[2]}"
    return base64.b64encode(plain.encode()).decode().rstrip("=")
