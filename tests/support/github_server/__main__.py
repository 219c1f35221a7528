"""The stand-in as a process: `python -m support.github_server --ready FILE`, with `tests` on PYTHONPATH.

Once it listens, FILE holds `{"url": ..., "pid": ...}`. `GET /_stand-in/state` shows everything it knows,
`GET /_stand-in/calls` what it was asked, `POST /_stand-in/seed` adds to it. It ends on SIGTERM, or when the process
`--while-alive` names is gone, so that a test that was killed leaves nothing behind.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import time
from pathlib import Path

from support.github_server.server import GitHubServer
from support.github_server.state import GitHub


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--ready", type=Path, required=True, help="written when it listens")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--seed", type=Path, help="JSON: tokens, repositories, faults")
    options.add_argument("--while-alive", type=int, metavar="PID", help="end when this process has ended")
    chosen = options.parse_args()

    github = GitHub()
    if chosen.seed:
        github.seed(json.loads(chosen.seed.read_text()))
    server = GitHubServer(github, chosen.port, chosen.host)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    if chosen.while_alive:
        threading.Thread(target=_end_with, args=(chosen.while_alive, server), daemon=True).start()
    scratch = chosen.ready.with_name(f"{chosen.ready.name}.part")
    scratch.write_text(json.dumps({"url": server.url, "pid": os.getpid()}))
    scratch.replace(chosen.ready)
    server.serve_forever(poll_interval=0.05)
    server.server_close()


def _end_with(pid: int, server: GitHubServer) -> None:
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.5)
    server.shutdown()


main()
