"""The one line that is left of each step."""

from __future__ import annotations

from headgate.record import Data, Image, Run, Verdict
from headgate.report import against

_UNITS = ("B", "kB", "MB", "GB", "TB")


def data(pulled: Data) -> str:
    """`2 files, 4.5 MB from storage`."""
    size = size_of(sum(file.size or 0 for file in pulled.files))
    count = sum(file.files or 1 for file in pulled.files)
    where = f" from {pulled.remote}" if pulled.remote else ""
    return f"{count:,} file{'' if count == 1 else 's'}, {size}{where}"


def run(trained: Run) -> str:
    """`run 3f9c…  accuracy 0.7455  f1_macro 0.7251`: the first numbers that the pipeline reported."""
    shown = "  ".join(f"{name} {value:.4g}" for name, value in list(trained.metrics.items())[:3])
    return f"run {trained.id[:4]}…  {shown}".rstrip()


def verdict(decided: Verdict) -> str:
    """`PASS  5 checks against Production v7`."""
    count, compared = len(decided.checks), against(decided.baseline)
    between = ", " if decided.baseline.kind == "none" else " "
    return f"{decided.verdict.upper()}  {count} check{'' if count == 1 else 's'}{between}{compared}"


def image(built: Image) -> str:
    """`…/sentiment:20261121101502  sha256:9c1e…`."""
    name = built.repository.rpartition("/")[2]
    where = "…/" if "/" in built.repository else ""
    return f"{where}{name}:{built.tags[0] if built.tags else '?'}  {built.digest[:11]}…"


def size_of(count: float) -> str:
    """Bytes in decimal units, as disks and remotes are measured."""
    for unit in _UNITS[:-1]:
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} {_UNITS[-1]}"
