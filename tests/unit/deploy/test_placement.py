import pytest

from headgate.config.models import Config
from headgate.deploy.placement import Placement, container_spec, understood
from headgate.deploy.plan import Release, plan_of
from headgate.deploy.service import CONTAINER_PORT, DOMAIN, RELEASE, Service
from headgate.hosts.containers import Container
from support import containers

LINES = "a.example.com }\n    use_backend elsewhere if { always_true }\n#"


def container(**labels: str) -> Container:
    usual = {RELEASE: "r1", CONTAINER_PORT: "8000", DOMAIN: "a.example.com"}
    return containers.container(
        usual | {f"dev.headgate.{name.replace('_', '-')}": value for name, value in labels.items()}
    )


def test_a_container_is_routed_to_as_its_labels_say() -> None:
    placement = Placement.of(container())

    assert understood(container())
    assert (placement.release, placement.port, placement.domain) == ("r1", 8000, "a.example.com")


@pytest.mark.parametrize(
    "labels", [{"domain": LINES}, {"release": LINES}, {"release": ""}, {"container_port": "²"}, {"container_port": ""}]
)
def test_labels_that_an_image_brought_carry_no_line_into_the_proxy_s_configuration(labels: dict[str, str]) -> None:
    assert not understood(container(**labels))


def test_a_service_without_a_domain_gets_none_from_its_image() -> None:
    config = Config.model_validate({"version": 1, "model": "sentiment"})
    release = Release("sentiment", "r1", "sha256:0", pushed=False)

    spec = container_spec("sentiment-r1", release, plan_of(config, "production", {}), Service("sentiment", 80))

    assert spec.labels[DOMAIN] == ""  # over the image's own label, which would hold otherwise
    assert Placement.of(container(domain="")).domain is None
