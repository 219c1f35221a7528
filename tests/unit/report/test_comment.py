"""What a pull request is told, and that nothing foreign in it can act: rendered by GitHub's own markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from headgate.github.comments import LONGEST, marker
from headgate.record import Baseline, Data, Params, Record, Verdict
from headgate.record.models import DataFile
from headgate.report import Origin, comment_markdown, record_markdown
from headgate.visible import visible
from support.hostile import HOSTILE
from support.verdicts import DIGEST, NOW, check, floor, of_slice, record, verdict

ORIGIN = Origin("https://git.example.com/acme/animals/actions/runs/7")
ACTING = re.compile(r"@\w|#\d|\w://|\bwww\.|\bGH-\d|:[\w+-]+:", re.IGNORECASE)
"""What GitHub turns into a mention, a reference, an address or a picture after the markdown is rendered."""


class Page(HTMLParser):
    """A rendered page: its tags in their order, and its words, those in code apart."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words, self.code = "", ""
        self._in_code = 0
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"{tag} {attrs}" if tag in ("a", "img") else tag)
        self._in_code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code += data
        else:
            self.words += data

    def handle_comment(self, data: str) -> None:
        self.tags.append(f"<!--{data}-->")


def told(text: str) -> Record:
    """A record that says `text` wherever a record can say anything."""
    kind = {"metric": f"f1[{text}]", "overridden_by": text, "reason": text}
    judged = verdict(
        check(**kind, verdict="fail"),
        check(**kind, verdict="inconclusive"),
        floor(metric=text),
        check(anchor=text),
        of_slice(text),
        of_slice("web", verdict="fail").model_copy(update={"metric": text}),
        baseline=Baseline(kind="registry", version=text),
        reasons=(text, f"accuracy: {text}"),
        notes=(text,),
        verdict="fail",
    )
    made = record(name="sentiment", verdict=judged)
    source = made.source.model_copy(update={"actor": text, "branch": text, "repository": text, "run_url": text})
    assert made.run is not None
    run = made.run.model_copy(
        update={"id": text, "tracking": text, "experiment": text, "url": text, "metrics": {text: 0.5}}
    )
    data = Data(remote=text, lock=DIGEST, files=(DataFile(path=text, md5=text),), pulled_at=NOW, sources=DIGEST)
    return made.model_copy(
        update={
            "name": text,
            "source": source,
            "run": run,
            "data": data,
            "params": Params(values={text: text}),
        }
    )


def rendered(found: Record, mark: str = "<!-- headgate: m -->") -> Page:
    return Page(comment_markdown(found, mark, ORIGIN, LONGEST))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_foreign_is_anything_but_text(text: str) -> None:
    harmless, page = rendered(told("harmless")), rendered(told(text))

    assert page.tags == harmless.tags, "the page is built otherwise than with a harmless name"
    assert ACTING.search(page.words) is None
    hidden = {letter for letter in page.words + page.code if visible(letter) != letter and letter not in " \n\u200b"}
    assert hidden == set()


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 300], ids=str.__repr__)
def test_what_was_written_is_what_is_read(text: str) -> None:
    page = rendered(told(text))

    assert " ".join(visible(text).split()) in " ".join(page.words.replace("\u200b", "").split())
    assert " ".join(visible(text).split()) in " ".join(page.code.split())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_same_holds_of_a_summary(text: str) -> None:
    harmless, page = Page(record_markdown(told("harmless"))), Page(record_markdown(told(text)))

    assert page.tags == harmless.tags
    assert ACTING.search(page.words) is None


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_model_name_can_end_its_marker(text: str) -> None:
    assert re.fullmatch(r"<!-- headgate: [A-Za-z0-9._~%]* -->", marker(text))
    page = rendered(told(text), marker(text))
    assert [tag for tag in page.tags if tag.startswith("<!--")] == [marker(text)]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_can_steer_the_chart(text: str) -> None:
    shown = comment_markdown(told(text), "", ORIGIN, LONGEST)
    (drawn,) = re.findall(r"^```mermaid\n(.*?)^```$", shown, re.M | re.S)
    keys = [line.split()[0] for line in drawn.splitlines()]

    assert keys == ["xychart-beta", "title", "x-axis", "y-axis", "bar", "line"]
    labels = re.fullmatch(r'    x-axis \[("[^"\[\]`;%{}\\]*"(, )?)+\]', drawn.splitlines()[2])
    assert labels is not None, drawn.splitlines()[2]


def test_models_have_markers_of_their_own() -> None:
    assert len({marker(text) for text in HOSTILE}) == len(HOSTILE)
    assert marker("sentiment") == "<!-- headgate: sentiment -->"


def test_the_comment_has_its_parts_in_the_order_in_which_they_are_read() -> None:
    slices = [of_slice(source) for source in ("mobile", "web", "tv", "radio", "print", "phone")]
    shown = comment_markdown(record(verdict=verdict(check(), floor(), *slices)), marker("sentiment"), ORIGIN, LONGEST)

    parts = [
        "<!-- headgate: sentiment -->\n### headgate: PASS: sentiment may replace Production v7\n",
        "| check | Production v7 | candidate | difference (95%) | allowed | method | |",
        "| accuracy | 0.7412 | 0.7455 | +0.0043 (≥ -0.0011) | ≥ -0.0100 | paired-wald | pass |",
        "<details><summary>6 checks on slices pass</summary>",
        "7,632 rows, the same for both. This evaluation set was used 3 times.",
        "```mermaid",
        "<details><summary>lineage</summary>",
        "commit `aaaaaaa`, [the run](https://git.example.com/acme/animals/actions/runs/7)",
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    assert places[0] == 0


def test_a_forks_verdict_is_marked_as_nobody_elses() -> None:
    shown = comment_markdown(record(verdict=verdict()), "", Origin("https://x.example/1", fork="mallory/a"), LONGEST)

    assert "Reported by the run of the fork `mallory/a`, on its own code and with its own numbers" in shown


@pytest.mark.parametrize(
    "many",
    [
        pytest.param({"slices": 300}, id="slices"),
        pytest.param({"slices": 3000}, id="many slices"),
        pytest.param({"failing": 3000}, id="many failures"),
        pytest.param({"failing": 100, "name": "\U000e0041" * 5000}, id="failures with long names"),
        pytest.param({"notes": 20_000, "name": "<" * 900}, id="many notes"),
    ],
)
def test_what_is_too_long_is_cut_with_a_pointer(many: dict[str, Any]) -> None:
    name = many.get("name", "source")
    checks = [of_slice(f"{name} {at}") for at in range(many.get("slices", 0))]
    checks += [of_slice(f"{name} {at}", verdict="fail", overridden_by=name) for at in range(many.get("failing", 0))]
    judged = verdict(check(verdict="fail"), *checks, notes=(name,) * many.get("notes", 0), verdict="fail")
    shown = comment_markdown(record(name=name, verdict=judged), marker("m"), ORIGIN, LONGEST)
    page = Page(shown)

    assert len(shown) <= LONGEST
    assert shown.startswith(f"{marker('m')}\n### headgate: FAIL")
    assert page.tags.count("table") == page.tags.count("/table")
    assert page.tags.count("details") == page.tags.count("/details")
    assert (len(shown) > LONGEST / 20) or "Cut to what a comment can hold" in shown
    if max(many.get("slices", 0), many.get("failing", 0)) > 1000:
        assert "Cut to what a comment can hold: the whole report is among the artifacts of [the run](" in shown


def test_what_stops_the_release_is_cut_last() -> None:
    checks = [check(metric=f"m{at}" + "x" * 200) for at in range(2000)]
    judged: Verdict = verdict(*checks, check(metric="the_one", verdict="fail"), verdict="fail")
    shown = comment_markdown(record(verdict=judged), "", ORIGIN, LONGEST)

    assert "| the_one |" in shown
    assert "more checks." in shown
