"""Metrics of the project's own: judged like any other, and never more than what they said they are."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from headgate.config.gate import Gate
from headgate.gate import comparison_of_files, decide, policy_from_checks, policy_of
from headgate.gate.custom import FunctionFailed, FunctionNotFound
from headgate.gate.planning import plan_against_file
from headgate.gate.policy import PolicyUnusable
from headgate.gate.predictions import PredictionsUnusable
from headgate.record import Check, Verdict

Write = Callable[..., Path]

COST = """
import numpy as np
import polars as pl

def cost(rows):
    wrong = rows["label"] != rows["prediction"]
    return pl.select(pl.when(wrong).then(rows["amount"]).otherwise(0.0)).to_series()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "metrics.py").write_text(COST)
    return folder


def columns(right: float, *, n: int = 3000, seed: int = 0) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    label = np.arange(n) % 2
    answer = np.where(np.random.default_rng(seed + 100).random(n) < right, label, 1 - label)
    return {
        "id": np.arange(n),
        "label": label,
        "prediction": answer,
        "amount": np.random.default_rng(7).exponential(size=n),
        "loss": np.abs(chance.normal(size=n)) + (answer != label),
        "part": np.where(np.arange(n) % 3 == 0, "a", "b"),
        "weight": 1.0 + np.arange(n) % 4,
    }


def gate_of(custom: dict[str, Any], **gate: Any) -> Gate:
    return Gate.model_validate({"custom": {"cost": custom}, "metrics": {"cost": {"max_rise": 0.05}}, **gate})


def judged(gate: Gate, candidate: Path, production: Path | None, project: Path) -> Verdict:
    return decide(gate, comparison_of_files(gate, candidate, production, project=project))[1]


def check_of(verdict: Verdict, name: str = "cost.max_rise") -> Check:
    return next(check for check in verdict.checks if check.id == name)


FUNCTION = {"function": "metrics:cost", "better": "lower", "columns": ["amount"]}


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_a_function_is_the_mean_of_what_it_gives_each_row(write: Write, project: Path, ending: str) -> None:
    old, new = columns(0.8), columns(0.8, seed=3)

    verdict = judged(gate_of(FUNCTION), write(f"n.{ending}", **new), write(f"o.{ending}", **old), project)

    check = check_of(verdict)
    costs = [side["amount"] * (side["label"] != side["prediction"]) for side in (old, new)]
    assert check.production == pytest.approx(costs[0].mean(), abs=1e-9)
    assert check.candidate == pytest.approx(costs[1].mean(), abs=1e-9)
    assert (check.verdict, check.direction, check.rows) == ("pass", "lower", 3000)
    assert any("metrics:cost" in note and "metrics.py sha256:" in note for note in verdict.notes)


def test_a_column_is_each_models_own(write: Write, project: Path) -> None:
    old, new = columns(0.8), columns(0.5, seed=3)
    custom = {"column": "loss", "better": "lower"}

    verdict = judged(gate_of(custom), write("n.csv", **new), write("o.csv", **old), project)

    check = check_of(verdict)
    assert check.production == pytest.approx(old["loss"].mean(), abs=1e-9)
    assert check.candidate == pytest.approx(new["loss"].mean(), abs=1e-9)
    assert check.verdict == "fail"


def test_it_is_judged_in_slices_with_weights_and_in_any_order(write: Write, project: Path) -> None:
    old, new = columns(0.8), columns(0.8, seed=3)
    order = np.random.default_rng(5).permutation(3000)
    gate = gate_of(
        FUNCTION,
        columns={"weight": "weight", "group": "part"},
        slices=[{"column": "part", "metrics": ["cost"], "max_rise": 0.5, "max": {"value": 9, "sure": True}}],
    )
    shuffled = {name: values[order] for name, values in new.items()}

    straight = judged(gate, write("n.parquet", **new), write("o.parquet", **old), project)
    other = judged(gate, write("s.parquet", **shuffled), write("o.parquet", **old), project)

    check, of_a = check_of(straight), check_of(straight, "cost.max_rise[part=a]")
    costs, a = new["amount"] * (new["label"] != new["prediction"]), new["part"] == "a"
    assert check.method == "clustered-wald"
    assert check.candidate == pytest.approx(np.average(costs, weights=new["weight"]), abs=1e-9)
    assert of_a.candidate == pytest.approx(np.average(costs[a], weights=new["weight"][a]), abs=1e-9)
    for one, two in zip(straight.checks, other.checks, strict=True):
        assert one.candidate == pytest.approx(two.candidate, abs=1e-12)
        assert one.verdict == two.verdict


@pytest.mark.parametrize(
    ("reads", "given"),
    [
        ("classes", "['label:String', 'prediction:String']"),
        ("numbers", "['label:Float64', 'prediction:Float64']"),
        ("probabilities", "['label:String', 'prediction:String', 'score:Float64']"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_it_is_given_what_it_reads_whatever_the_format(
    write: Write, project: Path, reads: str, given: str, ending: str
) -> None:
    (project / "src" / "own.py").write_text(
        "def cost(rows):\n"
        f"    assert str([f'{{c.name}}:{{c.dtype}}' for c in rows]) == \"{given}\", rows.schema\n"
        "    return [0.5] * len(rows)\n"
    )
    path = write(f"p.{ending}", id=range(4), label=[0, 1, 0, 1], prediction=[1, 1, 0, 0], score=[0.5] * 4)

    verdict = judged(gate_of({"function": "src.own:cost", "better": "lower", "reads": reads}), path, path, project)

    assert check_of(verdict).candidate == 0.5


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("return [1.0]", "gave an array of shape (1,) for the 3,000 rows"),
        ("return [float('nan')] * len(rows)", "that are not finite"),
        ("return ['a'] * len(rows)", "could not convert string to float"),
        ("return rows['gone']", "ColumnNotFoundError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import numpy; return numpy.random.random(len(rows))", "gives a row of"),
        ("a = rows['amount']; return a / a.sum()", "gives a row of"),
        ("a = rows['amount']; return a.rank()", "gives a row of"),
    ],
)
def test_what_is_no_number_of_each_row_is_refused_and_names_the_function(
    write: Write, project: Path, code: str, said: str
) -> None:
    (project / "metrics.py").write_text(f"def cost(rows):\n    {code}\n")
    path = write("p.parquet", **columns(0.8))

    with pytest.raises(FunctionFailed) as caught:
        judged(gate_of(FUNCTION), path, path, project)

    assert said in caught.value.message
    assert "metrics:cost" in caught.value.message
    assert caught.value.exit_code == 3


def test_a_module_that_ends_the_process_ends_nothing(write: Write, project: Path) -> None:
    (project / "metrics.py").write_text("import sys\nsys.exit(0)\n")
    path = write("p.parquet", **columns(0.8))

    with pytest.raises(FunctionFailed, match=r"importing metrics.py for gate.custom.cost: SystemExit"):
        judged(gate_of(FUNCTION), path, path, project)


@pytest.mark.parametrize("reference", ["gone:cost", "metrics:gone", "json:dumps"])
def test_a_function_that_is_not_in_the_project_is_exit_2(write: Write, project: Path, reference: str) -> None:
    path = write("p.parquet", **columns(0.8))

    with pytest.raises(FunctionNotFound) as caught:
        judged(gate_of({**FUNCTION, "function": reference}), path, path, project)

    assert "gate.custom.cost" in caught.value.message
    assert caught.value.exit_code == 2


def test_a_module_outside_of_the_project_is_not_imported(write: Write, project: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("def cost(rows): return [0.0] * len(rows)\n")
    (project / "inside.py").symlink_to(tmp_path / "outside.py")
    path = write("p.parquet", **columns(0.8))

    with pytest.raises(FunctionNotFound):
        judged(gate_of({**FUNCTION, "function": "inside:cost"}), path, path, project)


def test_it_may_import_its_neighbours_and_leaves_no_trace(
    write: Write, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    before = list(sys.path)
    (project / "prices.py").write_text("PRICE = 2.0\n")
    (project / "metrics.py").write_text(
        "import prices\ndef cost(rows):\n    print('at work')\n    return [prices.PRICE] * len(rows)\n"
    )
    path = write("p.parquet", **columns(0.8))

    check = check_of(judged(gate_of(FUNCTION), path, path, project))

    assert check.candidate == 2.0
    assert sys.path == before
    said = capsys.readouterr()
    assert (said.out, "at work" in said.err) == ("", True)


def test_a_missing_column_names_the_file_and_the_column(write: Write, project: Path) -> None:
    old = columns(0.8)
    del old["amount"]

    with pytest.raises(PredictionsUnusable, match=r"old.csv has no column 'amount'"):
        judged(gate_of(FUNCTION), write("new.csv", **columns(0.8)), write("old.csv", **old), project)


def test_a_loss_that_is_no_number_is_refused(write: Write, project: Path) -> None:
    new = columns(0.8)
    new["loss"] = [*new["loss"][:-1], float("nan")]
    path = write("new.parquet", **new)

    with pytest.raises(PredictionsUnusable, match="column 'loss' has 1 value"):
        judged(gate_of({"column": "loss", "better": "lower"}), path, path, project)


def test_it_can_be_planned(write: Write, project: Path) -> None:
    production = write("o.parquet", **columns(0.8))

    plan = plan_against_file(gate_of(FUNCTION), production, project=project)

    (check,) = plan.checks
    assert check.outlook in ("ready", "few_rows")
    assert [scenario.required_rows for scenario in check.scenarios] == sorted(
        scenario.required_rows or 0 for scenario in check.scenarios
    )


def test_a_check_on_the_command_line_may_name_it(write: Write, project: Path) -> None:
    own = gate_of(FUNCTION).custom
    path = write("p.parquet", **columns(0.8))

    gate = policy_from_checks(["cost.max_rise=0.2"], own)

    assert judged(gate, path, path, project).verdict == "pass"
    assert policy_from_checks(["accuracy.min=0.1"], own).custom == {}
    with pytest.raises(PolicyUnusable, match="there is no metric 'cots'; did you mean 'cost'"):
        policy_from_checks(["cots.max_rise=0.2"], own)


def test_the_policys_digest_covers_the_function(project: Path) -> None:
    digests = {
        policy_of(gate_of(custom)).digest
        for custom in (
            FUNCTION,
            {**FUNCTION, "function": "metrics:other"},
            {**FUNCTION, "columns": []},
            {"column": "loss", "better": "lower"},
        )
    }

    assert len(digests) == 4


@pytest.mark.parametrize(
    ("custom", "gate", "said"),
    [
        ({"cost": {"better": "lower"}}, {}, "needs one of function and column"),
        ({"cost": {**FUNCTION, "column": "loss"}}, {}, "needs one of function and column"),
        ({"cost": {"column": "loss", "better": "lower", "columns": ["a"]}}, {}, "gives columns to a function"),
        ({"cost": {"function": "metrics.cost", "better": "lower"}}, {}, "write module:function"),
        ({"cost": {"function": "../metrics:cost", "better": "lower"}}, {}, "write module:function"),
        ({"cost": {"function": "metrics:cost"}}, {}, "Field required"),
        ({"accuracy": FUNCTION}, {}, "is a metric the gate computes itself"),
        ({"co.st": FUNCTION}, {}, "is no name for a metric"),
        ({"cost": FUNCTION}, {"metrics": {"cost": {"max_drop": 0.1}}}, "says max_drop for cost, where lower is better"),
        ({"cost": FUNCTION}, {"metrics": {"costs": {"max_rise": 0.1}}}, "did you mean 'cost'"),
        ({"cost": FUNCTION}, {"metrics": {"accuracy": {"min": 0.1}}}, "defines cost under custom, and nothing asks"),
        (
            {"cost": FUNCTION},
            {"metrics": {}, "slices": [{"column": "part", "metrics": ["cost"], "max_drop": 0.1}]},
            "gives cost no limit; write max_rise, min or max",
        ),
    ],
)
def test_a_definition_that_cannot_be_meant_is_refused(custom: dict[str, Any], gate: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Gate.model_validate({"metrics": {"cost": {"max_rise": 0.1}}, "custom": custom, **gate})

    assert said in str(caught.value)


def test_the_code_that_runs_is_the_code_that_lies_there(write: Write, project: Path) -> None:
    path = write("p.parquet", **columns(0.8))

    found = []
    for value in ("1.0", "2.0"):  # the same size, within the same second: Python's cache of compiled files is fooled
        (project / "metrics.py").write_text(f"def cost(rows): return [{value}] * len(rows)\n")
        found.append(check_of(judged(gate_of(FUNCTION), path, path, project)).candidate)

    assert found == [1.0, 2.0]


def test_a_function_sees_no_credential_of_headgate_s(
    project: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("GITHUB_TOKEN", "HEADGATE_SSH_KEY", "HEADGATE_REGISTRY_PASSWORD")
    for name in names:
        monkeypatch.setenv(name, "look-for-me")
    (project / "nosy.py").write_text(
        "import os\n"
        "assert 'look-for-me' not in os.environ.values()\n"
        "def cost(rows):\n"
        "    assert 'look-for-me' not in os.environ.values()\n"
        "    return [0.0] * len(rows)\n"
    )
    file = write("candidate.csv", **columns(0.9))

    verdict = judged(gate_of({"function": "nosy:cost", "better": "lower"}), file, file, project)

    assert verdict.verdict == "pass"
    assert {os.environ[name] for name in names} == {"look-for-me"}
