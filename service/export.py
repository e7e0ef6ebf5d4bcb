"""Every card as each platform shows it, the plain text beside it, in one file that needs no network.

For those who decide about the words: legal, works councils. The renderers are the sandbox page's own modules, and the
library for Adaptive Cards that it serves; their folder is handed in, because the program does not know the sandbox.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cards import adaptive, block_kit, zoom
from cards.content import KINDS, build
from cards.content.examples import Scene, examples
from cards.content.occasions import OCCASIONS, Audience
from cards.model import Card, plain

FOLDER = Path(__file__).parent / "templates"
AUDIENCES: dict[Audience, str] = {"people": "Cards for people", "administrators": "Cards for administrators"}
LIBRARY = "vendor/adaptivecards-3.0.6"
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.]+)";$', re.MULTILINE)
ENDS = re.compile("</script|<!--", re.IGNORECASE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Face:
    """How one platform shows cards. ``module`` draws what ``render`` makes."""

    platform: str
    title: str
    render: Callable[[Card], Any]
    module: str


def _webex(card: Card) -> Any:
    return adaptive.render(card, adaptive.WEBEX)


def _teams(card: Card) -> Any:
    return adaptive.render(card, adaptive.TEAMS)


FACES = (
    Face("slack", "Slack", block_kit.render, "block_kit.js"),
    Face("zoom", "Zoom", zoom.render, "zoom_card.js"),
    Face("webex", "Webex", _webex, "adaptive_card.js"),
    Face("teams", "Teams", _teams, "adaptive_card.js"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """The company's own words. An empty ``company`` is not set: an example stands in. ``commands``: by platform id."""

    company: str
    bot: str
    command: str
    commands: dict[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """One example of a card. ``id`` is the key of its native JSON."""

    id: str
    note: str
    title: str
    text: str


def write(file: Path, names: Names, page: Path) -> int:
    """Write the file and say how many cards it holds. ``page``: the folder of the renderers. Raises ``OSError``."""
    html, count = _html(names, page)
    file.write_text(html, encoding="utf-8")
    return count


def _html(names: Names, page: Path) -> tuple[str, int]:
    native, shown = _cards(names)
    style = _read(page / "cards.css") + "\n" + _read(FOLDER / "cards.css")
    parts = (library(page), bundle(page, [face.module for face in FACES]), _read(FOLDER / "cards.js"))
    script = "\n".join(parts)
    templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    html = templates.get_template("cards.html").render(
        names=names,
        faces=FACES,
        audiences=AUDIENCES,
        kinds={a: [k for k in OCCASIONS if OCCASIONS[k].audience == a and k in KINDS] for a in AUDIENCES},
        occasions=OCCASIONS,
        shown=shown,
        policy=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        # Our own files and JSON without a single "<": nothing in them ends its element.
        style=Markup(style),
        script=Markup(script),
        native=Markup(embedded(native)),
    )
    return html, len(native)


def _cards(names: Names) -> tuple[dict[str, dict[str, Any]], dict[str, list[Shown]]]:
    """Native JSON by example and platform, and what stands beside it, by kind."""
    native: dict[str, dict[str, Any]] = {}
    shown: dict[str, list[Shown]] = {}
    scenes = [(face, examples(_scene(names, face))) for face in FACES]
    for kind in OCCASIONS:
        for number, example in enumerate(scenes[0][1][kind]):
            key = f"{kind}-{number + 1}"
            native[key] = {face.platform: face.render(build(made[kind][number].facts)) for face, made in scenes}
            card = build(example.facts)
            shown.setdefault(kind, []).append(Shown(key, example.note, card.title, plain(card)))
    return native, shown


def _scene(names: Names, face: Face) -> Scene:
    """As read on this platform, about the next one."""
    away = next(other for other in (FACES[1], FACES[0]) if other is not face)
    command = names.commands.get(face.platform, names.command)
    company = names.company or Scene().company
    return Scene(company, names.bot, command, (face.platform, face.title), (away.platform, away.title))


def embedded(value: Any) -> str:
    """JSON that may stand in a ``script`` element whatever it says."""
    return json.dumps(value, ensure_ascii=True).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def library(folder: Path) -> str:
    """What draws Adaptive Cards, with its licence, as a script that goes before the others."""
    text, licence = _read(folder / f"{LIBRARY}.min.js"), _read(folder / f"{LIBRARY}.LICENSE.txt")
    if ENDS.search(text + licence) or "*/" in licence:
        raise ValueError(f"{LIBRARY}: it would end the element or the comment that it is put into")
    return f"/*!\n{licence}\n*/\n{text}"


def bundle(folder: Path, entries: Iterable[str]) -> str:
    """Modules as one script: from a file, browsers load no modules. Each keeps its own scope in ``modules[name]``."""
    made: dict[str, str] = {}
    for entry in entries:
        _add(folder, entry, made)
    return "const modules = {};\n" + "".join(made.values())


def _add(folder: Path, name: str, made: dict[str, str]) -> None:
    if name in made:
        return
    text = _read(folder / name)
    for _, needed in IMPORT.findall(text):
        _add(folder, needed, made)
    names = ", ".join(EXPORT.findall(text))
    body = EXPORT.sub("", IMPORT.sub(r'const { \1 } = modules["\2"];', text))
    if re.search(r"^\s*(import|export)\b", body, re.MULTILINE) or ENDS.search(body):
        raise ValueError(f"{name}: only named imports and exports, one a line, can be put into one script")
    made[name] = f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n'


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
