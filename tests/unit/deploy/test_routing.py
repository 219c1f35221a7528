from dataclasses import replace

import pytest

from headgate.deploy.handling import Handling
from headgate.deploy.routing import Route, configuration, digest_of, marked_anew, shares, untouched


def route(release: str = "r1", domain: str | None = None, share: int = 100) -> Route:
    return Route(release, f"model-{release}", f"hg-{release}", 8000, domain, share)


def lines(text: str, word: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(word)]


def test_without_routes_every_request_is_told_that_nothing_is_deployed() -> None:
    text = configuration([], drain=30)

    assert lines(text, "default_backend") == ["default_backend nothing"]
    assert lines(text, "server ") == []


def test_a_route_without_a_domain_serves_what_no_domain_claims() -> None:
    text = configuration([route("r1"), route("r2", domain="two.example.com")], drain=30)

    assert lines(text, "default_backend") == ["default_backend model-r1"]
    assert "use_backend model-r2 if { req.hdr(host),host_only -i -m str two.example.com }" in text


def test_a_candidate_is_reached_by_its_header_alone() -> None:
    text = configuration([route("r1"), route("r2", share=0)], drain=30)

    assert lines(text, "use_backend model-r2") == ["use_backend model-r2 if { req.hdr(X-Headgate-Release) -m str r2 }"]
    assert lines(text, "default_backend") == ["default_backend model-r1"]


def test_a_candidate_of_the_same_release_is_asked_before_the_one_that_serves() -> None:
    serving = Route("r1", "model-r1", "hg-a", 8000)
    candidate = Route("r1", "model-r1-2", "hg-b", 8000, share=0)

    text = configuration([serving, candidate], drain=30)

    assert [line.split()[1] for line in lines(text, "use_backend")] == ["model-r1-2", "model-r1", "not-here"]


def test_a_header_that_names_no_release_here_leads_nowhere() -> None:
    text = configuration([route("r1", domain="one.example.com")], drain=30)

    assert [line.split()[1] for line in lines(text, "use_backend")] == ["model-r1", "not-here", "model-r1"]


def test_every_answer_names_release_and_container() -> None:
    text = configuration([route("r1")], drain=30)

    assert "http-after-response set-header X-Headgate-Release r1" in text
    assert "http-after-response set-header X-Headgate-Container model-r1" in text


@pytest.mark.parametrize(("drain", "written"), [(30.0, "30s"), (0.2, "1s"), (90.4, "90s")])
def test_a_worker_is_ended_when_the_drain_is_over(drain: float, written: str) -> None:
    assert lines(configuration([], drain=drain), "hard-stop-after") == [f"hard-stop-after {written}"]


def test_a_share_is_drawn_for_each_request_and_a_candidate_that_is_down_gets_none() -> None:
    text = configuration([route("r1"), route("r2", share=25)], drain=30)

    assert (
        lines(text, "use_backend model-r2")[-1]
        == "use_backend model-r2 if { rand(100) lt 25 } { nbsrv(model-r2) gt 0 }"
    )
    assert lines(text, "default_backend") == ["default_backend model-r1"]
    assert "server app hg-r2:8000 check inter 1s fall 2 rise 1" in text
    assert shares(text) == {"model-r2": 25}


def test_a_share_of_one_domain_takes_nothing_from_another() -> None:
    routes = [route("r1"), route("r2", domain="two.example.com"), route("r3", share=10)]

    text = configuration(routes, drain=30)

    assert [line.split()[1] for line in lines(text, "use_backend")][-2:] == ["model-r2", "model-r3"]


def test_a_text_that_was_changed_is_not_as_it_was_written() -> None:
    text = configuration([route("r1")], drain=30)

    assert untouched(text)
    assert not untouched(text.replace("timeout client 60s", "timeout client 61s"))
    assert not untouched("global")
    assert digest_of(text) != digest_of(configuration([route("r2")], drain=30))
    assert f"hdr X-Headgate-Proxy {digest_of(text)}" in text


def test_limits_are_those_of_each_service() -> None:
    slow = replace(
        route("r2", domain="two.example.com"), handling=Handling(timeout=600, max_connections=4, max_body=99)
    )

    text = configuration([route("r1"), slow], drain=30)

    assert lines(text, "timeout server") == [
        "timeout server 300s",
        "timeout server 300000ms",
        "timeout server 600000ms",
    ]
    assert "server app hg-r2:8000 maxconn 4" in text
    assert len([line for line in lines(text, "http-request return status 413") if "gt 99" in line]) == 1


def test_https_and_http_share_the_port_and_probes_are_not_redirected() -> None:
    text = configuration([replace(route("r1"), handling=Handling(tls=True, redirect=True))], drain=30)

    (redirect,) = lines(text, "http-request redirect")
    assert "!{ req.hdr(X-Headgate-Probe) -m found }" in redirect
    assert "ssl crt /var/lib/headgate/certificates/" in text
    assert lines(text, "bind :8080") == ["bind :8080"]


def test_settings_that_a_later_version_wrote_are_read_past() -> None:
    assert Handling.read('{"timeout": 5, "weather": "fine"}') == Handling(timeout=5)
    assert Handling.read("{") == Handling.read(None) == Handling()
    assert Handling.read(Handling(max_body=7, tls=True).label) == Handling(max_body=7, tls=True)


def test_the_same_configuration_under_another_digest_is_as_it_was_written_too() -> None:
    text = configuration([route("r1")], drain=30)
    anew = marked_anew(text)

    assert untouched(anew)
    assert digest_of(anew) != digest_of(text)
    assert marked_anew(anew) != anew
