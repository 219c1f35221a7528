"""A checkout that kept no token: git gets the job's for single commands, and for the job's own server alone."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headgate.lineage.git import Git
from headgate.process import run

TOKEN = "ghs_job-token"
WANTED = "basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


class PrivateServer(ThreadingHTTPServer):
    """A private repository over HTTP, as GitHub serves it: one header with the right token, or nothing."""

    def __init__(self, repository: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repository = repository
        self.seen: list[list[str]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: PrivateServer

    def do_GET(self) -> None:
        given = self.headers.get_all("Authorization") or []
        self.server.seen.append(given)
        if len(given) > 1:
            self.send_error(400, "Duplicate header")
        elif [one.lower() for one in given] != [WANTED.lower()]:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
        else:
            told = subprocess.run(
                ["git", "upload-pack", "--http-backend-info-refs", self.server.repository],
                capture_output=True,
                check=True,
            ).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
            self.end_headers()
            self.wfile.write(b"001e# service=git-upload-pack\n0000" + told)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PrivateServer]:
    as_octocat = ("-c", "user.name=octocat", "-c", "user.email=octocat@example.com")
    for words in (("init", "--quiet", "work"), ("-C", "work", *as_octocat, "commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    running = PrivateServer(tmp_path / "work" / ".git")
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def job(server: PrivateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SERVER_URL", server.url)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)


def test_the_job_s_token_opens_the_job_s_repository(server: PrivateServer, job: None, tmp_path: Path) -> None:
    asked = Git(tmp_path / "work").try_("ls-remote", f"{server.url}/acme/animals", "HEAD")

    assert asked.ok, asked.stderr
    assert asked.stdout.endswith("HEAD\n")


def test_a_header_that_a_checkout_left_is_not_sent_beside_it(server: PrivateServer, job: None, tmp_path: Path) -> None:
    git = Git(tmp_path / "work")
    git("config", f"http.{server.url}/.extraheader", f"AUTHORIZATION: {WANTED}")

    assert git.try_("ls-remote", f"{server.url}/acme/animals").ok
    assert all(len(headers) <= 1 for headers in server.seen)


def test_another_server_never_sees_it(
    server: PrivateServer, job: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example.com")
    asked = Git(tmp_path / "work").try_("ls-remote", f"{server.url}/acme/animals")

    assert not asked.ok
    assert server.seen == [[]]


def test_nothing_of_it_stays_in_the_repository(server: PrivateServer, job: None, tmp_path: Path) -> None:
    Git(tmp_path / "work").try_("ls-remote", f"{server.url}/acme/animals")

    assert "extraheader" not in (tmp_path / "work/.git/config").read_text()


def test_programs_that_headgate_starts_do_not_find_it(job: None, tmp_path: Path) -> None:
    assert TOKEN not in run(["env"], cwd=tmp_path).stdout
