"""An artifact of a fork's run holds whatever its author likes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headgate.github.artifact import LARGEST, MOST_RECORDS, ArtifactRefused, records_in
from support.verdicts import record, verdict

COMMIT = "a" * 40


def written(**changed: Any) -> str:
    return json.dumps({**record(verdict=verdict()).to_json(), **changed})


def test_the_records_of_several_models_are_found(tmp_path: Path) -> None:
    for name in ("cats", "dogs"):
        folder = tmp_path / name / ".headgate"
        folder.mkdir(parents=True)
        (folder / "release.json").write_text(written(name=name))

    assert [found.name for found in records_in(tmp_path, COMMIT)] == ["cats", "dogs"]


def test_of_a_merge_it_is_the_head_that_counts(tmp_path: Path) -> None:
    made = record(verdict=verdict())
    merged = made.model_copy(update={"source": made.source.model_copy(update={"commit": "c" * 40, "head": COMMIT})})
    (tmp_path / "release.json").write_text(json.dumps(merged.to_json()))

    assert len(records_in(tmp_path, COMMIT)) == 1


def _link(file: Path) -> None:
    secret = file.parent.parent / "elsewhere.json"
    secret.write_text(written())
    file.symlink_to(secret)


def _linked_folder(file: Path) -> None:
    other = file.parent.parent / "elsewhere"
    other.mkdir()
    (other / "release.json").write_text(written())
    (file.parent / "in").symlink_to(other)


def _many(file: Path) -> None:
    for number in range(MOST_RECORDS + 1):
        folder = file.parent / str(number)
        folder.mkdir()
        (folder / "release.json").write_text(written())


REFUSED: dict[str, tuple[Callable[[Path], Any], str]] = {
    "nothing": (Path.exists, "There is no release.json"),
    "a link": (_link, "There is no release.json"),
    "a link to a folder": (_linked_folder, "There is no release.json"),
    "a pipe": (os.mkfifo, "There is no release.json"),
    "too many": (_many, f"at most {MOST_RECORDS}"),
    "too large": (lambda file: file.write_text(written(name="x" * LARGEST)), "more than 2,000,000 bytes"),
    "no JSON": (lambda file: file.write_text("{"), "is no release record"),
    "no text": (lambda file: file.write_bytes(b"\xff\xfe\x00"), "is no release record"),
    "no object": (lambda file: file.write_text("[]"), "is no release record"),
    "too deep": (lambda file: file.write_text("[" * 100_000), "is no release record"),
    "no number": (lambda file: file.write_text(written().replace("0.7455", "NaN")), "is no release record"),
    "a number without end": (lambda file: file.write_text(written().replace("0.7455", "9" * 5000)), "is no release"),
    "an unknown key": (lambda file: file.write_text(written(more="x")), "more: Extra inputs"),
    "a hidden key": (lambda file: file.write_text(written(**{"\u202ex": 1})), r"\\u202ex"),
    "another commit": (
        lambda file: file.write_text(written().replace(COMMIT, "b" * 40)),
        "A record speaks of commit bbbbbbb, and the run was of aaaaaaa",
    ),
    "a path outside": (lambda file: file.write_text(written().replace('"m"', '"../m"')), "run.model_path"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_run_leaves_is_refused(tmp_path: Path, what: str) -> None:
    make, words = REFUSED[what]
    (tmp_path / "artifact").mkdir()
    make(tmp_path / "artifact" / "release.json")

    with pytest.raises(ArtifactRefused, match=words):
        records_in(tmp_path / "artifact", COMMIT)
