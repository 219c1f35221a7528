"""What production answers is read where it runs, through the engine's socket alone."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from .conftest import Production

REQUESTS = 60
OF_THE_REFERENCE = {"drift": {"prediction": {"psi": 0.2}}, "min_rows": 50}


@pytest.fixture(scope="module", params=["hosts", "hosts:/tmp/telemetry.jsonl"])
def telling(request: pytest.FixtureRequest, fresh_for_module: Production) -> Iterator[Production]:
    """A release whose application writes telemetry to its log, or to a file; users asked it sixty times."""
    project = fresh_for_module.project
    file = request.param.partition(":")[2] or "/dev/stdout"
    project.configure(
        deploy={**project.config["deploy"], "env": {"TELEMETRY": file}},
        monitor={"telemetry": request.param, **OF_THE_REFERENCE},
    )
    project.commit(f"Telemetry in {file}")
    released = project.headgate("release")
    assert released.exit_code == 0, released.stderr
    for _ in range(REQUESTS):
        ask(fresh_for_module.site.port)
    return fresh_for_module


def ask(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/predict", body="{}")
    assert connection.getresponse().status == 200
    connection.close()


def test_users_answers_are_held_against_the_production_version(telling: Production) -> None:
    """Its server says `cat` to everybody, and the evaluation rows are half dogs."""
    outcome = telling.project.headgate("monitor", "--format", "json")
    report = outcome.json

    assert outcome.exit_code == 1, outcome.stderr
    assert report["decision"] == "alert"
    assert report["reference"].startswith("Production v")
    assert report["release"] == telling.site.serves()
    assert report["requests"] == REQUESTS  # the probes of the deployment are not among them


def test_the_rows_say_nothing_before_there_are_enough(telling: Production) -> None:
    telling.project.configure(monitor={**telling.project.config["monitor"], "min_rows": 10_000})
    outcome = telling.project.headgate("monitor")

    assert outcome.exit_code == 4
    assert "10,000 are needed" in outcome.stdout + outcome.stderr
