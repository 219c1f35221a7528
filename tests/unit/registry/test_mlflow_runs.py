from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from headgate.registry.base import ArtifactDamaged
from headgate.registry.mlflow_runs import Runs


class Server:
    """A server that says whatever path it is asked for is there, and gives a file for it."""

    def list_artifacts(self, _run: str, _folder: str) -> list[Any]:
        return [SimpleNamespace(path=path) for path in ("..", "registered/..", "registered/0/..")]

    def download_artifacts(self, _run: str, _path: str, folder: str) -> str:
        file = Path(folder) / "model"
        file.write_text("anything")
        return str(file)


@pytest.mark.parametrize("path", ["..", "registered/..", "registered/0/.."])
def test_a_path_that_a_tag_names_leads_nowhere_outside_of_the_folder(tmp_path: Path, path: str) -> None:
    beside, into = tmp_path / "beside", tmp_path / "into"
    beside.write_text("somebody's")
    into.mkdir()

    with pytest.raises(ArtifactDamaged):
        Runs(cast(Any, Server()), "sqlite:///mlflow.db", "sentiment").download("3f9c", path, into, None)

    assert beside.read_text() == "somebody's"
