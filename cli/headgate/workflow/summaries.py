"""The one line that is left of each step."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.record import Data, DataFile, Deployment, Health, Image, Run, Verdict
from headgate.registry.base import Move
from headgate.report import against

_UNITS = ("B", "kB", "MB", "GB", "TB")


def data(pulled: Data) -> str:
    """`2 files, 4.5 MB from storage`."""
    return fetched(pulled.files, pulled.remote)


def fetched(files: Sequence[DataFile], remote: str | None) -> str:
    """The same of any files."""
    size = size_of(sum(file.size or 0 for file in files))
    count = sum(file.files or 1 for file in files)
    where = f" from {remote}" if remote else ""
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


def deployment(made: Deployment) -> str:
    """`3 hosts: 20261121101502-3f2c1ab, switched in 0.4 s`."""
    hosts = made.hosts
    where = hosts[0].host if len(hosts) == 1 else f"{len(hosts)} hosts"
    slowest = max(host.switch_seconds for host in hosts)
    return f"{where}: {made.release}, switched in {slowest:.1f} s"


def health(found: Health) -> str:
    """`/health ok, /predict ok, p95 8 ms`."""
    names = dict.fromkeys(probe.name.rpartition(" ")[2] for probe in found.probes)
    slowest = max((probe.latency.p95 for probe in found.probes if probe.latency), default=0.0)
    return ", ".join([*(f"{name} ok" for name in names), f"p95 {slowest * 1000:.0f} ms"])


def move(made: Move) -> str:
    """`production: v7 -> v8`."""
    return f"{made.alias}: {_version(made.previous)} -> {_version(made.version)}"


def _version(version: str | None) -> str:
    return f"v{version}" if version else "none"


def size_of(count: float) -> str:
    """Bytes in decimal units, as disks and remotes are measured."""
    for unit in _UNITS[:-1]:
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} {_UNITS[-1]}"
