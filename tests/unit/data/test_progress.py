"""How far a pull is can be seen in DVC's cache."""

import json
from pathlib import Path

import pytest

from headgate.data.progress import Arrivals, amount, object_path
from headgate.record import DataFile


def arrive(cache: Path, md5: str, content: str = "") -> None:
    path = cache / object_path(md5)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_bytes_arrive_file_by_file_and_inside_folders(tmp_path: Path) -> None:
    files = [DataFile(path="a", md5="aa11", size=100), DataFile(path="b", md5="bb22.dir", size=40, files=2)]
    arrivals = Arrivals(tmp_path, files)
    seen = [arrivals.bytes()]
    arrive(tmp_path, "aa11")
    seen.append(arrivals.bytes())
    arrive(tmp_path, "bb22.dir", json.dumps([{"md5": "cc33", "relpath": "x"}, {"md5": "dd44", "relpath": "y"}]))
    arrive(tmp_path, "cc33")
    arrivals.bytes()
    seen.append(arrivals.bytes())
    arrive(tmp_path, "dd44")
    seen.append(arrivals.bytes())

    assert seen == [0, 100, 120, 140]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([DataFile(path="a", md5="a", size=4_500_000)], "1 file, 4.5 MB"),
        ([DataFile(path="a", md5="a", size=10, files=2000), DataFile(path="b", md5="b")], "2,001 files, 10 B"),
        ([], "0 files, 0 B"),
    ],
)
def test_amounts(files: list[DataFile], said: str) -> None:
    assert amount(files) == said
