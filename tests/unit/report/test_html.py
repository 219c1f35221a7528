"""The page: whole by itself, and nothing foreign on it acts, whatever it is called."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from typing import Any

import pytest

from headgate import masking
from headgate.record import Baseline, Check, Slice
from headgate.report.html import verdict_html
from headgate.report.html.elements import element, page, verbatim
from headgate.report.html.plot import Axis
from headgate.report.html.strip import Scale, reach_of
from headgate.statistics.evidence import Evidence, Example
from support.verdicts import check, classified, floor, numeric, of_slice, record, verdict

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><a href='javascript:alert(1)'>x</a>",
    "--><b>x</b><!--",
    "]]><b>x</b>",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "nul \x00 bell \x07 escape \x1b[31m half \ud800 turn \u202e",
    "x" * 5000,
]


class Reader(HTMLParser):
    """Every tag with its attributes, and the texts between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def shown(*checks: Check, evidence: Evidence | None = None, **of_verdict: Any) -> Reader:
    return read(verdict_html(verdict(*checks, **of_verdict), "sentiment", evidence=evidence))


def test_the_verdict_comes_first() -> None:
    text = shown(check()).text

    assert text.startswith("headgate: PASS: sentiment may replace Production v7 ✓ PASS sentiment may replace")
    assert "7,632 rows, the same for both. This evaluation set was used 3 times." in text
    assert "Decided 2026-11-21 10:00 UTC." in text


def test_a_refusal_says_why_and_an_override_who() -> None:
    refused = check(verdict="fail", overridden_by="octocat")

    text = shown(refused, verdict="fail", reasons=("accuracy.max_drop: surely worse",), notes=("a note",)).text

    assert "✕ FAIL sentiment may not replace Production v7" in text
    assert "accuracy.max_drop: surely worse" in text
    assert "fail, overridden by octocat" in text
    assert "a note" in text


def test_every_check_has_a_row_and_a_word_for_its_outcome() -> None:
    text = shown(check(), floor(), check(id="x", metric="f1_macro", verdict="inconclusive")).text

    for words in ("✓ pass", "? inconclusive", "accuracy, floor", "f1_macro", "paired-wald"):
        assert words in text


def test_the_page_asks_for_nothing_from_anywhere() -> None:
    reader = shown(check(), of_slice("mobile"), evidence=classified())

    for tag, attributes in reader.tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), tag
        assert not {"src", "href", "srcset", "action", "style"} & set(attributes), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)


def test_the_policy_lets_nothing_load_and_only_the_pages_own_script_run() -> None:
    html = verdict_html(verdict())
    policy = next(each["content"] for each in read(html).named("meta") if each.get("http-equiv"))
    script, style = (re.search(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("script", "style"))

    assert policy is not None
    assert script is not None
    assert style is not None
    assert policy.startswith("default-src 'none'; ")
    for text in (script[1], style[1]):
        assert f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("foreign", HOSTILE, ids=range(len(HOSTILE)))
def test_foreign_text_stays_text(foreign: str) -> None:
    plain = verdict_html(
        verdict(check(), of_slice("x"), reasons=("r",), notes=("n",)), "m", record=record("m"),
        evidence=classified("a", "b", examples=(Example("id", "a", "a", "b"),)),
    )  # fmt: skip
    named = check(id=foreign, metric=f"f1[{foreign}]", method=foreign, overridden_by=foreign, reason=foreign)
    hostile = verdict_html(
        verdict(
            named,
            of_slice(foreign, slice=Slice(column=foreign, value=foreign)),
            reasons=(foreign,),
            notes=(foreign,),
            baseline=Baseline(kind="file", version=foreign),
        ),
        foreign,
        record=record(foreign),
        evidence=classified(foreign, f"{foreign}2", examples=(Example(foreign, foreign, foreign, "b"),)),
    )

    assert [tag for tag, _ in read(hostile).tags] == [tag for tag, _ in read(plain).tags]
    assert {name for _, attributes in read(hostile).tags for name in attributes} <= {
        name for _, attributes in read(plain).tags for name in attributes
    }
    hostile.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", hostile)


def test_own_text_that_would_end_its_element_is_refused() -> None:
    with pytest.raises(ValueError, match="would end its <script>"):
        verbatim("script", "x</Script>")


def test_void_elements_and_attributes_are_written_as_html_wants_them() -> None:
    children = ("a & b < c", element("br"), ["d", None, element("i", "e")])

    made = element("p", *children, class_="x", data_label='"q"', hidden=None)

    assert page(made) == (
        '<!doctype html>\n<p class="x" data-label="&quot;q&quot;">a &amp; b &lt; c<br>d<i>e</i></p>\n'
    )


def test_slices_stand_worst_first_with_numbers_to_sort_by() -> None:
    reader = shown(
        check(),
        of_slice("web"),
        of_slice("mobile", verdict="fail", interval=(-0.09, -0.06), difference=-0.075),
        of_slice("fax", verdict="not_judged", interval=None, method="none"),
    )

    text = reader.text
    assert text.index("source = mobile") < text.index("source = web") < text.index("source = fax")
    assert {"class": "cards sortable"} in reader.named("table")
    assert "-0.075" in {cell.get("data-sort") for cell in reader.named("td")}


def test_without_slices_there_is_no_such_section() -> None:
    assert "Slices" not in shown(check()).text


def test_intervals_are_drawn_for_those_checks_that_have_one() -> None:
    reader = shown(check(), floor())

    assert sum("is-pass" in (svg.get("class") or "") for svg in reader.named("svg")) == 1


def test_both_models_stand_side_by_side() -> None:
    text = shown(check(), evidence=classified()).text

    assert text.count("truth ↓ answer →") == 2
    assert "area 0.8700" in text
    assert "average precision 0.8300" in text
    assert "calibration of class positive" in text
    assert "Production v7 alone right 40 5.0%" in text


def test_numeric_predictions_have_their_errors_drawn() -> None:
    text = shown(check(metric="mae", direction="lower"), evidence=numeric()).text

    assert "bias +0.1200" in text
    assert "candidate nearer to the truth 48" in text
    assert "truth ↓" not in text


def test_single_rows_are_left_out_unless_somebody_asked() -> None:
    examples = (Example("tweet-7", "negative", "negative", "positive"),)

    assert "--show-rows" in shown(check(), evidence=classified()).text
    assert "tweet-7" in shown(check(), evidence=classified(examples=examples)).text


def test_the_lineage_comes_from_the_record_else_from_the_verdict() -> None:
    whole = read(verdict_html(verdict(), "sentiment", record=record(verdict=verdict()))).text

    assert f"commit {'a' * 40}" in whole
    assert "run 3f9c" in whole
    assert "policy sha256:000" in shown(check()).text


def test_the_first_model_has_a_page_too() -> None:
    first = check(production=None, difference=None, interval=None, margin=None, method="none", detectable_margin=None)

    text = shown(first, baseline=Baseline(kind="none")).text

    assert "✓ PASS sentiment may become Production" in text
    assert "Intervals" not in text


def test_a_strip_counts_in_margins_whatever_the_unit_and_direction() -> None:
    higher = reach_of(check(difference=0.0, interval=(-0.02, 0.01), margin=0.02))
    lower = reach_of(check(direction="lower", difference=0.0, interval=(-1.0, 2.0), margin=2.0))

    assert higher is not None
    assert lower is not None
    assert (higher.lower, higher.point, higher.upper) == pytest.approx((0.0, 1.0, 1.5))
    assert (lower.lower, lower.point, lower.upper) == pytest.approx((0.0, 1.0, 1.5))


def test_a_margin_of_nothing_has_a_strip_as_well() -> None:
    reach = reach_of(check(difference=0.01, interval=(-0.01, 0.03), margin=0.0))

    assert reach is not None
    assert (reach.lower, reach.point, reach.upper) == pytest.approx((-1 / 3, 1 / 3, 1.0))


def test_what_is_far_beyond_the_scale_ends_at_its_edge() -> None:
    far = reach_of(check(difference=-5.0, interval=(-9.0, -1.0)))

    assert far is not None
    scale = Scale.around([far])
    assert scale.left == -2.0
    assert scale.at(far.lower) == scale.at(-2.0)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        (-3.2, 7.9, (-2.0, 0.0, 2.0, 4.0, 6.0)),
        (1e6, 1.5e6, (1e6, 1.1e6, 1.2e6, 1.3e6, 1.4e6, 1.5e6)),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert Axis("x", low, high).ticks == pytest.approx(ticks)


def test_an_axis_over_a_single_value_still_has_a_width() -> None:
    axis = Axis.over("x", [5.0])

    assert axis.low < 5.0 < axis.high
    assert len(axis.ticks) > 1


def test_a_secret_is_masked_before_it_is_spelt_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_secrets", set())
    masking.register("look<for>&me")

    text = page(element("p", "it is look<for>&me", title="look<for>&me"))

    assert text == '<!doctype html>\n<p title="***">it is ***</p>\n'
