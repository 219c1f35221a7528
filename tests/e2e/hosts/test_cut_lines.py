"""A line that breaks: whoever waits for an answer is told soon, and what comes next gets a line again."""

import time

import pytest

from headgate.hosts.trouble import EngineUnreachable
from headgate.hosts.unreachable import LineCut, Refused, SocketClosed, TimedOut, Unreachable
from support.bad_lines import bad_line
from support.deployment import until
from support.hosts import Host, known_hosts_with

from .conftest import Reach


def test_after_a_cut_the_line_is_opened_again_with_its_ports(host: Host, reach: Reach) -> None:
    before = len(host.logins)
    with reach(host.address) as [connection]:
        address = connection.reach(80)
        host.cut_sessions()
        until(lambda: not connection._line._alive)

        assert connection.engine.containers({}) == []
        assert connection.reach(80) == address
    assert len(host.logins) == before + 2


def test_what_was_under_way_has_failed(host: Host, reach: Reach, tmp_path) -> None:
    """A request that may have done something is not sent a second time."""
    with bad_line(host.ip, 22) as line:
        pinned = known_hosts_with(tmp_path / "kh", f"[127.0.0.1]:{line.port} {host.public_key}")
        with reach(f"ssh://deploy@127.0.0.1:{line.port}", known_hosts=pinned) as [connection]:
            line.silent = True
            began = time.monotonic()
            with pytest.raises(LineCut, match="the host went silent"):
                connection.engine.info()
            assert time.monotonic() - began < 25


def test_a_host_that_stays_away_is_not_waited_for_again_and_again(host: Host, reach: Reach) -> None:
    with reach(host.address) as [connection]:
        with host.refusing_ssh():
            host.cut_sessions()
            until(lambda: not connection._line._alive, 30)
            with pytest.raises(TimedOut):
                connection.engine.info()
            began = time.monotonic()
            with pytest.raises(TimedOut):
                connection.engine.info()
            assert time.monotonic() - began < 1
        time.sleep(5)
        assert connection.engine.info().platform


def test_a_host_that_lost_power_and_came_back(host: Host, reach: Reach) -> None:
    with reach(host.address) as [connection]:
        host.power_off()
        with pytest.raises(Unreachable):
            connection.engine.info()
        host.power_on()
        time.sleep(5)
        assert connection.engine.info().platform


def test_an_engine_that_is_stopped_and_started(host: Host, reach: Reach) -> None:
    with host.shell(), reach(host.address) as [connection]:
        with host.without_engine(), pytest.raises(SocketClosed, match="no engine is running there"):
            connection.engine.info()
        assert connection.engine.info().platform


def test_an_engine_that_was_killed(host: Host, reach: Reach) -> None:
    with reach(host.address) as [connection]:
        host.stop_engine(kill=True)
        try:
            with pytest.raises(EngineUnreachable):
                connection.engine.info()
        finally:
            host.start_engine()
        assert connection.engine.info().platform


def test_an_sshd_that_is_gone(host: Host, reach: Reach, tmp_path) -> None:
    with bad_line(host.ip, 22) as line:
        pinned = known_hosts_with(tmp_path / "kh", f"[127.0.0.1]:{line.port} {host.public_key}")
        with reach(f"ssh://deploy@127.0.0.1:{line.port}", known_hosts=pinned) as [connection]:
            line.close()
            until(lambda: not connection._line._alive)
            with pytest.raises(Refused):
                connection.engine.info()


def test_a_slow_line_is_slow_and_nothing_else(host: Host, reach: Reach, tmp_path) -> None:
    with bad_line(host.ip, 22) as line:
        line.delay = 0.2
        pinned = known_hosts_with(tmp_path / "kh", f"[127.0.0.1]:{line.port} {host.public_key}")
        with reach(f"ssh://deploy@127.0.0.1:{line.port}", known_hosts=pinned) as [connection]:
            assert connection.engine.info().platform
