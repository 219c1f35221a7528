"""Parameters and metrics are flattened with dots; a number that is none is refused by file and key."""

import sys
from pathlib import Path

import pytest

from headgate.lineage.digests import digest
from headgate.lineage.params import MetricsUnusable, ParamsUnreadable, read_metrics, read_params


def test_params_of_every_format_are_flattened_with_dots(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("train: {lr: 0.1, layers: [1, 2], name: null, bias: true}\nday: 2026-01-02\n")
    (tmp_path / "b.json").write_text('{"train": {"lr": 0.2}}')
    params = read_params(tmp_path, ["a.yaml", "b.json"])

    assert params.values == {
        "train.lr": 0.2,
        "train.layers": "[1, 2]",
        "train.name": None,
        "train.bias": True,
        "day": "2026-01-02",
    }
    assert params.files == {"a.yaml": digest(tmp_path / "a.yaml"), "b.json": digest(tmp_path / "b.json")}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_toml_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[train]\nlr = 0.1\n")
    assert read_params(tmp_path, ["p.toml"]).values == {"train.lr": 0.1}


def test_an_infinite_param_is_kept_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("depth: .inf\n")
    assert read_params(tmp_path, ["p.yaml"]).values == {"depth": "inf"}


def test_a_default_file_may_be_missing_and_a_configured_one_may_not(tmp_path: Path) -> None:
    assert read_params(tmp_path, ["params.yaml"], optional=True).values == {}
    with pytest.raises(ParamsUnreadable, match=r"params\.yaml does not exist"):
        read_params(tmp_path, ["params.yaml"])


def test_aliases_that_multiply_end_in_an_error_and_not_in_a_full_memory(tmp_path: Path) -> None:
    levels = ["a0: &a0 {x: 1, y: 2}"]
    levels += [f"a{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(9))}}}" for n in range(1, 12)]
    (tmp_path / "p.yaml").write_text("\n".join(levels))
    with pytest.raises(ParamsUnreadable, match="more than 20,000 values"):
        read_params(tmp_path, ["p.yaml"])


def test_lists_of_lists_that_multiply_are_cut(tmp_path: Path) -> None:
    levels = ["a0: &a0 [1, 2]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    (tmp_path / "p.yaml").write_text("\n".join(levels))
    assert str(read_params(tmp_path, ["p.yaml"]).values["a11"]).endswith("…")


def test_metrics_are_the_numbers_alone(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"eval": {"f1": 0.5, "name": "x", "ok": true, "none": null, "all": [1]}, "n": 3}')
    (tmp_path / "more.yaml").write_text("loss: 0.001\n")

    assert read_metrics(tmp_path, ["m.json", "more.yaml"]) == {"eval.f1": 0.5, "n": 3.0, "loss": 0.001}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"eval": {"f1": NaN}}', "m.json: 'eval.f1' is nan"),
        ('{"loss": Infinity}', "m.json: 'loss' is inf"),
        ('{"loss": -Infinity}', "m.json: 'loss' is -inf"),
        ('{"loss": 1e999}', "m.json: 'loss' is inf"),
        ('{"loss": "NaN"}', "m.json: 'loss' is NaN"),
        ("", "m.json is not valid JSON"),
        ("{", "m.json is not valid JSON"),
        ("accuracy: 0.5", "m.json is not valid JSON"),
        ("[1]", "m.json should hold names with values, and holds a list"),
    ],
)
def test_metrics_that_cannot_be_compared_are_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(MetricsUnusable) as caught:
        read_metrics(tmp_path, ["m.json"])
    assert said in caught.value.message
    assert caught.value.exit_code == 3


def test_a_missing_metrics_file_is_named_with_the_key_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(MetricsUnusable, match=r"m\.json does not exist, and train\.metrics names it"):
        read_metrics(tmp_path, ["m.json"])


def test_one_name_in_two_metrics_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"f1": 1}')
    (tmp_path / "b.json").write_text('{"f1": 2}')
    with pytest.raises(MetricsUnusable, match=r"b\.json: 'f1' is in another metrics file too"):
        read_metrics(tmp_path, ["a.json", "b.json"])
