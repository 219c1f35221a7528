import pytest

from headgate.hosts.identity import BadKey, Identity, NoIdentity

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize("spoilt", [KEY.strip(), KEY.replace("\n", "\r\n"), KEY.replace("\n", "\\n"), f"\n {KEY}\n\n"])
def test_a_key_is_mended_as_far_as_secrets_spoil_it(spoilt: str) -> None:
    assert Identity.of({"HEADGATE_SSH_KEY": spoilt}).key == KEY


def test_the_key_comes_before_the_agent() -> None:
    identity = Identity.of({"HEADGATE_SSH_KEY": KEY, "SSH_AUTH_SOCK": "/run/agent"})
    assert (identity.key, identity.agent) == (KEY, None)


def test_an_empty_key_is_none_so_that_an_unset_secret_falls_back() -> None:
    assert Identity.of({"HEADGATE_SSH_KEY": " \n", "SSH_AUTH_SOCK": "/run/agent"}).agent == "/run/agent"


def test_without_either_the_error_says_how_to_get_one() -> None:
    with pytest.raises(NoIdentity) as raised:
        Identity.of({})
    assert "ssh-add" in str(raised.value.hint)


@pytest.mark.parametrize(("text", "words"), [("ssh-ed25519 AAAA octocat", "a public key"), ("nonsense", "not a key")])
def test_what_is_not_a_private_key_is_refused_and_not_repeated(text: str, words: str) -> None:
    with pytest.raises(BadKey, match=words) as raised:
        Identity.of({"HEADGATE_SSH_KEY": text})
    assert text not in f"{raised.value.message}{raised.value.hint}"


def test_the_key_is_not_shown() -> None:
    assert "b3Blbn" not in repr(Identity.of({"HEADGATE_SSH_KEY": KEY}))
