"""What a pull request sees: the verdict first, and nothing foreign that could act."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from markdown_it import MarkdownIt

from headgate import masking
from headgate.record import Baseline, Check, Record, Rows, Run, Slice, Source, Verdict
from headgate.report import record_markdown, verdict_markdown
from headgate.report.inert import code, plain
from support.verdicts import check

NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
OURS = {"h3", "table", "thead", "tbody", "tr", "th", "td", "strong", "p", "ul", "li"}
NOTHING = "sha256:" + "0" * 64


def verdict(*checks: Check, **changed: Any) -> Verdict:
    values: dict[str, Any] = {
        "verdict": "pass",
        "rows": Rows(joined=7632),
        "uses": 3,
        "baseline": Baseline(kind="registry", version="7"),
        "checks": checks or (check(),),
        "blocking": False,
        "policy": NOTHING,
        "decided_at": NOW,
    }
    return Verdict(**values | changed)


def test_the_comment_reads_as_promised() -> None:
    shown = verdict_markdown(
        verdict(
            check(),
            check(
                id="accuracy.max_drop[source=mobile]",
                slice=Slice(column="source", value="mobile"),
                production=0.7020,
                candidate=0.6990,
                difference=-0.0030,
                interval=(-0.018, 0.012),
                margin=0.05,
            ),
        ),
        "sentiment",
    )

    assert shown == (
        "### headgate: PASS: sentiment may replace Production v7\n"
        "\n"
        "| check | Production v7 | candidate | difference (95%) | allowed | method | |\n"
        "|---|--:|--:|--:|--:|---|---|\n"
        "| accuracy | 0.7412 | 0.7455 | +0.0043 (≥ -0.0011) | ≥ -0.0100 | paired-wald | pass |\n"
        "| accuracy, source = mobile | 0.7020 | 0.6990 | -0.0030 (≥ -0.0180) | ≥ -0.0500 | paired-wald | pass |\n"
        "\n"
        "7,632 rows, the same for both. This evaluation set was used 3 times. "
        "Smallest margin this set can prove: 0.0082.\n"
    )


def test_a_loss_shows_the_upper_bound() -> None:
    shown = verdict_markdown(verdict(check(metric="log_loss", direction="lower", margin=0.05)))

    assert "| +0.0043 (≤ +0.0097) | ≤ +0.0500 | paired-wald | pass |" in shown


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"verdict": "fail", "interval": (-0.06, -0.0379)}, "+0.0043 (≤ -0.0379)"),
        ({"verdict": "inconclusive"}, "+0.0043 (-0.0011 to +0.0097)"),
        ({"verdict": "fail", "direction": "lower"}, "+0.0043 (≥ -0.0011)"),
        ({"verdict": "not_judged", "interval": (None, None)}, "+0.0043 (- to -)"),
        ({"kind": "floor", "margin": None, "limit": 0.7, "verdict": "fail"}, "+0.0043; surely ≤ 0.0097"),
        ({"kind": "ceiling", "margin": None, "limit": 0.7, "verdict": "pass"}, "+0.0043; surely ≤ 0.0097"),
        (
            {"kind": "floor", "margin": None, "limit": 0.7, "verdict": "inconclusive"},
            "+0.0043; between -0.0011 and 0.0097",
        ),
        ({"kind": "fairness", "direction": "lower", "margin": 0.02}, "+0.0043 (≤ +0.0097) | ≤ +0.0200"),
        ({"kind": "fairness", "direction": "lower", "margin": None, "limit": 0.1, "interval": None}, "| ≤ 0.1000"),
        ({"kind": "fairness", "margin": None, "limit": 0.8, "interval": None}, "| ≥ 0.8000"),
    ],
)
def test_the_bound_that_decided_is_shown(changed: dict[str, Any], shown: str) -> None:
    assert shown in verdict_markdown(verdict(check(**changed)))


def test_many_slices_are_folded_except_those_that_do_not_pass() -> None:
    slices = [
        check(slice=Slice(column="source", value=str(at)), verdict="fail" if at == 7 else "pass") for at in range(20)
    ]

    shown = verdict_markdown(verdict(check(), *slices))

    before, after = shown.split("<details><summary>19 checks on slices pass</summary>")
    assert "| accuracy, source = 7 |" in before
    assert "source = 3" not in before
    assert after.count("| accuracy, source = ") == 19
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(shown)
    assert rendered.count("<table>") == 2


def test_a_refusal_says_why_and_an_override_who() -> None:
    shown = verdict_markdown(
        verdict(
            check(verdict="fail", overridden_by="octocat"),
            verdict="fail",
            reasons=("accuracy.max_drop: surely more than 0.01 lower than Production",),
            notes=("octocat overrides accuracy.max_drop",),
        )
    )

    assert shown.startswith("### headgate: FAIL: the candidate may not replace Production v7")
    assert "| **fail, overridden by octocat** |" in shown
    assert "- accuracy.max_drop: surely more than 0.01 lower than Production" in shown


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        ("inconclusive", "INCONCLUSIVE: the rows at hand do not tell whether sentiment may replace Production v7"),
        ("error", "ERROR: the gate could not be asked whether sentiment may replace Production v7"),
    ],
)
def test_the_other_verdicts_have_their_own_words(outcome: str, title: str) -> None:
    assert verdict_markdown(verdict(verdict=outcome), "sentiment").startswith(f"### headgate: {title}\n")


def test_the_first_model_becomes_production() -> None:
    shown = verdict_markdown(verdict(baseline=Baseline(kind="none")), "sentiment")

    assert shown.startswith("### headgate: PASS: sentiment may become Production\n")


@pytest.mark.parametrize(
    "foreign",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](https://example.com)",
        "![image](https://example.com/x.png)",
        "a | b | c",
        "line\n# heading\n- item",
        "@octocat and #12 and https://example.com and www.example.com",
        "`code` **bold** _it_ ~~gone~~ $x$",
        "</details><h1>",
    ],
)
def test_foreign_text_stays_text(foreign: str) -> None:
    shown = verdict_markdown(
        verdict(check(metric=f"f1[{foreign}]", id="x", verdict="fail", overridden_by=foreign), notes=(foreign,)),
        foreign,
    )

    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(shown)
    assert set(re.findall(r"<(\w+)", rendered)) <= OURS
    for acting in ("@octocat", "#12", "https://", "www."):
        assert acting not in rendered
    rows = [line for line in shown.splitlines() if line.startswith("| f1")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 8


def test_words_with_underscores_and_minus_signs_stay_readable() -> None:
    assert plain("f1_macro fell by -0.01 (5%).") == "f1_macro fell by -0.01 (5%)."


def test_a_code_span_cannot_be_left() -> None:
    assert code("a b\nc") == "`a b c`"
    assert code("a`b|c\\") == "<code>a&#96;b&#124;c&#92;</code>"


def test_the_records_page_has_the_verdict_and_every_link_so_far() -> None:
    record = Record(
        headgate="0.1.0",
        name="sentiment",
        source=Source(commit="a" * 40, actor="octocat", created_at=NOW),
        run=Run(
            id="3f9c",
            tracking="sqlite:///x",
            experiment="sentiment",
            command="dvc repro",
            metrics={"accuracy": 0.7455},
            model_path="m",
            model_digest=NOTHING,
            predictions_path=None,
            predictions_digest=None,
            lock=None,
            started_at=NOW,
            ended_at=NOW + timedelta(seconds=14.2),
        ),
        verdict=verdict(),
    )

    shown = record_markdown(record)

    assert shown.startswith("### headgate: PASS: sentiment may replace Production v7")
    assert "| trained | 14.2 s |" in shown
    assert f"| commit | `{'a' * 40}` |" in shown
    assert "| verdict | pass, against Production v7 |" in shown
    assert shown.rstrip().endswith("</details>")
    assert "deployed" not in shown


@pytest.mark.parametrize("secret", ["p_a*s|s_w0rd", "a`b$c<d>e", "look://for::me"])
def test_a_secret_is_masked_however_a_page_would_spell_it(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_secrets", set())
    masking.register(secret)

    shown = verdict_markdown(verdict(reasons=(f"the server said {secret}",)))

    assert plain(secret) == r"\*\*\*"
    assert code(secret) == "`***`"
    assert r"- the server said \*\*\*" in shown
