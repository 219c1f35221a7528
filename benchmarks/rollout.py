"""Deployments over SSH to the lab's hosts: what users notice, what each takes, and what people do by hand beside it.

Takes root on Debian, as scripts/provision hosts does. Overhead is all but the drain and the container's own start,
which is measured without headgate on the same hosts: from `docker start` to its first answer.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import docker
from docker.errors import NotFound

from benchmarks.crowd import Crowd, crowd
from headgate.record import Deployment

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.deployment import until
from support.fleet import Fleet, push
from support.hosts import Host, provision, running, taken

RATE = 300.0  # requests per second, over all hosts
DEPLOYMENTS = int(os.environ.get("DEPLOYMENTS", "20"))
ROLLBACKS, BY_HAND, ALONE = 5, 5, 5
HOSTS, MANY = 3, 10
BY_HAND_PORT = 8201


@dataclass(frozen=True)
class Timed:
    """One deployment: seconds for the whole of it, from the first login to the last logout, and for its parts.

    `parts` are those of the slowest host, by the method of its target; `logins` the most that a host saw. `own_cpu` are
    the processor seconds of the deployer, `all_cpu` those of everything on this machine, which all the hosts are on.
    """

    whole: float
    own_cpu: float
    all_cpu: float
    switch: float
    parts: dict[str, float]
    logins: int

    def overhead(self, own_start: float) -> float:
        """All but the container's own start and the drain."""
        return self.whole - own_start - self.parts["settle"]


class Watched:
    """A target, and how long each of its methods took."""

    def __init__(self, target: Any, seconds: dict[str, list[float]]) -> None:
        self._target, self._seconds = target, seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def timed(*arguments: Any, **options: Any) -> Any:
            began = time.monotonic()
            try:
                return found(*arguments, **options)
            finally:
                self._seconds[name].append(time.monotonic() - began)

        return timed


class WatchedFleet(Fleet):
    """A fleet whose targets are watched."""

    seconds: dict[str, list[float]]

    @contextmanager
    def opened(self) -> Iterator[list[Any]]:
        """Those of the fleet."""
        with super().opened() as targets:
            self.seconds = defaultdict(list)
            yield [Watched(target, self.seconds) for target in targets]

    def timed(self, work: Any, **how: Any) -> Timed:
        """`work` is `deploy` or `go_back`."""
        before = [len(host.logins) for host in self.hosts]
        began, own_before, all_before = time.monotonic(), time.process_time(), _busy()
        done: Deployment = work(drain=10, **how)
        whole, own_cpu, all_cpu = time.monotonic() - began, time.process_time() - own_before, _busy() - all_before
        logins = max(len(host.logins) - count for host, count in zip(self.hosts, before, strict=True))
        switch = max(host.switch_seconds for host in done.hosts)
        parts = {name: max(every) for name, every in self.seconds.items()}
        return Timed(whole, own_cpu, all_cpu, switch, parts, logins)


def own_start(hosts: Sequence[Host], image: str) -> float:
    """Seconds from `docker start` to the first answer without headgate, on all hosts at once: the slowest host's."""

    def start(host: Host) -> float:
        client = host.engine()
        made = client.containers.create(image, ports={"8000/tcp": BY_HAND_PORT})
        try:
            began = time.monotonic()
            made.start()
            until(lambda: _answers(host))
            return time.monotonic() - began
        finally:
            made.remove(force=True)
            client.close()

    with ThreadPoolExecutor(len(hosts)) as pool:
        return median(max(pool.map(start, hosts)) for _ in range(3))


def under_load(fleet: WatchedFleet) -> tuple[list[Timed], list[Timed], Crowd]:
    """Deployments and rollbacks, one after the other, while users ask."""
    with crowd([host.ip for host in fleet.hosts], fleet.port, RATE) as users:
        time.sleep(2)
        deployed = [fleet.timed(fleet.deploy) for _ in range(DEPLOYMENTS)]
        went_back = [fleet.timed(fleet.go_back) for _ in range(ROLLBACKS)]
        time.sleep(1)
    return deployed, went_back, users


def by_hand(hosts: Sequence[Host], image: str) -> Crowd:
    """`docker stop old && docker run new` on one host after the other, under the same load."""
    clients = {host: host.engine() for host in hosts}
    serving = {host: _run(client, image) for host, client in clients.items()}
    try:
        time.sleep(2)
        with crowd([host.ip for host in hosts], BY_HAND_PORT, RATE) as users:
            time.sleep(2)
            for _ in range(BY_HAND):
                for host, client in clients.items():
                    serving[host].stop()
                    serving[host].remove()
                    serving[host] = _run(client, image)
            time.sleep(2)
        return users
    finally:
        for host, client in clients.items():
            with suppress(NotFound):
                serving[host].remove(force=True)
            client.close()


def alone(fleet: WatchedFleet) -> list[Timed]:
    """Deployments without load, all hosts at once."""
    return [fleet.timed(fleet.deploy, max_parallel=len(fleet.hosts)) for _ in range(ALONE)]


def back(fleet: WatchedFleet) -> list[Timed]:
    """Rollbacks to the release before, and forth again by a deployment."""
    found = []
    for _ in range(3):
        found.append(fleet.timed(fleet.go_back))
        fleet.deploy()
    return found


@contextmanager
def lab(count: int) -> Iterator[list[Host]]:
    """So many hosts; those that were not up before go down again."""
    with taken():
        before = {host.number for host in running()}
        if trouble := provision(count):
            raise SystemExit(f"no deployment hosts: {trouble}")
        try:
            yield running()[:count]
        finally:
            for host in running():
                if host.number not in before:
                    host.power_off()


@contextmanager
def fleet_of(hosts: Sequence[Host], image: str, model: str) -> Iterator[WatchedFleet]:
    """With a first release; cleared at the end."""
    fleet = WatchedFleet(image, model, [host.number for host in hosts])
    try:
        fleet.deploy(fleet.release(image), max_parallel=len(hosts))
        yield fleet
    finally:
        fleet.clean()


def main() -> None:
    """Print the tables."""
    engine = docker.from_env()
    model = f"hg-{uuid.uuid4().hex[:8]}"
    with lab(HOSTS) as hosts:
        image = push(engine, model, "1")
        with fleet_of(hosts, image, model) as fleet:
            deployed, went_back, users = under_load(fleet)
            others = by_hand(fleet.hosts, image)
        with fleet_of(hosts[:1], image, model) as fleet:
            one, went_alone, one_start = alone(fleet), back(fleet), own_start(fleet.hosts, image)
    with lab(MANY) as hosts, fleet_of(hosts, image, model) as fleet:
        many, many_start = alone(fleet), own_start(fleet.hosts, image)
    engine.close()
    print(f"## Rolling out over SSH, {RATE:.0f} requests/s over {HOSTS} hosts, keep-alive clients without retries\n")
    print("| | failed requests | longest without an answer |\n|---|--:|--:|")
    print(_users(f"{DEPLOYMENTS} deployments and {ROLLBACKS} rollbacks", users))
    print(_users(f"{BY_HAND} times `docker stop && docker run` on each", others))
    print("\n| | bar | median | slowest |\n|---|--:|--:|--:|")
    print(_row("switch, the slowest of the hosts", "1 s", [one.switch for one in (*deployed, *went_back)]))
    print(_row(f"rollback of {HOSTS} hosts, one after the other, under load", "", [one.whole for one in went_back]))
    print(_row("rollback of one host", f"{2 + one_start:.2f} s", [one.whole for one in went_alone]))
    overhead = [each.overhead(one_start) for each in one]
    print(_row(f"overhead of a deployment to one host (own start {one_start:.2f} s)", "3 s", overhead))
    of_many = [each.overhead(many_start) for each in many]
    print(_row(f"to {MANY} hosts at once (own start {many_start:.2f} s)", f"{2 * median(overhead):.2f} s", of_many))
    logins = max(each.logins for each in (*deployed, *went_back, *one, *many))
    print(f"| SSH logins for each host and deployment | 1 | | {logins} |")
    for name, every in (("one host", one), (f"{MANY} hosts", many)):
        own, everything, whole = (median(getattr(one, of) for one in every) for of in ("own_cpu", "all_cpu", "whole"))
        print(f"\nWhere the time goes, {name} (slowest host, median seconds): {_parts(every)}")
        print(
            f"Processor seconds: {own:.2f} of the deployer, {everything:.2f} of everything, on {os.cpu_count()} cores "
            f"in {whole:.2f} s"
        )


def _busy() -> float:
    """Processor seconds that this machine has spent on anything since it started."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _answers(host: Host) -> bool:
    with suppress(OSError), urlopen(f"http://{host.ip}:{BY_HAND_PORT}/", timeout=5):
        return True
    return False


def _run(client: docker.DockerClient, image: str) -> Any:
    return client.containers.run(image, ports={"8000/tcp": BY_HAND_PORT}, detach=True)


def _users(name: str, users: Crowd) -> str:
    return f"| {name} | {users.failures:,} of {users.requests:,} | {users.gap:.2f} s |"


def _row(name: str, bar: str, seconds: Sequence[float]) -> str:
    return f"| {name} | {bar} | {median(seconds):.2f} s | {max(seconds):.2f} s |"


def _parts(every: Sequence[Timed]) -> str:
    names = dict.fromkeys(name for one in every for name in one.parts)
    means = {name: median(one.parts.get(name, 0.0) for one in every) for name in names}
    listed = sorted(means.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {seconds:.2f}" for name, seconds in listed if seconds >= 0.01)


if __name__ == "__main__":
    main()
