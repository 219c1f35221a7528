import pytest

from headgate.errors import UsageError
from headgate.hosts.credentials import Credentials

BOTH = {"HEADGATE_REGISTRY_USERNAME": "octocat", "HEADGATE_REGISTRY_PASSWORD": "hunter22"}


@pytest.mark.parametrize(
    ("image", "sees"),
    [
        ("ghcr.io/acme/sentiment@sha256:00", True),
        ("ghcr.io/other:1", True),
        ("haproxy:3.0", False),
        ("ghcr.io.example.com/acme/sentiment:1", False),
        ("ghcr.io:5000/acme/sentiment:1", False),
    ],
)
def test_only_the_registry_of_the_images_sees_them(image: str, sees: bool) -> None:
    credentials = Credentials.of(BOTH, "ghcr.io/acme/sentiment")
    assert credentials is not None
    assert (credentials.for_image(image) is not None) is sees


def test_docker_hub_is_a_registry_too() -> None:
    credentials = Credentials.of(BOTH, "acme/sentiment")
    assert credentials is not None
    assert credentials.for_image("haproxy:3.0") == {"username": "octocat", "password": "hunter22"}
    assert credentials.for_image("ghcr.io/acme/sentiment:1") is None


def test_the_password_is_not_shown() -> None:
    assert "hunter22" not in repr(Credentials.of(BOTH, "ghcr.io/acme/sentiment"))


@pytest.mark.parametrize("missing", list(BOTH))
def test_one_without_the_other_is_a_mistake(missing: str) -> None:
    with pytest.raises(UsageError, match=f"{missing} is not"):
        Credentials.of({name: value for name, value in BOTH.items() if name != missing}, "ghcr.io/acme/sentiment")


@pytest.mark.parametrize(("environ", "repository"), [({}, "ghcr.io/acme/sentiment"), (BOTH, None)])
def test_without_them_the_docker_client_has_its_own(environ: dict[str, str], repository: str | None) -> None:
    assert Credentials.of(environ, repository) is None
