"""One check in plain words: what was asked, of which rows, how, what they say, and what would change the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headgate.config.suggestion import nearest
from headgate.errors import UsageError
from headgate.record import Check, Verdict
from headgate.report.inert import plain
from headgate.report.methods import method_in_words
from headgate.report.wording import model_name, number, wants_more

if TYPE_CHECKING:
    from rich.console import Group

SCHEMA = "headgate/explanation/1"


@dataclass(frozen=True)
class Explanation:
    """A check explained.

    Args:
        check: its id.
        verdict: its outcome, as the record spells it.
        parts: headings, each with a few sentences.
    """

    check: str
    verdict: str
    parts: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values, schema `headgate/explanation/1`."""
        parts = [{"title": title, "text": text} for title, text in self.parts]
        return {"schema": SCHEMA, "check": self.check, "verdict": self.verdict, "parts": parts}

    def text(self) -> Group:
        """For a terminal: a heading and its sentences, one below the other."""
        from rich.console import Group
        from rich.padding import Padding
        from rich.text import Text

        lines: list[Text | Padding] = [Text(f"{self.check}: {self.verdict.replace('_', ' ')}", style="bold")]
        for title, text in self.parts:
            lines += [Text(), Text(title, style="bold"), Padding(Text(text), (0, 0, 0, 2))]
        return Group(*lines)

    def markdown(self) -> str:
        """For a page."""
        parts = (f"**{title}**: {plain(text)}\n" for title, text in self.parts)
        return "\n".join([f"### {plain(self.check)}: {self.verdict.replace('_', ' ')}\n", *parts])


def explain(verdict: Verdict, check_id: str) -> Explanation:
    """The check `check_id` of `verdict`, explained.

    Raises:
        UsageError: the verdict has no such check; names the nearest.
    """
    for check in verdict.checks:
        if check.id == check_id:
            return explanation_of(check, verdict)
    known = nearest(check_id, (check.id for check in verdict.checks))
    raise UsageError(f"The verdict has no check '{check_id}'{known}.", hint="headgate gate lists every check.")


def explanation_of(check: Check, verdict: Verdict) -> Explanation:
    """`check`, explained; `verdict` is the one it belongs to."""
    name = f"the anchor v{check.anchor}" if check.anchor else model_name(verdict.baseline)
    parts = {
        "asked": _asked(check, name),
        "compared": _compared(check, verdict, name),
        "how": method_in_words(check.method, check.confidence),
        "found": " ".join(_found(check, name)),
        "decided": " ".join(_decided(check)),
        "what would change it": " ".join(_changes(check)),
    }
    return Explanation(check.id, check.verdict, tuple((title, text) for title, text in parts.items() if text))


def _asked(check: Check, production: str) -> str:
    where = f" on the rows where {check.slice.name}" if check.slice else ""
    if check.limit is not None:
        at = "at least" if wants_more(check) else "at most"
        sure = "surely " if check.interval is not None and check.margin is None else ""
        return f"Is the candidate's {check.metric}{where} {sure}{at} {number(check.limit)}?"
    worse = "lower" if check.direction == "higher" else "higher"
    allowed = "more than the policy allows" if check.margin is None else f"more than {number(check.margin)}"
    return f"Is the candidate's {check.metric}{where} {worse} than that of {production} by {allowed}?"


def _compared(check: Check, verdict: Verdict, production: str) -> str:
    if check.rows is None:
        return ""
    rows = f"{check.rows:,} row{'' if check.rows == 1 else 's'}"
    if check.production is None or verdict.baseline.kind == "none":
        return f"The candidate's answers on {rows}."
    if check.slice and verdict.rows:
        rows += f" of the {verdict.rows.joined:,}"
    return f"The answers of the candidate and of {production} on the same {rows}, paired by id."


def _found(check: Check, production: str) -> Iterator[str]:
    if check.candidate is None:
        return
    if check.production is None or check.difference is None:
        yield f"The candidate: {number(check.candidate)}."
    else:
        yield (
            f"{production}: {number(check.production)}. The candidate: {number(check.candidate)}, a "
            f"difference of {number(check.difference, signed=True)}."
        )
    if check.interval is not None and check.confidence is not None:
        lower, upper = (number(bound, signed=check.margin is not None) for bound in check.interval)
        what = "difference" if check.margin is not None else "value"
        yield (
            f"The true {what} is above {lower} with {check.confidence * 100:g}% confidence, and below {upper} with the "
            "same."
        )


def _decided(check: Check) -> Iterator[str]:
    """The rule, with the numbers in it."""
    found = oriented(check)
    if check.verdict in ("error", "not_judged") or check.method == "none":
        yield f"{_outcome(check)}: {check.reason}." if check.reason else f"{_outcome(check)}."
    elif found is not None:
        bound, other, allowed = (number(turned, signed=check.margin is not None) for turned in found.as_measured())
        better, worse = ("above", "below") if found.higher else ("below", "above")
        yield {
            "pass": f"Pass: the bound {bound} is {better} what is allowed, {allowed}.",
            "fail": f"Fail: even the bound on the better side, {other}, is {worse} what is allowed, {allowed}.",
            "inconclusive": f"Inconclusive: what is allowed, {allowed}, lies between the bounds {bound} and {other}.",
        }[check.verdict]
    elif check.reason:
        yield f"{_outcome(check)}: {check.reason}."
    elif check.limit is not None and check.candidate is not None:
        relation = "at least" if wants_more(check) else "at most"
        yield f"{_outcome(check)}: {number(check.candidate)} is {relation} {number(check.limit)}."
    else:
        yield f"{_outcome(check)}."
    if check.overridden_by:
        yield f"{check.overridden_by} overrides it, so it stops nothing."


@dataclass(frozen=True)
class Oriented:
    """A check's bounds and what is allowed, turned so that higher is better.

    Args:
        lower, upper: one-sided bounds; of the difference, or of the value itself where a limit is asked of it.
        allowed: the check passes where `lower` is above it, and fails where `upper` is below it.
        higher: whether nothing had to be turned.
    """

    lower: float
    upper: float
    allowed: float
    higher: bool

    def as_measured(self) -> tuple[float, float, float]:
        """The bound that has to clear, the one on the better side, and what is allowed, not turned."""
        sign = 1 if self.higher else -1
        return sign * self.lower + 0.0, sign * self.upper + 0.0, sign * self.allowed + 0.0


def oriented(check: Check) -> Oriented | None:
    """The interval of `check` against what is allowed; None where there is no such thing."""
    if check.interval is None or None in check.interval:
        return None
    lower, upper = (bound for bound in check.interval if bound is not None)
    higher = wants_more(check)
    if check.margin is not None:
        allowed = -check.margin
    elif check.limit is not None:
        allowed = check.limit if higher else -check.limit
    else:
        return None
    return Oriented(lower, upper, allowed, True) if higher else Oriented(-upper, -lower, allowed, False)


def _changes(check: Check) -> Iterator[str]:
    """Rows, margins and limits at which the verdict would be another."""
    found = oriented(check)
    if found is None:
        yield from _changes_of_a_point(check)
    elif check.margin is None:
        at = found.as_measured()
        yield f"It passes with a limit of {number(at[0])}, and fails with one beyond {number(at[1])}."
    else:
        yield from _changes_of_rows(check, found)
        yield from _changes_of_margin(check, found)
    if check.margin is not None and check.detectable_margin is not None:
        yield (
            f"An equally good model passes on these rows four times in five where the margin is "
            f"{number(check.detectable_margin)} or more"
            + ("; the one that is asked for is smaller." if check.detectable_margin > check.margin else ".")
        )


def _changes_of_rows(check: Check, found: Oriented) -> Iterator[str]:
    if check.verdict != "inconclusive":
        return
    if check.required_rows is None:
        yield "No number of rows decides it as it stands: the difference is as good as the margin itself."
        return
    difference = check.difference or 0.0
    towards = "pass" if (difference if found.higher else -difference) > found.allowed else "fail"
    more = f", {check.required_rows - check.rows:,} more than now" if check.rows else ""
    yield (
        f"Rows: about {check.required_rows:,}{more}, were the difference to stay as measured; it would then {towards}."
    )


def _changes_of_margin(check: Check, found: Oriented) -> Iterator[str]:
    passes, fails = number(max(0.0, -found.lower)), number(-found.upper)
    if found.lower > 0:
        yield "The margin: it passes with any, 0 included."
    else:
        yield f"The margin: it passes with one above {passes}."
    if found.upper < 0 and check.verdict != "fail":
        yield f"It fails with one below {fails}."
    elif found.upper < 0:
        yield f"Up to {fails} it fails, whatever the policy makes of an open question."
    else:
        yield "It fails with none: the candidate may well be the better one."


def _changes_of_a_point(check: Check) -> Iterator[str]:
    if check.verdict == "not_judged":
        yield "More rows of this kind in the evaluation set, or a smaller min_rows."
    elif check.limit is not None and check.candidate is not None:
        yield f"It passes with any limit that {number(check.candidate)} does not cross."
    elif check.margin is not None and check.difference is not None:
        worse = max(0.0, -check.difference if check.direction == "higher" else check.difference)
        yield f"It passes with any margin from {number(worse)} on."


def _outcome(check: Check) -> str:
    return _capital(check.verdict.replace("_", " "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
