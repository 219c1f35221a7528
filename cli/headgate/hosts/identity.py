"""The key that opens the hosts: from the SSH agent, or from its text in `HEADGATE_SSH_KEY`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headgate.errors import UsageError
from headgate.hosts.private_folder import PrivateFolder
from headgate.process import Completed, run

VARIABLE = "HEADGATE_SSH_KEY"
_FILE = "key"
_SECONDS = 10.0


class NoIdentity(UsageError):
    """There is no key to log in with."""

    title = "there is no key to log in with"


class BadKey(UsageError):
    """What HEADGATE_SSH_KEY holds is not a key that can be used."""

    title = "the key cannot be used"


@dataclass(frozen=True)
class Identity:
    """One of the two: the text of a private key, or the socket of an agent."""

    key: str | None = field(default=None, repr=False)
    agent: str | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Identity:
        """The key of this environment; its text comes before the agent.

        Raises:
            NoIdentity: there is neither.
            BadKey: the text is not a private key at all.
        """
        text, agent = environ.get(VARIABLE, ""), environ.get("SSH_AUTH_SOCK")
        if text.strip():
            return cls(key=_mended(text))
        if agent:
            return cls(agent=agent)
        raise NoIdentity(
            f"Neither does {VARIABLE} hold a key, nor does an SSH agent run here.",
            hint=f'export {VARIABLE}="$(cat deploy_key)", or eval "$(ssh-agent)" && ssh-add deploy_key; '
            f"in CI {VARIABLE} comes from a secret.",
        )

    @property
    def environ(self) -> dict[str, str]:
        """For ssh: where the agent is."""
        return {"SSH_AUTH_SOCK": self.agent or ""}

    def options(self, folder: Path) -> list[str]:
        """For ssh: this identity and no other, whatever else the user or the agent has."""
        if self.agent:
            return ["-o", "IdentityAgent=SSH_AUTH_SOCK", "-o", "IdentityFile=none"]
        return ["-o", "IdentityAgent=none", "-o", "IdentitiesOnly=yes", "-i", str(folder / _FILE)]

    def hand_out(self, folder: PrivateFolder) -> None:
        """Write the key to where `options` says it is. It is to be taken back as soon as ssh has logged in."""
        if self.key:
            folder.write(_FILE, self.key.encode())

    def take_back(self, folder: PrivateFolder) -> None:
        """Remove the file again."""
        (folder.path / _FILE).unlink(missing_ok=True)

    def check(self) -> None:
        """Have OpenSSH read the key.

        Raises:
            BadKey: it cannot, or asks for a passphrase.
        """
        if self.key:
            read = _ssh_keygen(self.key, "-y", "-P", "")
            if "incorrect passphrase" in read.stderr:
                raise BadKey(
                    f"The key in {VARIABLE} is locked with a passphrase, and nobody is here to type it.",
                    hint="Make a key without one for this purpose alone: ssh-keygen -t ed25519 -N '' -f deploy_key",
                )
            if not read.ok:
                raise BadKey(
                    f"OpenSSH cannot read the key in {VARIABLE}: it was cut short, or is of another kind.",
                    hint=f'The whole file belongs into it, first and last line too: {VARIABLE}="$(cat deploy_key)"',
                )

    def shown(self) -> str:
        """Which keys were offered, as a person can compare them with authorized_keys."""
        if self.key:
            public = _ssh_keygen(self.key, "-y", "-P", "").stdout.strip()
            return f"the key in {VARIABLE}: {public}"
        listed = run(["ssh-add", "-L"], env=self.environ, timeout=_SECONDS)
        if listed.returncode == 1:
            return "an SSH agent that has no key: ssh-add deploy_key"
        return f"the keys of the SSH agent:\n{listed.stdout.strip()}" if listed.ok else "an SSH agent that is gone"


def _mended(text: str) -> str:
    """The key as OpenSSH wants it: secrets lose their last newline, and come from Windows or through JSON."""
    lines = text.replace("\\n", "\n").replace("\r", "").strip().splitlines()
    if not lines[0].startswith("-----BEGIN "):
        public = lines[0].startswith(("ssh-", "ecdsa-", "sk-"))
        raise BadKey(
            f"{VARIABLE} holds {'a public key' if public else 'something that is not a key'}.",
            hint=f'The private key belongs into it: {VARIABLE}="$(cat deploy_key)"'
            + (", not deploy_key.pub" if public else ""),
        )
    return "\n".join(line.strip() for line in lines) + "\n"


def _ssh_keygen(key: str, *arguments: str) -> Completed:
    """What ssh-keygen says of a key, which it takes from a file alone."""
    folder = PrivateFolder()
    try:
        return run(["ssh-keygen", *arguments, "-f", str(folder.write(_FILE, key.encode()))], timeout=_SECONDS)
    finally:
        folder.remove()
