from pathlib import Path

import pytest

from headgate.config import load
from headgate.errors import UsageError


def test_several_platforms_are_refused_before_anything_is_built(tmp_path: Path) -> None:
    file = tmp_path / "headgate.yaml"
    file.write_text("version: 1\nmodel: sentiment\nimage: {platforms: [linux/amd64, linux/arm64]}\n")

    with pytest.raises(UsageError, match="one at a time") as refused:
        load(file)

    assert refused.value.message.startswith(f"{file}:3: ")
    assert "e.g. [linux/amd64]" in refused.value.message
