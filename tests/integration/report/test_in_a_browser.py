"""The page in a real browser: it loads nothing, complains of nothing, fits every window, and can be sorted."""

from pathlib import Path
from typing import Any

import pytest

from headgate.record import Slice
from headgate.report.html import verdict_html
from headgate.statistics.evidence import Evidence, Example
from support.browser import Browser
from support.verdicts import check, classified, floor, numeric, of_slice, record, verdict

pytestmark = pytest.mark.browser

ACTING = "</script><script>alert(1)</script><img src=//203.0.113.9/x onerror=alert(1)>"
PHONE, DESKTOP = 390, 1280
PNG_HEADER = b"\x89PNG\r\n"


def write(folder: Path, *, evidence: Evidence | None = None, foreign: str = "mobile") -> Path:
    """A page with every section."""
    rows = {"web": 0.004, foreign: -0.03, "import": 0.01}
    slices = [
        of_slice(name, difference=at, interval=(at - 0.01, at + 0.01), rows=100 * place, verdict="pass",
                 slice=Slice(column="source", value=name))
        for place, (name, at) in enumerate(rows.items(), start=1)
    ]  # fmt: skip
    examples = (Example(foreign, "negative", "negative", "positive"), Example("2", "positive", "positive", "negative"))
    page = folder / "report.html"
    html = verdict_html(
        verdict(check(), floor(), *slices, reasons=(foreign,), notes=(foreign,)),
        foreign,
        evidence=evidence or classified("negative", foreign, examples=examples),
        record=record(foreign, verdict=verdict()),
    )
    page.write_text(html, encoding="utf-8")
    return page


def quiet(tab: Browser, page: Path) -> None:
    """Nothing was asked for but the page itself, and nobody complained."""
    requested = [event["request"]["url"] for event in tab.told("Network.requestWillBeSent")]
    assert requested == [page.as_uri()]
    assert tab.told("Log.entryAdded") == []
    assert tab.told("Runtime.consoleAPICalled") == []
    assert tab.told("Runtime.exceptionThrown") == []
    assert tab.told("Page.javascriptDialogOpening") == []


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("evidence", [classified(), numeric()], ids=["classes", "numbers"])
def test_the_page_asks_for_nothing_and_complains_of_nothing(
    tab: Browser, tmp_path: Path, evidence: Evidence, dark: bool, width: int
) -> None:
    page = write(tmp_path, evidence=evidence)

    tab.open(page, width=width, dark=dark)

    quiet(tab, page)
    assert tab.picture(tmp_path / "page.png").read_bytes().startswith(PNG_HEADER)


def test_foreign_words_are_shown_and_do_nothing(tab: Browser, tmp_path: Path) -> None:
    page = write(tmp_path, foreign=ACTING)

    tab.open(page)

    quiet(tab, page)
    assert tab.run("document.querySelectorAll('img, iframe, link, a').length") == 0
    assert tab.run("document.scripts.length") == 1
    assert ACTING in tab.run("document.body.innerText")


def test_a_script_that_got_in_all_the_same_would_not_run(tab: Browser, tmp_path: Path) -> None:
    page = write(tmp_path)
    page.write_text(page.read_text().replace("<footer>", "<script>document.title = 'taken'</script><footer>"))

    tab.open(page)

    assert tab.run("document.title").startswith("headgate: ")
    assert any("Content Security Policy" in event["entry"]["text"] for event in tab.told("Log.entryAdded"))


@pytest.mark.parametrize("width", [320, PHONE, 768, DESKTOP])
def test_nothing_is_wider_than_the_window(tab: Browser, tmp_path: Path, width: int) -> None:
    tab.open(write(tmp_path, foreign="a-very-long-name-without-any-space-in-it" * 6), width=width)

    assert tab.run("document.documentElement.scrollWidth") <= width


def test_tables_of_usual_names_fit_a_desktop_without_being_moved(tab: Browser, tmp_path: Path) -> None:
    widest = {"interval": (-0.0035, 0.0222), "verdict": "inconclusive", "method": "multinomial-bootstrap"}
    checks = (
        check(metric="roc_auc_ovr_macro", **widest),
        check(metric="f1_weighted", verdict="fail", overridden_by="octocat"),
    )
    slices = [of_slice("web", **widest), of_slice("mobile", difference=0.01, interval=(0.0, 0.02))]
    page = tmp_path / "report.html"
    page.write_text(verdict_html(verdict(*checks, *slices), "sentiment", evidence=classified()), encoding="utf-8")

    tab.open(page, width=DESKTOP)

    moved = "[...document.querySelectorAll('.wide')].map((box) => box.scrollWidth - box.clientWidth)"
    assert set(tab.run(moved)) == {0}


def test_colours_follow_the_reader(tab: Browser, tmp_path: Path) -> None:
    page = write(tmp_path)

    def lightness(*, dark: bool) -> tuple[float, float]:
        tab.open(page, dark=dark)
        colour = "getComputedStyle(document.body).{}.match(/[0-9]+/g).reduce((sum, part) => sum + Number(part), 0)"
        return tab.run(colour.format("backgroundColor")), tab.run(colour.format("color"))

    paper, ink = lightness(dark=False)
    dark_paper, dark_ink = lightness(dark=True)

    assert paper > 600 > 200 > ink
    assert dark_paper < 200 < 600 < dark_ink


@pytest.mark.parametrize("dark", [False, True])
def test_every_word_stands_out_from_what_is_behind_it(tab: Browser, tmp_path: Path, dark: bool) -> None:
    """WCAG 2 asks for a contrast of 4.5."""
    tab.open(write(tmp_path), dark=dark)

    assert tab.run(CONTRASTS) == []


def test_a_heading_sorts_by_the_number_and_once_more_turns_it_round(tab: Browser, tmp_path: Path) -> None:
    tab.open(write(tmp_path))

    def pressed() -> list[Any]:
        tab.run("document.querySelectorAll('table.sortable th button')[5].click()")
        rows = "document.querySelector('table.sortable').tBodies[0].rows"
        return list(tab.run(f"[...{rows}].map((row) => row.cells[0].innerText)"))

    assert pressed() == ["source = mobile", "source = web", "source = import"]
    assert pressed() == ["source = import", "source = web", "source = mobile"]
    assert tab.run("document.querySelector('[aria-sort]').getAttribute('aria-sort')") == "descending"


def test_it_can_be_printed(tab: Browser, tmp_path: Path) -> None:
    tab.open(write(tmp_path))

    assert tab.printed(tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")


CONTRASTS = """(() => {
  const parse = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([red, green, blue]) => [red, green, blue]
    .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const faint = new Set();
  const words = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    const colour = node instanceof SVGElement ? style.fill : style.color;
    const [one, two] = [light(parse(colour)), light(behind(node))].sort((a, b) => b - a);
    if ((one + 0.05) / (two + 0.05) < 4.5) faint.add(`${words.currentNode.data.trim()}: ${colour}`);
  }
  return [...faint];
})()"""
