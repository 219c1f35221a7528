import pytest

from headgate.deploy.preflight import NotReady, check_domain
from headgate.deploy.service import Service, address_of

SERVICE = Service("sentiment", 80)


def test_models_with_domains_of_their_own_share_a_port() -> None:
    check_domain("local", SERVICE, "one.example.com", {"digits": "two.example.com", "spam": None})


@pytest.mark.parametrize(("domain", "said"), [(None, "all domains"), ("one.example.com", "the domain one.example.com")])
def test_a_model_does_not_take_another_one_s_requests(domain: str | None, said: str) -> None:
    with pytest.raises(NotReady, match=f"the model 'digits' serves {said} on port 80"):
        check_domain("local", SERVICE, domain, {"digits": domain})


def test_the_name_in_the_network_fits_whatever_the_container_is_called() -> None:
    assert len(address_of("m" * 63 + "-20261121101502-3f2c1ab")) < 63
    assert address_of("a") != address_of("b")
