"""Candidates that do not exist yet, made from Production's own answers: as good, perfect, and hopeless."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from headgate.config.metrics import Direction
from headgate.gate.evaluation_set import EvaluationSet
from headgate.gate.predictions import Predictions

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers

SEED = 20190611
FAR = 1000.0
"""How many times farther off than Production at its worst a hopeless numeric answer is."""


@dataclass(frozen=True)
class Hypothetical:
    """Answers on the rows that Production was scored on.

    Args:
        production: its predictions.
        rows: the same, as an evaluation set of its own.
        better: which way the project's own metrics are better.
    """

    production: Predictions
    rows: EvaluationSet
    better: Mapping[str, Direction] = field(default_factory=dict)

    @property
    def most_discordance(self) -> float:
        """The largest share of rows that `as_good` can answer differently."""
        return 2 * len(self._pairs) / len(self.production)

    def as_good(self, discordance: float) -> Predictions | None:
        """Production's answers, exchanged between rows so that this share of them differs, and no metric does.

        Of the project's own metrics the rows exchange their numbers.

        Classes: each exchange takes a row that Production has right and one that it has wrong, of the same label, so
        every class keeps its hits and misses, and every score its label. Numbers: two rows exchange their errors. None
        where Production has too few rows right, or wrong, for so many exchanges.
        """
        import numpy as np

        wanted = math.ceil(discordance * len(self.production) / 2 - 1e-9)  # rather a row too many than one too few
        if wanted > len(self._pairs):
            return None
        places = np.arange(len(self.production))
        ours, theirs = self._pairs[:wanted].T
        places[ours], places[theirs] = theirs, ours
        return self._exchanged(places)

    def perfect(self) -> Predictions:
        """Every answer right, and sure; of the project's own metrics the best number that occurs on any row."""
        source = self.production
        answered = replace(
            source, prediction=source.label.alias(source.prediction.name), row_values=self._extreme(best=True)
        )
        return self._sure_of(answered, self.rows.label) if self.rows.classes else answered

    def hopeless(self) -> Predictions | None:
        """Every answer wrong, and sure of it; None where all labels are of one class, so that there is no other.

        Of the project's own metrics a number that is worse by far than any that occurs.
        """
        import numpy as np
        import polars as pl

        source, rows = replace(self.production, row_values=self._extreme(best=False)), self.rows
        name = source.prediction.name
        if not rows.classes:
            worst = float(np.abs(rows.candidate.values - rows.truth).max() + np.abs(rows.truth).max() + 1)
            return replace(source, prediction=pl.Series(name, rows.truth + FAR * worst))
        true, first = np.unique(rows.label, return_index=True)
        if len(true) < 2:
            return None
        other = (np.searchsorted(true, rows.label) + 1) % len(true)
        answered = replace(source, prediction=source.label.gather(first[other]).alias(name))
        return self._sure_of(answered, true[other])

    @cached_property
    def _pairs(self) -> Integers:
        """Rows to exchange, shape (pairs, 2), shuffled, and no row in two of them."""
        import numpy as np

        generator = np.random.default_rng(SEED)
        if not self.rows.classes:
            shuffled = generator.permutation(len(self.production))
            return shuffled[: len(shuffled) // 2 * 2].reshape(-1, 2)
        right = self.rows.candidate.classes == self.rows.label
        pairs = [np.empty((0, 2), dtype=np.int64)]
        for label in np.unique(self.rows.label):
            of_label = self.rows.label == label
            hits = generator.permutation(np.flatnonzero(of_label & right))
            misses = generator.permutation(np.flatnonzero(of_label & ~right))
            count = min(len(hits), len(misses))
            pairs.append(np.stack([hits[:count], misses[:count]], axis=1))
        return generator.permutation(np.concatenate(pairs))

    def _exchanged(self, places: Integers) -> Predictions:
        """The same rows with the answers, or the errors, that stand at `places`."""
        import polars as pl

        rows = self.rows
        exchanged = {name: values[places] for name, values in self.production.row_values.items()}
        source = replace(self.production, row_values=exchanged)
        if not rows.classes:
            errors = rows.candidate.values - rows.truth
            return replace(source, prediction=pl.Series(source.prediction.name, rows.truth + errors[places]))
        per_class: Mapping[str, Floats] = {name: values[places] for name, values in source.class_scores.items()}
        score = None if source.score is None else source.score[places]
        return replace(source, prediction=source.prediction.gather(places), score=score, class_scores=per_class)

    def _extreme(self, *, best: bool) -> dict[str, Floats]:
        """One number for all rows, of each of the project's own metrics."""
        import numpy as np

        def value(values: Floats, better: Direction) -> float:
            if best:
                return float(values.max() if better == "higher" else values.min())
            far = FAR * (1 + float(np.abs(values).max()))
            return -far if better == "higher" else far

        found = self.production.row_values
        return {name: np.full(len(values), value(values, self.better[name])) for name, values in found.items()}

    def _sure_of(self, answered: Predictions, answers: Integers) -> Predictions:
        """`answered` with all probability on its answers, which are these positions in the set's classes."""
        import numpy as np

        classes = self.rows.classes
        per_class = {
            name: (answers == classes.index(name)).astype(np.float64) if name in classes else np.zeros(len(answers))
            for name in answered.class_scores
        }
        if answered.score is None or self.rows.positive not in classes:
            return replace(answered, class_scores=per_class)
        return replace(answered, score=(answers == classes.index(self.rows.positive)).astype(np.float64))
