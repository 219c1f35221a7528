"""How far a pull is can be seen in DVC's cache."""

import json
from pathlib import Path

from headgate.data.progress import Arrivals, object_path
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
