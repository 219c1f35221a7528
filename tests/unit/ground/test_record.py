"""The record: written whole, read strictly, and never taken for another commit's."""

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from headgate.record import Data, Health, Record, RecordStore, Source
from headgate.record.facts import labels
from headgate.record.store import RecordUnreadable, SectionMissing, read

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=timezone.utc)


def source(commit: str = "a" * 40) -> Source:
    return Source(commit=commit, actor="octocat", created_at=NOON)


def data() -> Data:
    return Data(remote="storage", lock=None, files=(), pulled_at=NOON)


def health() -> Health:
    return Health(url="http://127.0.0.1", release=None, probes=(), checked_at=NOON)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".headgate" / "release.json"


def test_what_is_added_is_read_back(path: Path) -> None:
    RecordStore(path, "sentiment", source()).add(data=data())

    assert RecordStore(path, "sentiment", source()).record.data == data()
    assert json.loads(path.read_text())["data"]["pulled_at"] == "2026-01-02T12:00:00Z"


def test_a_record_of_another_commit_does_not_count(path: Path) -> None:
    RecordStore(path, "sentiment", source()).add(data=data())

    later = RecordStore(path, "sentiment", source("b" * 40))

    with pytest.raises(SectionMissing) as caught:
        later.need("data", Data)
    assert caught.value.hint == "headgate pull"


def test_doing_a_step_again_drops_what_came_after_it(path: Path) -> None:
    store = RecordStore(path, "sentiment", source())
    store.add(data=data())
    store.add(health=health())

    assert store.add(data=data()).health is None


def test_a_link_given_by_hand_begins_the_chain_anew(path: Path) -> None:
    store = RecordStore(path, "sentiment", source())
    store.add(data=data())
    store.begin_with(health=health())

    assert store.record.data is None
    assert store.record.health == health()


def test_a_failed_write_leaves_the_old_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RecordStore(path, "sentiment", source())
    store.add(data=data())
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.add(health=health())

    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["release.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"schema": "headgate/release/9"}', '{"schema": "headgate/release/1"}']
)
def test_a_file_that_is_no_record_is_refused(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)

    with pytest.raises(RecordUnreadable):
        read(path)


def test_labels_carry_the_lineage_and_no_empty_values() -> None:
    found = labels(Record(headgate="0", name="sentiment", source=source()))

    assert found == {
        "dev.headgate.model": "sentiment",
        "dev.headgate.commit": "a" * 40,
        "dev.headgate.actor": "octocat",
    }
