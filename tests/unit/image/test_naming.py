"""What an image is called and labelled."""

from datetime import datetime, timedelta, timezone

import pytest

from headgate import masking
from headgate.image.naming import labels_for, release_id, tags_for
from headgate.record import Model, Record, Source

COMMIT = "3f2c1ab" + 33 * "0"
DIGEST = "sha256:" + 64 * "a"
MOMENT = datetime(2026, 11, 21, 11, 15, 2, tzinfo=timezone(timedelta(hours=1)))
RELEASE = "20261121101502-3f2c1ab"
MODEL = Model(name="sentiment", version="8", registry="git", digest=DIGEST, registered_at=MOMENT)


def record(repository: str | None = "https://example.com/acme/sentiment") -> Record:
    source = Source(repository=repository, commit=COMMIT, actor="octocat", created_at=MOMENT)
    return Record(headgate="0.1.0", name="sentiment", source=source, model=MODEL)


def test_tags_are_the_time_in_utc_the_release_and_latest() -> None:
    assert release_id(MOMENT, COMMIT) == RELEASE
    assert tags_for(RELEASE) == ("20261121101502", "20261121101502-3f2c1ab", "latest")


def test_labels_say_what_the_image_is_and_where_it_comes_from() -> None:
    labels = labels_for(record(), MODEL, RELEASE, MOMENT)

    assert labels["org.opencontainers.image.title"] == "sentiment"
    assert labels["org.opencontainers.image.version"] == "20261121101502-3f2c1ab"
    assert labels["org.opencontainers.image.revision"] == COMMIT
    assert labels["org.opencontainers.image.created"] == "2026-11-21T10:15:02Z"
    assert labels["org.opencontainers.image.source"] == "https://example.com/acme/sentiment"
    assert labels["dev.headgate.release"] == "20261121101502-3f2c1ab"
    assert labels["dev.headgate.model-version"] == "8"
    assert labels["dev.headgate.model-digest"] == DIGEST


def test_a_source_without_a_remote_has_no_source_label() -> None:
    assert "org.opencontainers.image.source" not in labels_for(record(repository=None), MODEL, RELEASE, MOMENT)


def test_no_label_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_secrets", set())
    masking.register("hunter2-and-more")
    leaky = record("https://octocat:ghp_123456@example.com/acme/hunter2-and-more")

    labels = " ".join(labels_for(leaky, MODEL, RELEASE, MOMENT).values())

    assert "hunter2" not in labels
    assert "ghp_123456" not in labels
