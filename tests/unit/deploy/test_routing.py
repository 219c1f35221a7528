import pytest

from headgate.deploy.routing import Route, configuration


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
