from __future__ import annotations

import math
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from headgate.registry import Candidate, RegistryUnreachable
from headgate.registry.notes import MoveNote, Stored, VersionNote, finite, parse

DIGEST = f"sha256:{'a' * 64}"


def version(**changes: Any) -> VersionNote:
    fields: dict[str, Any] = {
        "name": "sentiment",
        "version": "8",
        "model": Stored(name="model.joblib", digest=DIGEST, md5="b" * 32, size=3, hash="md5"),
        "metrics": {"accuracy": 0.74553, "f1_macro": 0.7251, "log_loss": 0.5, "train.seconds": 14.2},
        "commit": "3f2c1ab" + "0" * 33,
        "created_at": datetime(2026, 11, 21, 10, 15, 2, tzinfo=timezone.utc),
        "actor": "octocat",
    }
    return VersionNote(**{**fields, **changes})


def move(**changes: Any) -> MoveNote:
    fields: dict[str, Any] = {
        "name": "sentiment",
        "alias": "production",
        "version": "8",
        "previous": "7",
        "actor": "octocat",
        "moved_at": datetime(2026, 11, 21, 10, 15, 2, tzinfo=timezone.utc),
    }
    return MoveNote(**{**fields, **changes})


@pytest.mark.parametrize("note", [version(), move(reason='line one\nline {two} — "three"\n\n{', actor="Zoë <z>")])
def test_what_is_written_is_read_back(note: VersionNote | MoveNote) -> None:
    assert parse("a-tag", note.message(), type(note)) == note


def test_the_first_line_is_for_people() -> None:
    assert version().headline == "sentiment v8: accuracy 0.7455, f1_macro 0.7251, log_loss 0.5, from 3f2c1ab"
    assert version(metrics={}).headline == "sentiment v8: from 3f2c1ab"
    assert move().headline == "sentiment production: v7 -> v8, by octocat"
    assert move(previous=None).headline == "sentiment production: v8, by octocat"


def test_a_signature_after_the_block_does_not_matter() -> None:
    signed = version().message() + "-----BEGIN PGP SIGNATURE-----\n\niQ{}\n-----END PGP SIGNATURE-----\n"

    assert parse("sentiment@v8", signed, VersionNote) == version()


def test_keys_of_a_later_headgate_are_passed_over() -> None:
    later = version().message().replace('"name": "sentiment"', '"name": "sentiment", "colour": "blue"')

    assert parse("sentiment@v8", later, VersionNote) == version()


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("promoted by hand", "holds no JSON block"),
        ("promoted\n\n{not json", "does not parse"),
        (version().message(), "'schema' of its JSON block: Input should be 'headgate/move/1'"),
        (move().message().replace("headgate/move/1", "headgate/move/2"), "'schema' of its JSON block"),
        (move().message().replace('"version": "8",', ""), "'version' of its JSON block: Field required"),
    ],
)
def test_anything_else_is_an_error_that_names_the_tag(message: str, why: str) -> None:
    with pytest.raises(RegistryUnreachable, match=f"sentiment#production#3 is not a registry entry.*{why}"):
        parse("sentiment#production#3", message, MoveNote)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", ".", "", "a/b"])
def test_a_stored_file_cannot_name_a_place_outside_of_its_folder(name: str) -> None:
    with pytest.raises(ValidationError):
        Stored(name=name, digest=DIGEST, md5="b" * 32, size=1)


def test_a_metric_that_is_no_number_is_nobodys_baseline() -> None:
    candidate = Candidate(
        name="sentiment", model=Path("m"), model_digest=DIGEST, predictions=None, predictions_digest=None,
        evaluation_data=None, metrics={"accuracy": 0.7, "loss": math.nan, "perplexity": math.inf}, facts={},
        commit="3f2c1ab", run=None,
    )  # fmt: skip

    assert finite(candidate) == {"accuracy": 0.7}
