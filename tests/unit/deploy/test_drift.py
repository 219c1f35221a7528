from dataclasses import replace
from typing import Any

import pytest

from headgate.deploy.condition import Condition
from headgate.deploy.drift import drift
from headgate.deploy.target import HostStatus, Instance

PROXY = Condition("headgate-proxy-80", "running", "as written")
SERVING = Instance("r1", "m-r1", "acme/m@sha256:aa", "running", None, None, "env", "set")


def host(name: str, proxy: Condition = PROXY, **changes: Any) -> HostStatus:
    return HostStatus(name, f"http://{name}", proxy, "m-r1", "m-r1", (replace(SERVING, **changes),), None, ())


def kinds(*hosts: HostStatus) -> list[str]:
    return [one.kind for one in drift(hosts)]


def test_hosts_that_are_the_same_do_not_drift() -> None:
    assert kinds(host("a"), host("b")) == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"release": "r2"}, "release"),
        ({"image": "acme/m@sha256:bb"}, "image"),
        ({"variables": "other"}, "environment"),
        ({"settings": "other"}, "settings"),
    ],
)
def test_what_differs_between_hosts_is_named(changes: dict[str, str], kind: str) -> None:
    (found,) = drift([host("a"), host("b", **changes), host("c")])

    assert (found.kind, found.host) == (kind, None)
    assert "a, c" in found.text
    assert "env" not in found.text.split()


def test_a_host_that_serves_nothing_differs_from_one_that_does() -> None:
    idle = replace(host("b"), routed=None, journaled=None)

    assert kinds(host("a"), idle) == ["release"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (replace(PROXY, state="missing"), "is gone"),
        (replace(PROXY, state="exited"), "is exited"),
        (replace(PROXY, configuration="edited"), "edited by hand"),
        (replace(PROXY, configuration="not loaded"), "not the one that it runs with"),
    ],
)
def test_a_damaged_proxy_is_named_with_its_host(condition: Condition, said: str) -> None:
    (found,) = drift([host("a", condition)])

    assert (found.kind, found.host) == ("proxy", "a")
    assert said in found.text


def test_a_canary_that_nobody_is_at_work_on_is_said() -> None:
    (found,) = drift([host("a", replace(PROXY, shares={"m-r2": 25}))])

    assert found.kind == "canary"
    assert "25% of the traffic go to m-r2" in found.text
    assert "cut short" in found.text
