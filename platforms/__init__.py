"""How the bot talks to each platform. Every folder below is one platform, with the same file names in each.

Finding them is the only thing done here: a new platform is a new folder.
"""

import importlib
import pkgutil
from collections.abc import Sequence

from bot.platform import Lent, Platform, PlatformSpec, Route

FILES = ("api", "decode", "manifest", "members", "oauth", "probe", "send", "text", "webhook")


def specs() -> tuple[PlatformSpec, ...]:
    """Every platform there is, configured or not, by name. Raises ``ImportError`` naming a missing file."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        if not module.ispkg:
            continue
        package = importlib.import_module(f"{__name__}.{module.name}")
        present = {inner.name for inner in pkgutil.iter_modules(package.__path__)}
        missing = set(FILES) - present
        if missing:
            raise ImportError(f"platforms/{module.name} lacks {', '.join(sorted(missing))}")
        found.append(package.SPEC)
    return tuple(sorted(found, key=lambda spec: str(spec.id)))


def connect(spec: PlatformSpec, lent: Lent) -> tuple[Platform, Sequence[Route]]:
    return spec.connect(lent)
