"""Commands measured side by side: in turns, so that other work on the machine hits every side alike."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

Made = TypeVar("Made")


@dataclass(frozen=True)
class Cost:
    """What one run of a command took: wall-clock and CPU seconds, and its peak memory in bytes."""

    seconds: float
    cpu: float
    memory: int


def cost(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run `argv`, which must succeed, and measure it.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    started = time.perf_counter()
    child = subprocess.Popen(
        list(argv), cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(argv)} exited {child.returncode}: {said.decode(errors='replace')[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def apart(work: Callable[..., Made], *arguments: Any, **options: Any) -> Made:
    """`work` in a process of its own: a child counts the memory of the process that started it as its own peak."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *arguments, **options).result()


def in_turns(sides: Mapping[str, Callable[[], Cost]], *, rounds: int) -> dict[str, Cost]:
    """The median cost of each side over `rounds` rounds of all sides."""
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            found[name].append(measure())
    return {
        name: Cost(
            median(one.seconds for one in costs),
            median(one.cpu for one in costs),
            int(median(one.memory for one in costs)),
        )
        for name, costs in found.items()
    }


def report(title: str, costs: Mapping[str, Cost], *, bar: str) -> str:
    """A markdown table; ratios are to the first side."""
    first = next(iter(costs.values()))
    lines = [f"## {title}", "", f"Bar: {bar}", "", "| | wall | CPU | memory | wall, ratio |", "|---|--:|--:|--:|--:|"]
    lines += [
        f"| {name} | {one.seconds:.3f} s | {one.cpu:.3f} s | {one.memory / 1e6:.0f} MB | "
        f"{one.seconds / first.seconds:.2f}x |"
        for name, one in costs.items()
    ]
    return "\n".join(lines) + "\n"
