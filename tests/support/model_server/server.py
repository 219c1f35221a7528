"""A model server of nothing but the standard library; MODE says how it fails, and USERS_* what probes do not see."""

import json
import os
import random
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODE = os.environ.get("MODE", "well")
RELEASE = os.environ.get("HEADGATE_RELEASE", "")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        while MODE == "hangs":
            time.sleep(60)
        self.answer(503 if MODE == "never-healthy" else 200, {"status": "ok", "release": RELEASE})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(float(os.environ.get("SECONDS_PER_PREDICTION", "0")))
        by_user = "X-Headgate-Probe" not in self.headers
        if by_user and MODE == "dies-in-production":
            threading.Timer(float(os.environ["SECONDS_TO_LIVE"]), end, ["MemoryError: the cache does not fit"]).start()
        if by_user:
            time.sleep(float(os.environ.get("USERS_WAIT", "0")))
        failed = by_user and random.random() < float(os.environ.get("USERS_FAILED", "0"))  # noqa: S311
        self.answer(
            500 if failed else 200, {"label": "negative" if MODE == "wrong" else "positive", "release": RELEASE}
        )

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Headgate-Release", RELEASE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


def end(words):
    print(words, flush=True)
    os._exit(1)


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if MODE == "writes":
    Path("/app/cache").touch()
if MODE == "dies":
    print("loading the model", flush=True)
    sys.exit("MemoryError: the model does not fit")
time.sleep(float(os.environ.get("SECONDS_TO_LOAD", "0")))
Server(("", 8000), Handler).serve_forever()
