"""What it costs a job to have headgate: set up from nothing, from a cache, and for the second verb of the job.

Beside it what people do today, `pip install dvc mlflow`. Nothing is taken from a package cache on either side. Fetching
the archive of the cache is GitHub's part and is not in the figure; its size is printed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measure import Cost, cost, in_turns, report

ROOT = Path(__file__).parents[1]
LOOK, INSTALL = (f"bash {ROOT}/actions/setup.sh {what}" for what in ("look", "install"))


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as name:
        folder = Path(name)
        set_up(folder / "cache")
        archive = folder / "headgate.tzst"
        pack = ["tar", "--create", "--use-compress-program=zstd -T0", f"--file={archive}"]
        subprocess.run([*pack, f"--directory={folder}/cache/temp", "headgate"], check=True)
        sides = {
            "pip install dvc mlflow": partial(pip_install, folder / "pip"),
            "headgate, cold": partial(set_up, folder / "cold"),
            "headgate, from the cache": partial(restored, folder / "warm", archive),
            "headgate, the second verb": partial(second_verb, folder / "cache"),
        }
        costs = in_turns(sides, rounds=int(os.environ.get("ROUNDS", "3")))
        size = archive.stat().st_size / 1e6
    print(report("Set-up", costs, bar=f"warm at most 3 s, cold at most 15 s (archive of the cache: {size:.0f} MB)"))


def pip_install(folder: Path) -> Cost:
    """Into a new environment."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return cost([f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--no-cache-dir", "dvc", "mlflow"])


def set_up(folder: Path) -> Cost:
    """For the gate, on a runner that has nothing; uv too is fetched."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "temp").mkdir(parents=True)
    return _step(folder, f"{LOOK} && {INSTALL}")


def restored(folder: Path, archive: Path) -> Cost:
    """Unpacked as actions/cache does it, and looked at."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "temp").mkdir(parents=True)
    unpack = f"tar --extract --use-compress-program='zstd -d' --file={archive} --directory={folder}/temp"
    made = _step(folder, f"{LOOK} && {unpack} && {INSTALL}")
    assert "ready" in (folder / "output").read_text()
    return made


def second_verb(folder: Path) -> Cost:
    """Everything is there."""
    (folder / "output").unlink()
    made = _step(folder, LOOK)
    assert "\ntrue\n" in (folder / "output").read_text()
    return made


def _step(folder: Path, script: str) -> Cost:
    environ = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "RUNNER_OS": "Linux",
        "RUNNER_TEMP": f"{folder}/temp",
        "GITHUB_OUTPUT": f"{folder}/output",
        "GITHUB_PATH": f"{folder}/path",
        "HEADGATE_SETUP_VERB": "gate",
        "PIP_NO_CACHE_DIR": "1",
        "UV_NO_CACHE": "1",
    }
    return cost(["bash", "-euc", script], cwd=folder, env=environ)


if __name__ == "__main__":
    main()
