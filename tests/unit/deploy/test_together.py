import threading

import pytest

from headgate.deploy.together import Halt, Halted, SeveralFailed, together
from headgate.errors import CouldNotCarryOut


def test_results_come_in_the_order_of_the_items() -> None:
    meeting = threading.Barrier(3, timeout=10)

    assert together(lambda item: (meeting.wait(), item)[1], [3, 1, 2]) == [3, 1, 2]


def test_the_one_failure_is_raised_and_halts_the_others() -> None:
    halt = Halt()

    def work(item: int) -> None:
        if item == 1:
            raise CouldNotCarryOut("no room", hint="make some")
        while True:
            halt.check()

    with pytest.raises(CouldNotCarryOut, match="no room"):
        together(work, [1, 2, 3], halt=halt)


def test_several_failures_are_all_told_and_the_same_once() -> None:
    def work(item: str) -> None:
        raise CouldNotCarryOut(item, hint=f"mend {item}")

    with pytest.raises(SeveralFailed) as failed:
        together(work, ["a: down", "b: down", "b: down"])

    assert failed.value.message == "a: down\nb: down"
    assert failed.value.hint == "mend a: down"


def test_what_is_no_error_of_headgate_s_comes_first() -> None:
    def work(item: BaseException) -> None:
        raise item

    with pytest.raises(KeyboardInterrupt):
        together(work, [CouldNotCarryOut("down"), KeyboardInterrupt()])


def test_a_halt_alone_is_raised_as_it_is() -> None:
    halt = Halt()
    halt.call()

    with pytest.raises(Halted):
        together(lambda _: halt.check(), [1, 2])
