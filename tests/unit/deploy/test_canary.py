import json
import random

import pytest
from pydantic import ValidationError

from headgate.config.canary import Canary
from headgate.deploy.canary import judge, looks
from headgate.deploy.traffic import Sample, Traffic

POLICY = Canary()


def sample(requests: int, failures: int = 0, seconds: float = 0.01, seed: int = 1) -> Sample:
    draws = random.Random(seed)  # noqa: S311
    made = Sample()
    for number in range(requests):
        made.add(failed=number < failures, seconds=seconds * draws.uniform(0.5, 1.5))
    return made


def line(container: str = "m-r1", status: int = 200, **changes: object) -> str:
    usual = {"container": container, "status": status, "us": "1500", "ended": "--", "asked": "-", "probe": ""}
    return f"2026-11-21T10:00:00.000000000Z {json.dumps({**usual, **changes})}"


def test_as_good_on_enough_requests_passes() -> None:
    assert judge(sample(10_000), sample(2000, seed=2), POLICY, look=1).outcome == "pass"


def test_as_good_on_a_few_requests_is_inconclusive() -> None:
    judgement = judge(sample(1000), sample(30, seed=2), POLICY, look=1)

    assert judgement.outcome == "inconclusive"
    assert "too few requests to say" in str(judgement)


def test_no_requests_are_no_evidence() -> None:
    assert judge(sample(0), sample(0), POLICY, look=1).outcome == "inconclusive"


def test_many_more_errors_fail() -> None:
    judgement = judge(sample(2000, failures=2), sample(200, failures=40, seed=2), POLICY, look=1)

    assert judgement.outcome == "fail"
    assert "errors 0.10% -> 20.00%" in str(judgement)


def test_an_answer_that_takes_twice_as_long_fails() -> None:
    judgement = judge(sample(2000), sample(400, seconds=0.02, seed=2), POLICY, look=1)

    assert judgement.outcome == "fail"
    assert "25% allowed" in str(judgement)


def test_the_latency_of_failures_makes_nothing_look_fast() -> None:
    failing = Sample()
    failing.add(failed=True, seconds=0.0001)

    assert failing.seconds == []


def test_what_is_not_to_be_compared_is_not() -> None:
    errors_alone = Canary.model_validate({"max_latency_rise": None})

    assert judge(sample(5000), sample(2000, seconds=9.0), errors_alone, look=1).outcome == "pass"


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": []},
        {"weights": [25, 5]},
        {"weights": [100]},
        {"max_error_rise": None, "max_latency_rise": None},
        {"interval": "2m", "timeout": "1m"},
    ],
)
def test_a_policy_that_could_not_decide_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Canary.model_validate(wrong)


def test_later_looks_must_be_surer() -> None:
    before, after = sample(4000), sample(700, seed=2)

    assert judge(before, after, POLICY, look=1).outcome == "pass"
    assert judge(before, after, POLICY, look=1000).outcome == "inconclusive"


def test_looking_again_and_again_sends_an_equal_release_back_no_more_often_than_it_may() -> None:
    """At the margin itself, which is the worst case; ten looks each, as the sample grows."""
    policy = Canary.model_validate({"max_error_rise": 0.05, "max_latency_rise": None})
    draws, wrong = random.Random(3), 0  # noqa: S311
    for _ in range(300):
        before, after, looked = Sample(), Sample(), 0
        for look in range(1, 11):
            for _ in range(60):
                before.add(failed=draws.random() < 0.05, seconds=None)
                after.add(failed=draws.random() < 0.10, seconds=None)
            looked = look
            if judge(before, after, policy, looked).outcome == "fail":
                wrong += 1
                break

    assert wrong <= 25  # 5% of 300, and three standard errors


def test_a_step_is_looked_at_early_and_then_less_and_less() -> None:
    moments = [*looks(Canary.model_validate({"interval": "8s", "timeout": "20s"}))]

    assert moments == [1, 2, 4, 8, 16, 20]


def test_traffic_counts_answers_by_container() -> None:
    traffic = Traffic()
    traffic.add([line(), line(status=404), line(status=503), line("m-r2")])

    assert (traffic.of("m-r1").requests, traffic.of("m-r1").failures) == (3, 1)
    assert traffic.of("m-r1").seconds == [0.0015, 0.0015]
    assert traffic.of("m-r2").requests == 1


@pytest.mark.parametrize(
    "left_out",
    [
        line(probe="1"),
        line(asked="20261121101502-3f2c1ab"),
        line(status=-1),
        line(ended="CD"),
        "[NOTICE] (1) : New worker (11) forked",
        "2026-11-21T10:00:00Z {half a line",
        '2026-11-21T10:00:00Z {"status": 200}',
    ],
)
def test_what_no_user_got_does_not_count(left_out: str) -> None:
    traffic = Traffic()
    traffic.add([left_out])

    assert traffic.samples == {}
