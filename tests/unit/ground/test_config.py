"""headgate.yaml: what is wrong is said with file, line, key and the nearest valid key."""

from pathlib import Path

import pytest

from headgate.config import Config, ConfigError, load
from headgate.config.quantities import Margin
from headgate.config.schema import json_schema

HEAD = "version: 1\nmodel: sentiment\n"


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "headgate.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (HEAD + "gate:\n  metrics:\n    accuracy: {max_dorp: 0.01}\n", 5, "did you mean 'max_drop'?"),
        (HEAD + "gate: {metrics: {acuracy: {min: 0.7}}}\n", 3, "did you mean 'accuracy'?"),
        (HEAD + "depoly: {}\n", 3, "did you mean 'deploy'?"),
        (HEAD + "environments:\n  staging:\n    deploy: {prot: 8080}\n", 5, "did you mean 'port'?"),
        (HEAD + "deploy: {drain: 30}\n", 3, "is not a duration"),
        (HEAD + "deploy: {port: 70000}\n", 3, "should be less than or equal to 65535"),
        (HEAD + "deploy: {hosts: ['ssh://deploy@203.0.113.10']}\n", 3, "docs/deploy-ssh.md"),
        (HEAD + "deploy: {hosts: [203.0.113.10], known_hosts: k}\n", 3, "is not like ssh://deploy@203.0.113.10"),
        (HEAD + "deploy: {hosts: ['ssh://-oX@h'], known_hosts: k}\n", 3, "is not a user's name"),
        (HEAD + "deploy: {jump: 'ssh://a b'}\n", 3, "is not the name of a host"),
        (HEAD + "gate: {metrics: {accuracy: {}}}\n", 3, "says nothing"),
        (HEAD + "gate: {metrics: {accuracy: {max_drop: -1}}}\n", 3, "is not a margin"),
        (HEAD + "gate: {metrics: {accuracy: {min: .nan}}}\n", 3, "must be a finite number"),
        (HEAD + "train: {model: ../../etc/passwd}\n", 3, "must be a path inside the repository"),
        (HEAD + "train: {model: /etc/passwd}\n", 3, "must be a path inside the repository"),
        (HEAD + "model: other\n", 3, "is already on line 2"),
        ("a: &x [1]\nb: [*x, *x]\n", 2, "aliases (*x) are not allowed"),
        ("- 1\n", 1, "must be a mapping"),
        ("", 1, "must be a mapping"),
        ("model: sentiment\n", 1, "'version' is missing"),
        ("version: 2\nmodel: sentiment\n", 1, "should be 1"),
        ("version: 1\nmodel: 'a b'\n", 2, "does not fit the pattern"),
        ("version: 1\nmodel: [\n", 3, "not valid YAML"),
        (HEAD + "data: !!python/object/apply:os.system ['id']\n", 3, "not valid YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(written, text: str, line: int, says: str) -> None:
    path = written(text)

    with pytest.raises(ConfigError) as caught:
        load(path)

    assert says in caught.value.message
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"version: \x00", b"version: 1\n" + b"#" * 1_000_001])
def test_a_file_that_is_no_text_is_refused(written, raw: bytes) -> None:
    with pytest.raises(ConfigError):
        load(written(raw))


def test_every_mistake_is_named_at_once(written) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(HEAD + "depoly: {}\ntrain: {timout: 1h}\n"))

    assert len(caught.value.message.splitlines()) == 2


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "headgate.yaml")


def test_an_environment_changes_what_it_names_and_nothing_else(written) -> None:
    path = written(
        HEAD + "deploy: {port: 80, retain: 5, env: {A: 1}, resources: {memory: 2g}}\n"
        "environments: {staging: {deploy: {port: 8080, env: {B: 2}, resources: {cpus: 2}}}}\n"
    )

    config = load(path, "staging")

    assert (config.deploy.port, config.deploy.retain, config.deploy.env) == (8080, 5, {"A": 1, "B": 2})
    assert (config.deploy.resources.memory, config.deploy.resources.cpus) == (2 * 1024**3, 2)
    assert load(path).deploy.port == 80


def test_an_unknown_environment_is_refused_with_the_nearest(written) -> None:
    with pytest.raises(ConfigError, match="did you mean 'staging'"):
        load(written(HEAD + "environments: {staging: {}}\n"), "stagin")


def test_what_a_variable_holds_is_in_no_message(written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS", "look-for-me 'in' there")
    text = HEAD + "monitor: {telemetry: '${ADDRESS}'}\ndeploy: {jump: 'tcp://${ADDRESS}'}\n"

    with pytest.raises(ConfigError) as refused:
        load(written(text))

    assert "look-for-me" not in refused.value.message
    assert "'monitor.telemetry' is \"${ADDRESS}\"" in refused.value.message


def test_variables_are_expanded_only_where_the_schema_says_so(written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING", "http://mlflow.example.com")
    config = load(written(HEAD + "tracking: {uri: '${TRACKING}'}\ndeploy: {env: {A: '${TRACKING}'}}\n"))

    assert config.tracking.uri == "http://mlflow.example.com"
    assert config.deploy.env == {"A": "${TRACKING}"}


def test_a_variable_that_is_not_set_is_an_error(written) -> None:
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE, which is not set"):
        load(written(HEAD + "tracking: {uri: '${NOT_SET_ANYWHERE}'}\n"))


def test_a_relative_margin_is_a_share_of_production() -> None:
    assert Margin.parse("20%").against(50.0) == pytest.approx(10.0)
    assert Margin.parse(0.01).against(50.0) == 0.01


def test_every_key_of_the_schema_says_what_it_means() -> None:
    schema = json_schema()
    silent = [
        f"{name}.{key}"
        for name, part in {"Config": schema, **schema["$defs"]}.items()
        for key, value in part.get("properties", {}).items()
        if "description" not in value and "$ref" not in value
    ]
    assert silent == []


def test_the_defaults_are_those_of_an_empty_configuration() -> None:
    config = Config(version=1, model="m")
    assert (config.registry.uri, config.deploy.hosts, config.train.timeout) == ("git", ("local",), 6 * 3600)
