from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from headgate.workflow.connections import Connections


class Host:
    """Counts who comes and goes; the first so many are turned away."""

    def __init__(self, away: int = 0) -> None:
        self.away, self.came, self.went = away, 0, 0

    @contextmanager
    def connect(self) -> Iterator[list]:
        if self.away:
            self.away -= 1
            raise ConnectionError
        self.came += 1
        yield [self]
        self.went += 1


def use(connections: Connections) -> None:
    with connections.opened():
        pass


def test_each_use_has_connections_of_its_own() -> None:
    host = Host()
    connections = Connections(host.connect)
    use(connections)
    use(connections)

    assert (host.came, host.went) == (2, 2)


def test_those_that_are_kept_are_opened_once_and_closed_at_the_end() -> None:
    host = Host()
    connections = Connections(host.connect)
    with connections.kept():
        use(connections)
        use(connections)
        assert (host.came, host.went) == (1, 0)

    assert (host.came, host.went) == (1, 1)


def test_nothing_is_opened_that_nobody_needs() -> None:
    host = Host()
    with Connections(host.connect).kept():
        pass

    assert host.came == 0


def test_a_host_that_was_away_is_tried_again() -> None:
    host = Host(away=1)
    connections = Connections(host.connect)
    with connections.kept():
        with pytest.raises(ConnectionError):
            use(connections)
        use(connections)

    assert (host.came, host.went) == (1, 1)


def test_what_was_kept_is_not_used_again_after_the_end() -> None:
    host = Host()
    connections = Connections(host.connect)
    with connections.kept():
        use(connections)
    use(connections)

    assert (host.came, host.went) == (2, 2)
