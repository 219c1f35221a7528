import pytest

from headgate.config.address import SshAddress


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ssh://203.0.113.10", SshAddress("203.0.113.10")),
        ("ssh://deploy@web-1.example.com", SshAddress("web-1.example.com", "deploy")),
        ("ssh://deploy@203.0.113.10:2222/", SshAddress("203.0.113.10", "deploy", 2222)),
        ("ssh://deploy@[2001:DB8::1]:2222", SshAddress("2001:db8::1", "deploy", 2222)),
        ("ssh://deploy@h/run/user/1000/docker.sock", SshAddress("h", "deploy", socket="/run/user/1000/docker.sock")),
    ],
)
def test_an_address_says_who_where_and_which_engine(text: str, address: SshAddress) -> None:
    assert SshAddress.parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "203.0.113.10",
        "ssh://",
        "ssh://deploy@",
        "ssh://-oProxyCommand=id@203.0.113.10",
        "ssh://deploy@-oProxyCommand=id",
        "ssh://deploy@$(id)",
        "ssh://deploy@host;id",
        "ssh://deploy@host name",
        "ssh://deploy@host\nProxyCommand id",
        "ssh://de'ploy@host",
        "ssh://deploy@host:0",
        "ssh://deploy@host:99999",
        "ssh://deploy@host:22x",
        "ssh://deploy@[2001:db8::1%eth0]",
        "ssh://deploy@[nonsense]",
        "ssh://deploy@2001:db8::1",
        "ssh://deploy@host/run/../etc/shadow.sock",
        "ssh://deploy@host/run/a:b.sock",
        "ssh://deploy@host/run/%h.sock",
        "ssh://deploy@host/run/$(id).sock",
    ],
)
def test_what_could_mean_something_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        SshAddress.parse(text)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="holds a password") as raised:
        SshAddress.parse("ssh://deploy:hunter22@203.0.113.10")
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "name", "known"),
    [
        ("ssh://deploy@203.0.113.10", "deploy@203.0.113.10", "203.0.113.10"),
        ("ssh://deploy@[2001:db8::1]:2222", "deploy@[2001:db8::1]:2222", "[2001:db8::1]:2222"),
        ("ssh://h:22/run/docker.sock", "h", "h"),
        ("ssh://h/run/podman.sock", "h/run/podman.sock", "h"),
    ],
)
def test_a_host_has_a_name_for_people_and_one_in_known_hosts(text: str, name: str, known: str) -> None:
    address = SshAddress.parse(text)
    assert (address.name, address.in_known_hosts) == (name, known)
