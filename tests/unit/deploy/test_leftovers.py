import pytest

from headgate.deploy.leftovers import strays
from headgate.deploy.placement import Placement
from headgate.deploy.service import CONTAINER_PORT, RELEASE
from headgate.hosts.containers import Container
from support import containers


def container(release: str, state: str, *, fit: bool = True) -> Container:
    labels = {RELEASE: release, CONTAINER_PORT: "8000"}
    return containers.container(labels, name=f"sentiment-{release}", state=state, fit=fit)


SERVING = container("r1", "running")


@pytest.mark.parametrize(
    ("other", "stray"),
    [
        (container("r2", "running"), True),
        (container("r2", "restarting"), True),  # it ended, and the engine starts it again in a moment
        (container("r2", "exited"), False),  # what may be gone back to
        (container("r2", "exited", fit=False), True),
        (container("r2", "created", fit=False), True),
    ],
)
def test_what_is_up_beside_the_one_that_serves_or_never_was_fit_to_is_cleared_away(
    other: Container, stray: bool
) -> None:
    assert strays([SERVING, other], Placement.of(SERVING)) == ([other] if stray else [])
