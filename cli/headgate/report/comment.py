"""The comment on a pull request: the verdict, what it rests on, where it comes from, in what one comment can hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.record import Check, Record, Verdict
from headgate.report.chart import chart
from headgate.report.inert import LONGEST, code, plain, short
from headgate.report.markdown import bullets, folded, heading, lineage, table
from headgate.report.wording import counted, footing, put_aside

_MOST_SENTENCES = 10  # reasons, and notes, that are told; the rest are in the report


@dataclass(frozen=True)
class Origin:
    """Where what the comment tells comes from; all of it GitHub's own word, none of it the record's.

    Args:
        run_url: the page of the run.
        fork: the repository whose run reported it, where nobody else has checked it.
    """

    run_url: str | None = None
    fork: str | None = None


@dataclass(frozen=True)
class _Extent:
    """How much is told: what is least missed goes first."""

    rows: int | None = None
    aside: bool = True
    chart: bool = True
    lineage: bool = True
    sentences: int = _MOST_SENTENCES
    longest: int = LONGEST

    @property
    def whole(self) -> bool:
        return self == _EXTENTS[0]


_EXTENTS = (
    _Extent(),
    _Extent(lineage=False),
    _Extent(lineage=False, chart=False),
    *(_Extent(rows, False, False, False, 5, 100) for rows in (400, 200, 100, 50, 20)),
    _Extent(0, False, False, False, 0, 100),
)


def comment_markdown(record: Record, mark: str, origin: Origin, longest: int) -> str:
    """The comment about `record`, at most `longest` characters (Unicode code points).

    Args:
        record: filled up to the verdict; without one the comment says that.
        mark: the hidden first line.
        origin: where the record comes from.
        longest: the rest is left out, least missed first, with a pointer to the whole.
    """
    for extent in _EXTENTS:
        written = "\n".join(_lines(record, mark, origin, extent)).rstrip() + "\n"
        if len(written) <= longest:
            break
    return written


def _lines(record: Record, mark: str, origin: Origin, extent: _Extent) -> Iterator[str]:
    yield mark
    name = short(record.name, extent.longest)
    if record.verdict is None:
        yield f"### headgate: no verdict on {plain(name)}"
        yield ""
        yield "The run ended before the gate had been asked; its log says why."
    else:
        yield heading(record.verdict, name)
    yield ""
    if origin.fork:
        yield (
            f"Reported by the run of the fork {code(origin.fork)}, on its own code and with its own numbers: "
            "nobody else has checked it."
        )
        yield ""
    if record.verdict is not None:
        yield from _verdict(record.verdict, extent)
    if extent.lineage:
        yield from folded("lineage", lineage(record))
    yield _foot(record, origin, extent)


def _verdict(verdict: Verdict, extent: _Extent) -> Iterator[str]:
    shown, aside = put_aside(verdict)
    rows = _first(shown, extent.rows)
    if rows:
        yield from table(verdict, [_cut(check, extent.longest) for check in rows])
        yield ""
    if left := len(shown) - len(rows):
        yield f"{left:,} more checks."
        yield ""
    if aside and extent.aside:
        yield from folded(counted(aside), table(verdict, [_cut(check, extent.longest) for check in aside]))
    elif aside:
        yield f"{counted(aside)}."
        yield ""
    if extent.sentences:
        yield plain(" ".join(footing(verdict)))
        yield ""
    yield from bullets(short(reason, extent.longest) for reason in verdict.reasons[: extent.sentences])
    yield from bullets(short(note, extent.longest) for note in verdict.notes[: extent.sentences])
    if extent.chart and (drawn := chart(verdict)):
        yield from folded("what is sure of each difference, in margins", drawn)


def _first(checks: list[Check], rows: int | None) -> list[Check]:
    """So many rows, those that stop the release before those that pass."""
    return checks if rows is None else sorted(checks, key=lambda check: check.verdict == "pass")[:rows]


def _cut(check: Check, longest: int) -> Check:
    """The check with names no longer than anybody reads."""
    where = check.slice
    if where is not None and len(where.name) > longest:
        where = where.model_copy(
            update={"column": short(where.column, longest // 2), "value": short(where.value, longest // 2)}
        )
    by = None if check.overridden_by is None else short(check.overridden_by, longest)
    return check.model_copy(update={"metric": short(check.metric, longest), "slice": where, "overridden_by": by})


def _foot(record: Record, origin: Origin, extent: _Extent) -> str:
    """The commit, the run, and where the rest is."""
    run = f"[the run]({origin.run_url})" if origin.run_url else "the run"
    commit = f"commit {code(record.source.commit[:7])}"
    if extent.whole:
        return f"{commit}, {run}" if origin.run_url else commit
    return f"{commit}. Cut to what a comment can hold: the whole report is among the artifacts of {run}."
