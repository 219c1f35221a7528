"""Files that nobody meant, through the command line: exit 2 or 3, one readable message, no traceback, little memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.config.gate import Columns
from headgate.errors import HeadgateError
from headgate.gate.predictions import Predictions, Reading, read_predictions

MANY = 100_000
HUGE = 2 << 30
MEMORY = 1 << 30
MEASURED = """
import resource, subprocess, sys
exit_code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
sys.exit(exit_code)
"""
"""A program told from its parent's memory, which it would inherit as its own peak."""
GOOD = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "label": ["a", "b", "a", "b"],
        "prediction": ["a", "a", "a", "b"],
        "score": [0.1, 0.9, 0.2, 0.8],
    }
)
WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".parquet": pl.DataFrame.write_parquet,
    ".csv": pl.DataFrame.write_csv,
    ".jsonl": pl.DataFrame.write_ndjson,
}


@dataclass(frozen=True)
class Asked:
    exit_code: int
    message: str
    memory: int


def ask(candidate: Path, *checks: str) -> Asked:
    """`headgate gate` on `candidate` and a good file, in a process of its own."""
    good = candidate.with_name("good.parquet")
    GOOD.write_parquet(good)
    options = [
        word for check in checks or ("accuracy.max_drop=0.1", "log_loss.max_rise=0.1") for word in ("--check", check)
    ]
    argv = [sys.executable, "-m", "headgate", "gate", "--candidate", str(candidate), "--baseline", str(good), *options]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *argv], capture_output=True, text=True, cwd=candidate.parent, check=False
    )
    return Asked(done.returncode, done.stderr, int(done.stdout))


def refused(candidate: Path, said: str, *checks: str) -> Asked:
    """It says `said` about `candidate`, and nothing that only a programmer can read."""
    asked = ask(candidate, *checks)
    assert asked.exit_code in (2, 3), asked.message
    assert candidate.name in asked.message
    assert said in asked.message
    assert "Traceback" not in asked.message
    assert "panicked" not in asked.message
    assert len(asked.message) < 2000
    return asked


def changed(folder: Path, name: str, **columns: pl.Series | pl.Expr) -> Path:
    path = folder / name
    WRITERS[path.suffix](GOOD.with_columns(**columns), path)
    return path


def raw(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def content(suffix: str, folder: Path) -> bytes:
    path = folder / f"whole{suffix}"
    WRITERS[suffix](GOOD, path)
    return path.read_bytes()


def test_a_truncated_parquet_file(tmp_path: Path) -> None:
    whole = content(".parquet", tmp_path)

    refused(raw(tmp_path, "cut.parquet", whole[: len(whole) // 2]), "cut.parquet cannot be read")


def test_nul_bytes(tmp_path: Path) -> None:
    nul = content(".csv", tmp_path).replace(b"2,b", b"2,b\0")

    refused(raw(tmp_path, "nul.csv", nul), "nul.csv: column 'label' has NUL bytes on 1 row(s)")


def test_bytes_that_are_no_utf_8(tmp_path: Path) -> None:
    latin = content(".csv", tmp_path).replace(b"2,b", b"2,\xe9")

    refused(raw(tmp_path, "latin.csv", latin), "latin.csv cannot be read: line 3 is not UTF-8, column 'label'")


def test_a_hundred_thousand_columns_that_nobody_reads(tmp_path: Path) -> None:
    head = "id,label,prediction,score," + ",".join(f"c{place}" for place in range(MANY))
    rows = [f"{row},{label},a,0.5" + "," * MANY for row, label in enumerate("abab", start=1)]
    asked = ask(raw(tmp_path, "wide.csv", "\n".join([head, *rows, ""]).encode()))
    assert asked.exit_code in (0, 1, 4), asked.message
    assert asked.memory < MEMORY

    renamed = raw(tmp_path, "wide.csv", "\n".join([head.replace("id,", "number,", 1), *rows, ""]).encode())
    refused(renamed, "has no column 'id'; it has 'number', 'label'")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_cell_of_two_gibibytes_is_refused_without_being_read(tmp_path: Path, suffix: str) -> None:
    """The file is a hole on the disk: it takes no room, and reading it would take gigabytes of memory."""
    path = tmp_path / f"huge{suffix}"
    whole = content(suffix, tmp_path)
    cell = {".csv": b"2,b", ".jsonl": b'"id":2,"label":"b'}[suffix]
    before, _, after = whole.partition(cell)
    with path.open("wb") as file:
        file.write(before + cell)
        file.seek(HUGE, os.SEEK_CUR)
        file.write(after)

    asked = refused(path, "is longer than 256 MiB, column 'label'")
    assert asked.memory < MEMORY


def test_a_cell_of_two_gibibytes_in_parquet_is_refused(tmp_path: Path) -> None:
    """As much as the format can hold; writing it takes four times that."""
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if available < 6 * HUGE:
        pytest.skip(f"NOT TESTED: a 2 GiB cell in parquet takes 12 GiB of memory, and {available >> 30} GiB are free")
    make = (
        "import polars as pl, sys\n"
        "huge = pl.Series(['x' * ((2 << 30) - 1000), 'b'])\n"
        "table = pl.DataFrame({'id': [1, 2], 'label': huge, 'prediction': ['a', 'a']})\n"
        "table.write_parquet(sys.argv[1], statistics=False)"
    )
    path = tmp_path / "huge.parquet"
    subprocess.run([sys.executable, "-c", make, str(path)], check=True)

    asked = refused(path, "column 'label' has 2,147,482,648 bytes in row 1", "accuracy.max_drop=0.1")
    assert asked.memory < 3 * HUGE


def test_ids_of_mixed_types(tmp_path: Path) -> None:
    lines = [json.dumps({"id": one, "label": "a", "prediction": "a", "score": 0.5}) for one in (1, "1", 2.5, [3])]

    refused(
        raw(tmp_path, "twice.jsonl", "\n".join(lines[:2]).encode()), "column 'id' has ids that stand more than once"
    )
    refused(raw(tmp_path, "mixed.jsonl", "\n".join(lines[1:]).encode()), "mixed.jsonl")


@pytest.mark.parametrize("column", ["id", "label", "prediction", "score"])
def test_nested_types(tmp_path: Path, column: str) -> None:
    nested = changed(tmp_path, "nested.parquet", **{column: pl.Series([[1.0], [2.0], [3.0], [4.0]])})

    refused(nested, f"nested.parquet: column '{column}' holds List(Float64)")


def test_one_class_only_is_judged_or_told(tmp_path: Path) -> None:
    one = changed(tmp_path, "one.parquet", label=pl.lit("a"), prediction=pl.lit("a"))

    refused(one, "2 of 4 rows have one label in ")


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_zero_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"none{suffix}"
    WRITERS[suffix](GOOD.clear(), path)

    refused(path, f"none{suffix} has no rows")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_scores_outside_of_0_and_1(tmp_path: Path, suffix: str) -> None:
    outside = changed(tmp_path, f"outside{suffix}", score=pl.col("score") * 2)

    refused(
        outside, f"outside{suffix}: column 'score' has 2 value(s) that are no probability in [0, 1], the first in row 2"
    )


@pytest.fixture(scope="module", params=[".parquet", ".csv", ".jsonl"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    yield request.param, content(request.param, tmp_path_factory.mktemp("whole"))


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=12), st.integers(0, 40)), max_size=6
    )
)
def test_any_change_of_bytes_ends_in_predictions_or_in_one_message(
    whole: tuple[str, bytes], tmp_path: Path, changes: list[tuple[float, bytes, int]]
) -> None:
    """Each change puts some bytes in the place of some others, somewhere in a good file."""
    suffix, good = whole
    file = bytearray(good)
    for place, new, lost in changes:
        at = int(place * (len(file) + 1))
        file[at : at + lost] = new
    read_or_refused(raw(tmp_path, f"fuzzed{suffix}", bytes(file)))


def test_any_shuffle_of_blocks_ends_in_predictions_or_in_one_message(whole: tuple[str, bytes], tmp_path: Path) -> None:
    suffix, good = whole
    for seed in range(300):
        chance = random.Random(seed)  # noqa: S311
        size = chance.choice([1, 4, 16, 64])
        blocks = [good[at : at + size] for at in range(0, len(good), size)]
        one, other = chance.randrange(len(blocks)), chance.randrange(len(blocks))
        blocks[one], blocks[other] = blocks[other], blocks[one]
        read_or_refused(raw(tmp_path, f"shuffled{suffix}", b"".join(blocks)))


def read_or_refused(path: Path) -> None:
    try:
        read = read_predictions(path, Columns(), Reading(probabilities=True, attributes=("score",)))
    except HeadgateError as error:
        assert error.exit_code in (2, 3)
        assert error.message.startswith(str(path))
        assert "\n" not in error.message
        assert len(error.message) < 2000
    else:
        assert isinstance(read, Predictions)
        assert len(read)
