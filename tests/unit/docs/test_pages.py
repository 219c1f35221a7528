"""What the pages say holds: links lead somewhere, configurations load, pictures load nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate.config import load

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "promises").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
YAML = re.compile(r"^( *)```yaml\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return (link for link in LINK.findall(text) if "://" not in link)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_configuration_shown_can_be_loaded(page: Path, tmp_path: Path) -> None:
    for indent, shown in YAML.findall(page.read_text(encoding="utf-8")):
        text = re.sub(f"^{indent}", "", shown, flags=re.MULTILINE)
        if not re.match(r"(version|gate|deploy|train|registry):", text):
            continue
        head = "" if text.startswith("version:") else "version: 1\nmodel: sentiment\n"
        path = tmp_path / "headgate.yaml"
        path.write_text(head + text, encoding="utf-8")

        load(path)


@pytest.mark.parametrize("picture", sorted((ROOT / "docs" / "pictures").glob("*.svg")), ids=name_of)
def test_pictures_load_nothing(picture: Path) -> None:
    addresses = set(re.findall(r"\w+://[^\"'\s)]+", picture.read_text(encoding="utf-8")))

    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "@font-face" not in picture.read_text(encoding="utf-8")
