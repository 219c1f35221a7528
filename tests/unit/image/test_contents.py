"""Digests of what is inside an image, from the tar that an engine gives."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.image.contents import Stream, WrongModelInside, archive_digest
from headgate.lineage.digests import digest


def pieces(file: Path, size: int = 1000) -> Iterator[bytes]:
    """What an engine sends for `file`: a tar whose names begin with the last part of the path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(file, arcname=file.name)
    archive_bytes = buffer.getvalue()
    return (archive_bytes[start : start + size] for start in range(0, len(archive_bytes), size))


@pytest.mark.parametrize("size", [1, 511, 512, 100_000])
def test_a_file_inside_has_the_digest_it_has_outside(tmp_path: Path, size: int) -> None:
    model = tmp_path / "model.joblib"
    model.write_bytes(bytes(range(256)) * 20)

    assert archive_digest(pieces(model, size), "/app/models/model.joblib") == digest(model)


def test_a_folder_inside_has_the_digest_it_has_outside(tmp_path: Path) -> None:
    model = tmp_path / "bert"
    for name in ("a-b", "a/b", "a.b", "empty", ".hidden", "deep/er/weights.bin"):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text("" if name == "empty" else name)

    assert archive_digest(pieces(model), "/app/models/bert") == digest(model)


def test_a_folder_with_one_file_is_not_that_file(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("weights")

    assert archive_digest(pieces(tmp_path / "model"), "/model") != digest(tmp_path / "model" / "weights")


def test_a_link_in_the_models_place_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "model").symlink_to("/somewhere/else")

    with pytest.raises(WrongModelInside, match="link"):
        archive_digest(pieces(tmp_path / "model"), "/model")


@given(st.lists(st.binary(max_size=50)), st.lists(st.integers(0, 60)))
def test_a_stream_gives_every_byte_once_and_in_order(chunks: list[bytes], sizes: list[int]) -> None:
    stream, whole = Stream(iter(chunks)), b"".join(chunks)

    read = b"".join(stream.read(size) for size in sizes)

    assert read == whole[: sum(sizes)]
    assert read + stream.read() == whole
