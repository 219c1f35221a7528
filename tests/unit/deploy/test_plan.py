from datetime import datetime, timezone

import pytest

from headgate import masking
from headgate.config.models import Config
from headgate.deploy.plan import Release, batches, plan_of, release_of
from headgate.errors import UsageError
from headgate.image import release_id
from headgate.record import Image, Model, Record, Source

NOW = datetime(2026, 11, 21, 10, 15, 2, tzinfo=timezone.utc)
COMMIT = "3f2c1ab" + "0" * 33
DIGEST = "sha256:" + "a" * 64


def image(**changes: object) -> Image:
    usual = {
        "release": "20261121101502-3f2c1ab",
        "repository": "registry.example.com/acme/sentiment",
        "digest": DIGEST,
        "tags": ("20261121101502", "20261121101502-3f2c1ab", "latest"),
        "platform": "linux/amd64",
        "pushed": True,
        "model_digest": DIGEST,
        "created_at": NOW,
    }
    return Image.model_validate({**usual, **changes})


def record(made: Image) -> Record:
    return Record(
        headgate="0",
        name="sentiment",
        source=Source(commit=COMMIT, actor="octocat", created_at=NOW),
        model=Model(name="sentiment", version="7", registry="git", digest=DIGEST, registered_at=NOW),
        image=made,
    )


def config(**deploy: object) -> Config:
    return Config.model_validate({"version": 1, "model": "sentiment", "deploy": deploy})


def test_the_release_is_called_as_its_image_says_whatever_the_image_s_tags() -> None:
    assert release_of(record(image()), image(tags=("v1",))).id == "20261121101502-3f2c1ab"


def test_a_pulled_image_is_tagged_with_its_release() -> None:
    assert release_of(record(image()), image()).tag == "registry.example.com/acme/sentiment:20261121101502-3f2c1ab"
    assert release_of(record(image(pushed=False)), image(pushed=False)).tag is None


def test_an_image_named_by_hand_is_called_by_its_digest_and_keeps_its_own_labels() -> None:
    named = image(release=release_id(NOW, DIGEST.removeprefix("sha256:")), tags=(), by_hand=True)
    release = release_of(record(named), named)

    assert release.id == "20261121101502-aaaaaaa"
    assert release.labels == {}


def test_a_pushed_image_is_deployed_by_digest() -> None:
    release = release_of(record(image()), image())

    assert release.image == f"registry.example.com/acme/sentiment@{DIGEST}"
    assert release.container == "sentiment-20261121101502-3f2c1ab"


def test_an_image_that_was_not_pushed_is_deployed_by_its_id() -> None:
    assert release_of(record(image(pushed=False)), image(pushed=False)).image == DIGEST


def test_the_application_is_told_which_release_it_is() -> None:
    told = release_of(record(image()), image()).variables

    assert told["HEADGATE_RELEASE"] == "20261121101502-3f2c1ab"
    assert told["HEADGATE_MODEL_VERSION"] == "7"
    assert told["HEADGATE_MODEL_DIGEST"] == DIGEST
    assert told["HEADGATE_COMMIT"] == COMMIT


def test_a_release_s_name_cannot_carry_a_line_into_the_proxy_s_configuration() -> None:
    with pytest.raises(UsageError):
        Release("sentiment", "r1\nbackend evil", DIGEST, pushed=False)


def test_variables_are_written_as_yaml_has_them_and_secrets_come_from_the_environment() -> None:
    plan = plan_of(
        config(env={"DEBUG": True, "WORKERS": 2}, secrets=["API_KEY"]), "production", {"API_KEY": "t0p\nsecret"}
    )

    assert plan.variables == {"DEBUG": "true", "WORKERS": "2", "API_KEY": "t0p\nsecret"}
    assert "secret" not in repr(plan)
    assert masking.mask("it is t0p\nsecret") == "it is ***"


@pytest.mark.parametrize("environ", [{}, {"API_KEY": ""}])
def test_a_secret_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="API_KEY") as refused:
        plan_of(config(secrets=["API_KEY"]), "production", environ)

    assert refused.value.exit_code == 2
    assert "env: {API_KEY: ${{ secrets.API_KEY }}}" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", "the environment of this command does not have"),
        ("-----BEGIN CERTIFICATE-----", "no private key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "no certificate"),
    ],
)
def test_a_certificate_without_its_key_is_refused_and_not_shown(text: str, missing: str) -> None:
    with pytest.raises(UsageError, match=missing):
        plan_of(config(tls={"certificate": "CERT"}), "production", {"CERT": text})


def test_a_certificate_is_a_secret() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIabc\n-----BEGIN PRIVATE KEY-----\nMIIEsecretkey\n"

    plan = plan_of(config(tls={"certificate": "CERT"}), "production", {"CERT": pem})

    assert plan.handling.tls
    assert plan.handling.redirect
    assert "MIIEsecretkey" not in repr(plan)
    assert masking.mask("key: MIIEsecretkey") == "key: ***"


def test_hosts_come_in_batches_of_at_most_so_many() -> None:
    assert batches([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert batches([], 2) == []
