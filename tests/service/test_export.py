"""The file with every card: complete, of one piece, and safe whatever the cards say."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import platforms
from cards.content import KINDS, build
from cards.content.examples import Scene, examples
from cards.model import plain
from sandbox.main import PAGE
from service import export
from service.export import FACES, Names

NAMES = Names("Globex", "Gil", "/chat", {"zoom": "/zchat"})
ALL = examples(Scene())
PUBLISHED = "5e7c13f3300ae7b89b34703501e08d709fbb6635f1c6755b92495577a77344f2"
"""The library's SHA-256, as in the package adaptivecards 3.0.6 of the npm registry: it stays as it was published."""


class Reading(HTMLParser):
    """What a browser would make of the file: attributes, and the text of each script, style and plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "pre": []}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in self.texts:
            self._open = tag
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    def values(self, name: str) -> list[str]:
        return [value for _, found, value in self.attributes if found == name]


def read(folder: Path, names: Names = NAMES) -> tuple[str, Reading]:
    file = folder / "cards.html"
    export.write(file, names, PAGE)
    html = file.read_text(encoding="utf-8")
    found = Reading()
    found.feed(html)
    return html, found


def test_every_platform_has_a_face() -> None:
    assert {face.platform: face.title for face in FACES} == {str(s.id): s.title for s in platforms.specs()}


def test_every_kind_on_every_face_with_its_plain_text(tmp_path: Path) -> None:
    _, found = read(tmp_path)
    native = json.loads(found.texts["script"][0])
    keys = [f"{kind}-{n}" for kind in KINDS for n in range(1, len(ALL[kind]) + 1)]
    assert sorted(native) == sorted(keys)
    places = list(zip(found.values("data-card"), found.values("data-platform"), strict=True))
    assert sorted(places) == sorted((key, face.platform) for key in keys for face in FACES)
    assert all(native[card][platform] for card, platform in places)
    ours = examples(Scene("Globex", "Gil", "/chat"))
    assert sorted(found.texts["pre"]) == sorted(plain(build(e.facts)) for made in ours.values() for e in made)
    assert len(set(found.values("id"))) == len(found.values("id"))
    assert {f"#{kind}" for kind in KINDS} == set(found.values("href")) - {"data:,"}


def test_each_platform_is_told_in_its_own_words(tmp_path: Path) -> None:
    _, found = read(tmp_path)
    consent = json.loads(found.texts["script"][0])["consent-1"]
    slack, zoom = json.dumps(consent["slack"]), json.dumps(consent["zoom"])
    assert "Globex (Maya Ortiz) asks to link your Zoom account" in slack and "/chat disconnect" in slack
    assert "Globex (Maya Ortiz) asks to link your Slack account" in zoom and "/zchat disconnect" in zoom


@pytest.mark.parametrize(("company", "said"), [("", True), ("Globex", False)])
def test_an_example_company_is_called_an_example(tmp_path: Path, company: str, said: bool) -> None:
    html, _ = read(tmp_path, Names(company, "Gil", "/chat", {}))
    assert ("MIO_COMPANY is not set" in html) is said
    assert ("Acme (Maya Ortiz)" in html) is said


def test_nothing_is_loaded_from_anywhere(tmp_path: Path) -> None:
    """No address outside the file, and a policy that lets only the file's own style and script through.

    The library for Adaptive Cards can load pictures and films; the policy forbids it, and no such part is handed to it.
    """
    html, found = read(tmp_path)
    assert found.values("src") == []
    assert all(value.startswith(("#", "data:")) for value in found.values("href"))
    ours = found.texts["script"][1].replace(export.library(PAGE), "")
    assert len(ours) < len(found.texts["script"][1]) - 300_000
    assert not re.search(r"url\(|@import|\bimport\(|\bfetch\(", "".join([*found.texts["style"], ours]))
    assert not re.search(r"@import|\bimport\(", found.texts["script"][1])
    (policy,) = [value for value in found.values("content") if "default-src" in value]
    assert policy.startswith("default-src 'none'; ")
    for kind, text in (("style", found.texts["style"][0]), ("script", found.texts["script"][1])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "<noscript>" in html


def test_names_that_would_break_out_stay_names(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><!--&\u2028"
    _, found = read(tmp_path, Names(evil, evil, evil, {}))
    assert len(found.texts["script"]) == 2
    assert not set(found.texts["script"][0]) & set("<>&")
    assert evil in json.loads(found.texts["script"][0])["me-1"]["zoom"]["head"]["text"]
    assert evil in "".join(found.texts["pre"])


def test_the_library_is_whole_and_carries_its_licence() -> None:
    made = export.library(PAGE)
    assert "MIT License" in made and "Copyright (c) 2017 Microsoft" in made and "Jeff Ward" in made
    file = (PAGE / f"{export.LIBRARY}.min.js").read_text(encoding="utf-8")
    assert made.endswith(file.strip()) and "</script" not in made.lower()
    assert hashlib.sha256(file.encode()).hexdigest() == PUBLISHED


@pytest.mark.parametrize("broken", ["</SCRIPT>", "*/", "<!--"])
def test_a_library_that_would_break_out(tmp_path: Path, broken: str) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / f"{export.LIBRARY}.min.js").write_text("")
    (tmp_path / f"{export.LIBRARY}.LICENSE.txt").write_text(broken)
    with pytest.raises(ValueError, match="end the element"):
        export.library(tmp_path)


def test_modules_become_one_script_in_order(tmp_path: Path) -> None:
    (tmp_path / "top.js").write_text('import { low } from "./low.js";\nexport function top() {\n  return low;\n}\n')
    (tmp_path / "low.js").write_text("export const low = 1;\nconst own = 2;\n")
    made = export.bundle(tmp_path, ["top.js", "top.js"])
    assert made.index('modules["low.js"]') < made.index('modules["top.js"]')
    assert 'const { low } = modules["low.js"];' in made and "return { top };" in made
    assert made.count('modules["top.js"] =') == 1


@pytest.mark.parametrize("line", ["export default 1;", 'import x from "./x.js";', 'const x = "</script>";'])
def test_a_module_that_cannot_be_put_into_one_script(tmp_path: Path, line: str) -> None:
    (tmp_path / "odd.js").write_text(line)
    with pytest.raises(ValueError, match=r"odd\.js: only named imports"):
        export.bundle(tmp_path, ["odd.js"])
