"""What the proxy does for a model server: HTTPS, limits, queueing, a log that machines read."""

import http.client
import json
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from headgate.deploy.handling import Handling
from headgate.errors import HeadgateError
from support.deployment import Site, until
from support.load import Load


def pair(folder: Path, name: str) -> tuple[str, str]:
    """A certificate for localhost, and its key."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN=localhost/O={name}",
            ),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate.read_text(), key.read_text()


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    return "".join(pair(tmp_path, "first"))


HTTPS = Handling(tls=True, redirect=True)


def presented(site: Site) -> str:
    return ssl.get_server_certificate(("127.0.0.1", site.port))


def over_https(site: Site, trusted: str) -> tuple[int, str | None]:
    context = ssl.create_default_context(cadata=trusted)
    connection = http.client.HTTPSConnection("localhost", site.port, timeout=10, context=context)
    try:
        connection.request("POST", "/predict", body=b"{}")
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("X-Headgate-Release")
    finally:
        connection.close()


def plain(site: Site, body: bytes = b"{}", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("POST", "/predict?token=s3cret", body=body, headers={**headers, "Connection": "close"})
    answer = connection.getresponse()
    answer.read()
    return answer


def test_https_with_a_certificate_of_ones_own_and_plain_requests_sent_there(site: Site, certificate: str) -> None:
    release = site.release()

    site.deploy(release, handling=HTTPS, certificate=certificate)

    assert over_https(site, certificate) == (200, release.id)
    answer = plain(site, Host=f"localhost:{site.port}")
    assert (answer.status, answer.getheader("Location")) == (
        308,
        f"https://localhost:{site.port}/predict?token=s3cret",
    )


def test_the_key_is_readable_to_the_proxy_alone_and_is_nowhere_else(site: Site, certificate: str) -> None:
    site.deploy(handling=HTTPS, certificate=certificate)

    folder = "/var/lib/headgate"
    mode = site.proxy.exec_run(["stat", "-c", "%a %U", f"{folder}/certificates/{site.model}.pem"]).output.decode()
    assert mode.split() == ["600", "haproxy"]
    key_line = certificate.split("PRIVATE KEY-----")[1].strip().splitlines()[3]
    found = site.proxy.exec_run(["grep", "-rl", key_line, folder], user="haproxy").output.decode().split()
    assert found == [f"{folder}/certificates/{site.model}.pem"]
    for name in site.everything():
        assert key_line not in json.dumps(site.docker.containers.get(name).attrs)
    assert key_line not in site.talk.getvalue()
    assert key_line not in site.proxy.logs().decode()


def test_a_certificate_is_renewed_by_the_next_deployment_without_a_dropped_request(
    site: Site, certificate: str, tmp_path: Path
) -> None:
    release, renewed = site.release(), "".join(pair(tmp_path, "second"))
    site.deploy(release, handling=HTTPS, certificate=certificate)
    old = presented(site)

    with Load(site.port, clients=8, trusted=certificate + renewed) as load:
        site.deploy(handling=HTTPS, certificate=renewed)

    assert load.failures == []
    assert len(load.answers) == 2
    assert presented(site) != old
    assert over_https(site, renewed)[0] == 200


def test_a_key_of_another_certificate_is_refused_and_the_old_one_stays(
    site: Site, certificate: str, tmp_path: Path
) -> None:
    first = site.release()
    site.deploy(first, handling=HTTPS, certificate=certificate)
    wrong = pair(tmp_path, "second")[0] + pair(tmp_path, "third")[1]

    with pytest.raises(HeadgateError, match="cannot use the certificate") as failed:
        site.deploy(handling=HTTPS, certificate=wrong)

    assert failed.value.exit_code == 3
    site.proxy.restart(timeout=1)
    until(lambda: _answers(site, certificate))
    assert over_https(site, certificate) == (200, first.id)


def test_a_service_gets_https_and_gives_it_up_without_a_dropped_request(site: Site, certificate: str) -> None:
    site.deploy()

    with Load(site.port, clients=8) as load:
        site.deploy(handling=Handling(tls=True), certificate=certificate)
        assert over_https(site, certificate)[0] == 200
        site.deploy()

    assert load.failures == []


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused(site: Site) -> None:
    site.deploy(handling=Handling(max_body=1000))

    assert plain(site, b"x" * 1000).status == 200
    assert plain(site, b"x" * 1001).status == 413
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("POST", "/predict", body=iter([b"{}"]), encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()


def test_an_answer_that_takes_too_long_is_given_up(site: Site) -> None:
    slow = {"USERS_WAIT": "3"}
    site.deploy(handling=Handling(timeout=0.5), variables=slow)

    assert plain(site).status == 504


def test_beyond_the_limit_requests_wait_and_then_are_told_to_come_back(site: Site) -> None:
    site.deploy(handling=Handling(max_connections=1, queue=0.7), variables={"USERS_WAIT": "0.5"})
    answers: list[http.client.HTTPResponse] = []
    clients = [threading.Thread(target=lambda: answers.append(plain(site))) for _ in range(6)]

    for client in clients:
        client.start()
    for client in clients:
        client.join()

    statuses = sorted(answer.status for answer in answers)
    assert 200 in statuses
    assert 503 in statuses
    assert set(statuses) == {200, 503}
    refused = next(answer for answer in answers if answer.status == 503)
    assert refused.getheader("Retry-After") == "5"


def test_the_access_log_is_json_without_the_query(site: Site) -> None:
    release = site.release()
    site.deploy(release)
    plain(site, b"{}", Host='he said "hi"')

    def logged() -> list[dict[str, object]]:
        lines = [line for line in site.proxy.logs().decode().splitlines() if line.startswith("{")]
        return [json.loads(line) for line in lines]

    request = until(lambda: next((one for one in logged() if one["probe"] in ("", "-")), None))
    assert (request["method"], request["path"], request["status"]) == ("POST", "/predict", 200)
    assert (request["release"], request["container"]) == (release.id, release.container)
    assert 0 < int(str(request["us"])) < 10_000_000
    assert abs(float(str(request["time"])) - time.time()) < 60
    assert "s3cret" not in site.proxy.logs().decode()


def test_neighbours_keep_their_own_settings_when_a_service_is_deployed(site: Site, certificate: str) -> None:
    other = Site(site.image, model=f"{site.model}-b", port=site.port)
    site.deploy(domain="one.example.com", handling=Handling(max_body=100))
    other.deploy(domain="localhost", handling=HTTPS, certificate=certificate)

    assert plain(site, b"x" * 101, Host="one.example.com").status == 413
    assert plain(site, b"x" * 100, Host="one.example.com").status == 200
    assert plain(site, Host="localhost").status == 308
    assert over_https(site, certificate)[0] == 200
    other.docker.close()


def _answers(site: Site, certificate: str) -> bool:
    with suppress(OSError):
        return over_https(site, certificate)[0] == 200
    return False
