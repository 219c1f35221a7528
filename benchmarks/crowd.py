"""Keep-alive clients that never retry, in processes of their own: they and the deployer do not wait for each other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.load import Load

CLIENTS = 20  # for each host


@dataclass
class Crowd:
    """What the clients of all hosts met with: `gap` is the longest time in seconds that one went without an answer."""

    requests: int = 0
    failures: int = 0
    gap: float = 0.0
    kinds: list[str] = field(default_factory=list)


@contextmanager
def crowd(addresses: Sequence[str], port: int, rate: float) -> Iterator[Crowd]:
    """Clients of `port` on every address, `rate` requests per second in all; counted once the block is over."""
    period = CLIENTS * len(addresses) / rate
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.crowd", address, str(port), str(period)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for address in addresses
    ]
    found = Crowd()
    try:
        yield found
    finally:
        for program in programs:
            said = json.loads(program.communicate("", timeout=60)[0])
            found.requests += said["requests"]
            found.failures += len(said["failures"])
            found.gap = max(found.gap, said["gap"])
            found.kinds += said["failures"]


def main(address: str, port: str, period: str) -> None:
    """Ask until standard input ends."""
    with Load(int(port), CLIENTS, host=address, period=float(period)) as load:
        sys.stdin.read()
    json.dump({"requests": load.requests, "failures": load.failures, "gap": load.longest_gap}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
