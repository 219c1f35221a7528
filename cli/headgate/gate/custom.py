"""Metrics of the project's own: each row's number from a column of its predictions, or from a function of its code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from headgate.config.custom import CustomMetric
from headgate.errors import CouldNotCarryOut, UsageError, listing
from headgate.gate.attributes import column_of, numbers_of
from headgate.gate.classes import spelt
from headgate.gate.predictions import Predictions
from headgate.lineage.digests import digest, short
from headgate.process import as_inherited

if TYPE_CHECKING:
    import polars as pl

    from headgate.statistics.measurement import Floats

Function = Callable[["pl.DataFrame"], Any]
SAME = 1e-9
"""How far two values of one row may be apart, relative to the values' size: what the order of summing leaves."""


class FunctionNotFound(UsageError):
    """`gate.custom` names a function that is not in the repository."""

    title = "a metric of the project is not there"


class FunctionFailed(CouldNotCarryOut):
    """A function of the project did not give a number for each row."""

    title = "a metric of the project could not be computed"


@dataclass(frozen=True)
class RowFunction:
    """A function of the project.

    Args:
        reference: as configured, `metrics:cost`.
        project: the folder it may import from.
        file: where it is.
        digest: of that file.
        call: the function itself.
    """

    reference: str
    project: Path
    file: Path
    digest: str
    call: Function

    @classmethod
    def load(cls, name: str, reference: str, project: Path) -> RowFunction:
        """Import `reference`, the metric `name`, from the files of `project`: this runs the module.

        Raises:
            FunctionNotFound: no such file, or no such function in it; exit 2.
            FunctionFailed: the module cannot be imported; exit 3.
        """
        module, _, function = reference.partition(":")
        file = _file_of(name, reference, project)
        loaded = ModuleType(f"headgate_custom_{module.replace('.', '_')}")
        loaded.__file__ = str(file)
        sys.modules[loaded.__name__] = loaded  # dataclasses look their module up
        source = file.read_bytes()
        with _running(f"importing {file.name} for gate.custom.{name}", project):
            # Compiled here, as it stands: Python's own cache goes by time and size, and may hold an older state.
            exec(compile(source, file, "exec"), loaded.__dict__)  # noqa: S102  (this is what was asked for)
        found = getattr(loaded, function, None)
        if not callable(found):
            raise FunctionNotFound(
                f"gate.custom.{name}: {file.name} has no function '{function}'.", hint=f"def {function}(rows): ..."
            )
        return cls(reference, project, file, digest(file), found)

    def values(self, rows: pl.DataFrame, of: str) -> Floats:
        """A finite number for each of `rows`, those of the file `of`: shape (rows,).

        Raises:
            FunctionFailed: something else; or numbers that depend on other rows, or on chance.
        """
        import numpy as np

        values = self._called(rows, of)
        some = self._called(rows.gather_every(2).reverse(), of)
        size = float(np.abs(values).max(initial=0.0))
        if not np.allclose(some[::-1], values[::2], rtol=SAME, atol=SAME * size):
            raise FunctionFailed(
                f"{self.reference} gives a row of {of} another number when the row comes with other rows, or the next "
                "time it is asked.",
                hint="Its number must follow from the row alone: no mean, no rank, no chance.",
            )
        return values

    def _called(self, rows: pl.DataFrame, of: str) -> Floats:
        import numpy as np

        with _running(f"{self.reference} on {of}", self.project):
            values = np.asarray(self.call(rows), dtype=np.float64)
        if values.shape != (len(rows),):
            raise FunctionFailed(
                f"{self.reference} gave an array of shape {values.shape} for the {len(rows):,} rows of {of}.",
                hint=f"It has to give one number for each row: shape ({len(rows)},).",
            )
        if count := int((~np.isfinite(values)).sum()):
            first = int(np.flatnonzero(~np.isfinite(values))[0])
            raise FunctionFailed(
                f"{self.reference} gave {count:,} number(s) that are not finite on {of}, the first for this row: "
                f"{str(rows.row(first, named=True))[:300]}"
            )
        return values


@dataclass(frozen=True)
class RowMetrics:
    """The project's own metrics that a policy asks for, ready to be computed on any predictions file."""

    metrics: Mapping[str, CustomMetric]
    functions: Mapping[str, RowFunction]

    @classmethod
    def of(cls, metrics: Mapping[str, CustomMetric], project: Path | None) -> RowMetrics:
        """The metrics, their functions imported from `project`.

        Raises:
            FunctionNotFound: exit 2.
            FunctionFailed: exit 3.
        """
        wanted = {name: metric.function for name, metric in metrics.items() if metric.function is not None}
        if wanted and project is None:
            raise FunctionNotFound(f"{listing(wanted)}: no project was named whose functions these are.")
        functions = {
            name: RowFunction.load(name, reference, project)
            for name, reference in wanted.items()
            if project is not None
        }
        return cls(metrics, functions)

    def with_values(self, predictions: Predictions) -> Predictions:
        """`predictions` with each metric's numbers, one a row.

        Raises:
            PredictionsUnusable: a column is missing, or holds no numbers.
            FunctionFailed: exit 3.
        """
        return replace(
            predictions, row_values={name: self._values(name, predictions) for name in self.metrics}
        ) if self.metrics else predictions  # fmt: skip

    def notes(self) -> Iterator[str]:
        """What the report says of code that took part in the decision."""
        for name, function in self.functions.items():
            where = function.file.relative_to(function.project).as_posix()
            yield (
                f"{name} is the mean of what {function.reference} gives each row: the project's own code, "
                f"{where} {short(function.digest)}."
            )

    def _values(self, name: str, predictions: Predictions) -> Floats:
        metric = self.metrics[name]
        if metric.column is not None:
            numbers: Floats = numbers_of(predictions, metric.column).to_numpy()
            return numbers
        return self.functions[name].values(rows_for(metric, predictions), predictions.name)


def rows_for(metric: CustomMetric, predictions: Predictions) -> pl.DataFrame:
    """What a function is given: `label`, `prediction`, probabilities if it reads them, and its further columns.

    Classes are texts and numbers are 64-bit floats whatever the file's format; of the further columns those are numbers
    that hold nothing else.

    Raises:
        PredictionsUnusable: a further column is missing.
    """
    import polars as pl

    columns = {"label": predictions.label, "prediction": predictions.prediction}
    if metric.reads != "numbers":
        columns = {name: spelt(column, f"{predictions.name}: column '{name}'") for name, column in columns.items()}
    if metric.reads == "probabilities":
        if predictions.score is not None:
            columns["score"] = pl.Series(predictions.score)
        columns |= {f"score:{label}": pl.Series(scores) for label, scores in predictions.class_scores.items()}
    columns |= {name: _plain(column_of(predictions, name)) for name in metric.columns}
    return pl.DataFrame({name: column.alias(name) for name, column in columns.items()})


def _plain(column: pl.Series) -> pl.Series:
    import polars as pl

    if column.dtype != pl.String:
        return column.cast(pl.Float64) if column.dtype.is_numeric() else column
    numbers = column.cast(pl.Float64, strict=False)
    return numbers if numbers.null_count() == column.null_count() else column


def _file_of(name: str, reference: str, project: Path) -> Path:
    """The file of a module that lies in the project, and nowhere else."""
    root = project.resolve()
    place = root.joinpath(*reference.partition(":")[0].split("."))
    tried = (place.with_suffix(".py"), place / "__init__.py")
    for file in tried:
        if file.is_file() and file.resolve().is_relative_to(root):
            return file
    raise FunctionNotFound(
        f"gate.custom.{name} names {reference}, and there is no {tried[0].relative_to(root).as_posix()} in the "
        "project.",
        hint="Give the module as it is imported from the folder of headgate.yaml: src/metrics.py is src.metrics.",
    )


@contextmanager
def _running(what: str, project: Path) -> Iterator[None]:
    """The project's code: it may import its neighbours, prints to standard error, and fails as a message of ours.

    Of the variables it gets what the training got.

    That it ends the process is a failure like any other, for the process' exit code is the gate's answer.
    """
    before = list(sys.path)
    sys.path.insert(0, str(project))
    try:
        with redirect_stdout(sys.stderr), as_inherited():
            yield
    except (Exception, SystemExit) as error:
        said = (str(error).splitlines() or [""])[0][:300]
        raise FunctionFailed(
            f"{what}: {type(error).__name__}{f': {said}' if said else ''}.", hint="Try the function on its own."
        ) from error
    finally:
        sys.path[:] = before
