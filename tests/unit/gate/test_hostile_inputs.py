"""Files that nobody meant: each ends in a verdict or in one readable message, never in a traceback."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from headgate.errors import HeadgateError
from headgate.gate import comparison_of_files, decide
from headgate.gate.damage import LONGEST_CELL, long_line
from headgate.gate.policy import policy_from_checks
from headgate.record import Verdict

ROWS = 60
LONGEST = 2000  # characters that a person still reads
CHECKS = ("accuracy.max_drop=0.1", "f1_macro.max_drop=0.1", "log_loss.max_rise=0.1", "accuracy.min=0.2")
SMALL = {"id": [1, 2], "label": ["a", "b"], "prediction": ["a", "a"], "score": [0.1, 0.9]}


def judged(candidate: Path, production: Path) -> Verdict | HeadgateError:
    """What the gate makes of two files: anything else than these two is a defect."""
    gate = policy_from_checks(CHECKS)
    try:
        return decide(gate, comparison_of_files(gate, candidate, production))[1]
    except HeadgateError as error:
        return error


def refused(candidate: Path, production: Path) -> str:
    outcome = judged(candidate, production)
    assert isinstance(outcome, HeadgateError)
    assert outcome.exit_code in (2, 3)
    assert len(outcome.message) < LONGEST
    assert "\n" not in outcome.message
    return outcome.message


def written(folder: Path, name: str, columns: dict[str, Any] | pl.DataFrame) -> Path:
    path = folder / name
    frame = pl.DataFrame(columns, strict=False)
    {".parquet": frame.write_parquet, ".csv": frame.write_csv, ".jsonl": frame.write_ndjson}[path.suffix](path)
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path, "production.parquet", SMALL)


def whole_file(suffix: str) -> bytes:
    generator = np.random.default_rng(20261121)
    frame = pl.DataFrame(
        {
            "id": [f"row-{row}" for row in range(ROWS)],
            "label": generator.choice(["cat", "dog"], ROWS),
            "prediction": generator.choice(["cat", "dog"], ROWS),
            "score": generator.random(ROWS).round(3),
            "source": generator.choice(["web", "mobile"], ROWS),
        }
    )
    file = io.BytesIO()
    if suffix == ".parquet":
        frame.write_parquet(file, compression="snappy")
    elif suffix == ".csv":
        frame.write_csv(file)
    else:
        frame.write_ndjson(file)
    return file.getvalue()


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Bytes changed, lost, repeated, zeroed or cut off, in one place or in several."""
    file = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        place = chance.randrange(len(file) + 1)
        match chance.randrange(6):
            case 0:
                file[place : place + 1] = chance.randbytes(1)
            case 1:
                del file[place : place + chance.choice([1, 8, 50, 1000])]
            case 2:
                file[place:place] = bytes(chance.choice([1, 4, 100]))
            case 3:
                source = chance.randrange(len(file) + 1)
                file[place:place] = file[source : source + chance.choice([1, 10, 200])]
            case 4:
                file[place:place] = chance.randbytes(chance.choice([1, 4, 30]))
            case _:
                del file[place:]
    return bytes(file)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_no_damage_to_a_file_ends_in_a_traceback(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    content = whole_file(suffix)
    good, bad = tmp_path / f"good{suffix}", tmp_path / f"bad{suffix}"
    good.write_bytes(content)
    outcomes = []
    for seed in range(80):
        bad.write_bytes(damaged(content, random.Random(seed)))  # noqa: S311
        outcomes.append(judged(bad, good))

    refusals = [outcome for outcome in outcomes if isinstance(outcome, HeadgateError)]
    assert len(refusals) > len(outcomes) / 2  # most damage is seen; some of it leaves the values as they were
    for refusal in refusals:
        assert refusal.exit_code in (2, 3)
        assert len(refusal.message) < LONGEST
        assert "\n" not in refusal.message
        assert str(tmp_path) in refusal.message  # of rows that were lost, the file that still has them
    assert capfd.readouterr() == ("", "")  # polars panics on standard error


def test_every_cut_of_a_parquet_file_is_refused(tmp_path: Path, good: Path) -> None:
    content = whole_file(".parquet")
    for kept in np.linspace(1, len(content) - 1, 40, dtype=int):
        (tmp_path / "cut.parquet").write_bytes(content[:kept])
        assert "cut.parquet cannot be read" in refused(tmp_path / "cut.parquet", good)


@pytest.mark.parametrize("column", ["id", "label", "prediction"])
@pytest.mark.parametrize(
    "values",
    [
        [[1], [2]],
        [{"x": 1}, {"x": 2}],
        [b"a", b"b"],
        [dt.timedelta(1), dt.timedelta(2)],
        [None, None],
        pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)),
        ["a\0", "b"],
    ],
    ids=["lists", "structs", "bytes", "durations", "nothing", "arrays", "NUL bytes"],
)
def test_values_that_are_no_values_name_file_and_column(tmp_path: Path, good: Path, column: str, values: Any) -> None:
    message = refused(written(tmp_path, "odd.parquet", {**SMALL, column: values}), good)

    assert f"odd.parquet: column '{column}' h" in message


@pytest.mark.parametrize(
    "values",
    [
        [True, False],
        [dt.date(2026, 1, 1), dt.date(2026, 1, 2)],
        [dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2)],  # noqa: DTZ001
        pl.Series(["a", "b"], dtype=pl.Categorical),
        pl.Series([2**63, 2**64 - 1], dtype=pl.UInt64),
        pl.Series(["1.0", "2.5"]).cast(pl.Decimal(10, 2)),
        ["", " "],
        [-0.0, 1e300],
    ],
    ids=["booleans", "dates", "times", "categories", "large integers", "decimals", "empty texts", "extreme numbers"],
)
def test_unusual_labels_are_classes_like_any_others(tmp_path: Path, values: Any) -> None:
    odd = written(tmp_path, "odd.parquet", {"id": [1, 2], "label": values, "prediction": values})
    gate = policy_from_checks(["accuracy.max_drop=0.1"])

    _, verdict = decide(gate, comparison_of_files(gate, odd, odd))

    assert verdict.checks[0].candidate == 1.0


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"id": 1}, {"id": "1"}], "ids that stand more than once, on 2 rows: '1'"),
        ([{"id": [1]}, {"id": {"a": 1}}], "cannot be read"),
        ([{"id": 1}, {"id": None}], "column 'id' has 1 missing"),
        ([{"id": 1}, {"id": 2.5}], "ids are only in"),
        ([{"id": 1}, {"id": "x"}], "ids are only in"),
    ],
)
def test_ids_of_mixed_types_are_texts_or_refused(
    tmp_path: Path, good: Path, lines: list[dict[str, Any]], said: str
) -> None:
    rest = {"label": "a", "prediction": "a", "score": 0.5}
    (tmp_path / "mixed.jsonl").write_text("".join(json.dumps({**line, **rest}) + "\n" for line in lines))

    assert said in refused(tmp_path / "mixed.jsonl", good)


def test_ids_that_are_texts_here_and_numbers_there_are_the_same_ids(tmp_path: Path, good: Path) -> None:
    texts = written(tmp_path, "texts.parquet", {**SMALL, "id": ["2", "1"], "label": ["b", "a"]})

    assert isinstance(judged(texts, good), Verdict)


def test_numbers_too_large_to_be_ids_are_refused(tmp_path: Path, good: Path) -> None:
    large = written(tmp_path, "large.parquet", {**SMALL, "id": [1e300, 2e300]})

    assert "column 'id' has numbers too large to be exact" in refused(large, good)


@pytest.mark.parametrize("column", ["id", "label"])
def test_a_huge_cell_is_refused_in_few_words(tmp_path: Path, good: Path, column: str) -> None:
    huge = written(tmp_path, "huge.parquet", {**SMALL, column: ["x" * (LONGEST_CELL + 1), "b"]})

    assert f"huge.parquet: column '{column}' has 1,048,577 bytes in row 1" in refused(huge, good)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("p.csv", b"id,label,prediction,score\n1,a,a,0\n2,\xe9,a,0\n", "line 3 is not UTF-8, column 'label'"),
        ("p.csv", b'id,"label",prediction,score\n"1,2",a,\xe9,0\n', "line 2 is not UTF-8, column 'prediction'"),
        ("p.jsonl", b'{"id": 1, "label": "\xe9", "prediction": "a"}\n', "line 1 is not UTF-8, column 'label'"),
        ("p.jsonl", b'{"id": 1, "label": "a\0", "prediction": "a"}\n', "line 1 is not JSON: Invalid control character"),
        ("p.jsonl", b'{"id": 1}\n[1, 2]\n', "line 2 is no JSON object"),
        ("p.jsonl", b'{"id": ' + b"[" * 100_000, "line 1 is nested too deeply"),
        ("p.jsonl", b'{"id": 1, "label": {"a": 1}, "prediction": "a", "score": 1}\n', "column 'label' holds Struct"),
        ("p.jsonl", b'{"id": 1, "label": "a", "prediction": ["a"], "score": 1}\n', "column 'prediction' holds List"),
        ("p.csv", b"", "is empty"),
        ("p.jsonl", b"", "is empty"),
        ("p.parquet", b"", "is empty"),
    ],
)
def test_a_damaged_text_file_is_told_by_line_and_column(
    tmp_path: Path, good: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)

    message = refused(tmp_path / name, good)
    assert message.startswith(str(tmp_path / name))
    assert said in message


@pytest.mark.parametrize(
    ("name", "before"), [("p.csv", b"id,label,prediction\n1,a,a\n2,"), ("p.jsonl", b'{"id": 1, "label": "')]
)
def test_a_line_without_an_end_is_refused_before_it_is_read(
    tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch, name: str, before: bytes
) -> None:
    monkeypatch.setattr("headgate.gate.damage.LONGEST_LINE", 4 << 20)
    (tmp_path / name).write_bytes(before + b"x" * (5 << 20))

    assert "is longer than 4 MiB, column 'label'" in refused(tmp_path / name, good)


def test_many_short_lines_are_no_long_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.gate.damage.LONGEST_LINE", 1000)
    lines = [f"{row},a,a,{'x' * (row % 900)}\n" for row in range(300)]
    (tmp_path / "p.csv").write_text("id,label,prediction,text\n" + "".join(lines))

    assert long_line(tmp_path / "p.csv") is None


def test_a_huge_column_name_does_not_become_a_huge_message(tmp_path: Path, good: Path) -> None:
    (tmp_path / "name.csv").write_text("c" * (1 << 20) + "\n1\n")

    refused(tmp_path / "name.csv", good)


@pytest.mark.parametrize("answers", [["a", "a"], ["b", "b"]])
def test_one_class_alone_is_judged_or_refused_with_a_reason(tmp_path: Path, answers: list[str]) -> None:
    alone = written(tmp_path, "alone.parquet", {**SMALL, "label": ["a", "a"], "prediction": answers})

    outcome = judged(alone, alone)

    reasons = outcome.message if isinstance(outcome, HeadgateError) else outcome.reasons
    assert isinstance(outcome, Verdict) or reasons
    if isinstance(outcome, Verdict):
        assert all(check.reason for check in outcome.checks if check.verdict != "pass")


@pytest.mark.parametrize("name", ["p.csv", "p.jsonl", "p.parquet"])
def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, good: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def forbidden(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / name).write_bytes(b"id,label\n")
    monkeypatch.setattr("headgate.gate.predictions._scan", forbidden)
    monkeypatch.setattr(Path, "open", forbidden)

    assert f"{name} cannot be read: [Errno 13] Permission denied" in refused(tmp_path / name, good)
