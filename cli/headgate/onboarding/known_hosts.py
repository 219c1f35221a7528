"""`.github/known_hosts`: instructions until a person has put the hosts' keys in, since only they can compare them."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from headgate.onboarding.answers import LOCAL


def known_hosts(hosts: Iterable[str]) -> str:
    """The file's text: how to fetch each host's key, and how to make sure that it is the host's."""
    lines = [
        "# The keys of the hosts that headgate deploys to; it connects to no host whose key is not in here.",
        "#",
        "# 1. On a machine you trust, fetch each host's key and put the line below:",
    ]
    lines += [f"#      {_fetch(host)}" for host in hosts if host != LOCAL]
    lines += [
        "# 2. On the host itself (its console, not the same network), compare the fingerprint:",
        "#      ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        "#      ssh-keygen -lf .github/known_hosts            (here: has to show the same)",
        "# 3. Commit this file. A host that gets a new key needs a new line, compared again.",
    ]
    return "\n".join(lines) + "\n"


def _fetch(host: str) -> str:
    address = urlsplit(host)
    port = f"-p {address.port} " if address.port else ""
    return f"ssh-keyscan -t ed25519 {port}{address.hostname or host}"
