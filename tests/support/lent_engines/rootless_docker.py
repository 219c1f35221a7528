"""Docker without root, of the user that a deployment logs in as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.hosts import Host
from support.lent_engines.lending import Lent, lent

_USER, _UID = "deploy", 4001
_NEEDS = (
    "/usr/share/docker.io/contrib/dockerd-rootless.sh",
    "/usr/bin/rootlesskit",
    "/usr/bin/slirp4netns",
    "/usr/bin/newuidmap",
)


def why_no_rootless_docker() -> str:
    """Nothing where there can be one inside a host."""
    if missing := [one for one in _NEEDS if not Path(one).exists()]:
        return f"not installed: {', '.join(missing)} (apt-get install docker.io rootlesskit slirp4netns uidmap)"
    if Path("/proc/sys/user/max_user_namespaces").read_text().strip() == "0":
        return "this machine allows no user namespaces: sysctl user.max_user_namespaces"
    return ""


@contextmanager
def rootless_docker(*images: str, host: Host) -> Iterator[Lent]:
    """The engine of the user `deploy` of a host, where Docker's own set-up has it, with `images` of this machine's."""
    socket = f"/run/user/{_UID}/docker.sock"
    with lent(Lent(socket, Path(f"{host.folder}{socket}")), images, "rootless_docker.sh", _USER, host=host) as engine:
        yield engine
