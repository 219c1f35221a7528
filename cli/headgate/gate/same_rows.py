"""Both models on the same rows: as they were scored, or, where the rows have changed, scored again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from headgate.config.gate import Gate
from headgate.gate.custom import RowMetrics
from headgate.gate.evaluation_set import EvaluationSet, evaluation_set
from headgate.gate.ids import EvaluationDataDiffers
from headgate.gate.predictions import Predictions, Reading, read_predictions
from headgate.gate.production import BaselineUnavailable, Production
from headgate.gate.rescoring import Rescoring

SET_EVALUATE = (
    "gate.evaluate: python evaluate.py --model {model} --out {predictions}  (your script; Production is then scored "
    "again on today's rows)"
)
NAME_A_FILE = (
    "--baseline <Production's predictions on the same rows>; or headgate gate without --candidate, which can score "
    "Production again (gate.evaluate)"
)


@dataclass(frozen=True)
class SameRows:
    """How rows are shared.

    Args:
        gate: which columns, and how many rows must be on both sides.
        reading: what is read of a predictions file.
        rescoring: how a version is scored again; None where the project does not say how.
        own: the project's own metrics.
        way_out: what to do where a version would have to be scored again and cannot be.
    """

    gate: Gate
    reading: Reading
    rescoring: Rescoring | None = None
    own: RowMetrics = field(default_factory=lambda: RowMetrics({}, {}))
    way_out: str = SET_EVALUATE

    def read(self, path: Path, name: str | None) -> Predictions:
        """A predictions file as far as the policy needs it; messages call it `name`."""
        return self.own.with_values(read_predictions(path, self.gate.columns, self.reading, name=name))

    def alone(self, ours: Predictions) -> EvaluationSet:
        """The candidate's rows."""
        return evaluation_set(ours, None, positive=self.gate.columns.positive)

    def with_(self, ours: Predictions, production: Production) -> tuple[EvaluationSet, Production]:
        """The rows of both, and what was compared with in the end.

        The hash of an evaluation set is of its ids and labels, so it differs where, and only where, the two files do
        not join row by row.

        Raises:
            EvaluationDataDiffers: the rows are not the same, and nothing can score them again.
            BaselineUnavailable: there are no predictions, and nothing can make them.
            EvaluateFailed: it was tried.
        """
        version = production.version
        if version is None or self.rescoring is None:
            return self._as_scored(ours, production), production
        if production.predictions is not None:
            try:
                return self._joined(ours, production, production.predictions, exactly=True), production
            except EvaluationDataDiffers:
                pass  # which is what `evaluate` is for
        written = self.rescoring.score(version, self.alone(ours).digest)
        rescored = replace(
            production,
            predictions=written,
            baseline=production.baseline.model_copy(update={"rescored": True}),
        )
        return self._joined(ours, rescored, written), rescored

    def _as_scored(self, ours: Predictions, production: Production) -> EvaluationSet:
        if production.predictions is None:
            raise BaselineUnavailable(
                f"{production.name} was registered without predictions, so no metric can be compared on the same rows.",
                hint=f"{self.way_out}\nOr release once with absolute limits alone (min, max); from then on max_drop "
                "and max_rise have something to compare with. Or compare with a file: gate.baseline: file:<path>.",
            )
        try:
            return self._joined(ours, production, production.predictions)
        except EvaluationDataDiffers as differs:
            if production.version is None:
                raise
            raise EvaluationDataDiffers(differs.message, hint=self.way_out) from differs

    def _joined(self, ours: Predictions, production: Production, file: Path, *, exactly: bool = False) -> EvaluationSet:
        at_least = None if exactly or self.gate.rows is None else self.gate.rows.at_least
        return evaluation_set(
            ours,
            self.read(file, production.file_name),
            positive=self.gate.columns.positive,
            at_least=at_least,
        )
