"""The gate's report as a file: the verdict, the rows behind it summed up, and the lineage, in one page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headgate import atomic
from headgate.masking import mask
from headgate.record import Record, Verdict

if TYPE_CHECKING:
    from headgate.gate.evaluation_set import EvaluationSet


@dataclass(frozen=True)
class Page:
    """Where the page goes.

    Args:
        path: the file; its folder is made where it is missing.
        show_rows: whether single rows, with ids and labels, may be in it.
    """

    path: Path
    show_rows: bool = False

    def write(
        self, verdict: Verdict, rows: EvaluationSet | None, *, name: str | None = None, record: Record | None = None
    ) -> None:
        """Write it whole or not at all; `name` is the model's.

        Raises:
            OSError: the file cannot be written.
        """
        from headgate.gate.evidence import evidence_of
        from headgate.report.html import verdict_html
        from headgate.report.wording import CANDIDATE

        evidence = None if rows is None else evidence_of(rows, show_rows=self.show_rows)
        text = mask(verdict_html(verdict, name or CANDIDATE, evidence=evidence, record=record))
        atomic.replace(self.path, text, mode=0o644)
