"""Whether this machine may push an image, asked of the registry without pushing one.

The login is docker's own, credential helpers included. A registry says yes by opening an upload, which is cancelled
at once: nothing is stored.

Source: the OCI distribution specification ("Pushing blobs") and the token authentication of Docker's registry.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from headgate import masking
from headgate.bearer import Bearer
from headgate.errors import CouldNotCarryOut, innermost
from headgate.hosts.credentials import Credentials

if TYPE_CHECKING:
    import requests

_TIMEOUT = (3.0, 5.0)  # seconds to connect, and to answer
_CERTIFICATES = Path("/etc/docker/certs.d")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$")


class RegistrySilent(CouldNotCarryOut):
    """Nobody answers at the registry's address, or nobody who is one."""

    title = "the image registry does not answer"


class LoginRefused(CouldNotCarryOut):
    """The registry does not know this login, or it cannot be read."""

    title = "the image registry refused the login"


@dataclass(frozen=True)
class Access:
    """What a registry allows.

    Args:
        registry: its host as the image's name has it.
        name: the repository inside it.
        user: who is logged in; None: nobody.
        push: whether that may push; None where it cannot be known.
        how: how that is known, or why not.
    """

    registry: str
    name: str
    user: str | None
    push: bool | None
    how: str


@dataclass(frozen=True)
class Login:
    """A user with a password, or with a token that stands for both."""

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    identity: str | None = field(default=None, repr=False)


def access_to(
    repository: str, *, environ: Mapping[str, str] = os.environ, session: requests.Session | None = None
) -> Access:
    """What this machine may do with `repository`, e.g. `ghcr.io/acme/sentiment`.

    Args:
        repository: as `image.repository` has it.
        environ: whose login it is, where it has one for the registry; else the one that `docker login` left.
        session: how the registry is asked.

    Raises:
        RegistrySilent, LoginRefused: it could not be asked.
    """
    import requests
    from docker import auth

    registry, name = auth.resolve_repository_name(repository)
    given = Credentials.of(environ, repository)
    who = Login(given.username, given.password) if given else _logged_in(registry)
    with session or requests.Session() as asking:
        base = _address(registry)
        try:
            kind = _authenticate(asking, _challenge(asking, base, registry), who, registry, name)
            return _try_upload(asking, base, Access(registry, name, who.user, None, ""), kind)
        except requests.exceptions.SSLError as error:
            raise RegistrySilent(
                f"The certificate of {registry} is not trusted here: {innermost(error)}",
                hint=f"Put its authority's certificate into {_CERTIFICATES / registry}/ca.crt, as for docker itself.",
            ) from error
        except requests.RequestException as error:
            raise RegistrySilent(
                f"{registry} does not answer: {innermost(error)}",
                hint="Is image.repository right, and the registry up?",
            ) from error


def _logged_in(registry: str) -> Login:
    """What `docker login` left: in its configuration, or with a credential helper."""
    from docker import auth
    from docker.errors import DockerException

    try:
        found: Mapping[str, Any] = auth.load_config().resolve_authconfig(registry) or {}
    except DockerException as error:
        raise LoginRefused(
            f"The login for {registry} cannot be read: {error}",
            hint=f"docker login {registry}  (a credential helper that ~/.docker/config.json names may be missing)",
        ) from error
    login = Login(found.get("username") or found.get("Username"), found.get("password") or found.get("Password"),
                  found.get("identitytoken") or found.get("IdentityToken"))  # fmt: skip
    masking.register(login.password)
    masking.register(login.identity)
    return login


def _address(registry: str) -> str:
    """Where the API is; plain HTTP on this machine alone, as docker has it."""
    from docker.auth import INDEX_NAME

    host = f"registry-1.{INDEX_NAME}" if registry == INDEX_NAME else registry
    return f"{'http' if _LOOPBACK.match(host) else 'https'}://{host}"


def _manners(url: str) -> dict[str, Any]:
    """How the server at `url` is asked: not for long, and trusting what docker trusts for it, where that is said."""
    files = sorted((_CERTIFICATES / urlsplit(url).netloc).glob("*.crt"))
    return {"timeout": _TIMEOUT, **({"verify": str(files[0])} if files else {})}


def _challenge(asking: requests.Session, base: str, registry: str) -> str:
    """What the registry wants to see before it answers; empty for one that is open."""
    answer = asking.get(f"{base}/v2/", **_manners(base))
    if answer.status_code == 401:
        return answer.headers.get("WWW-Authenticate", "")
    if answer.ok:
        return ""
    raise RegistrySilent(
        f"{registry} answered HTTP {answer.status_code}, as no image registry does.", hint="Is image.repository right?"
    )


def _authenticate(asking: requests.Session, challenge: str, who: Login, registry: str, name: str) -> str:
    """Give the session what the registry asks for; what kind of thing that is."""
    kind, _, rest = challenge.partition(" ")
    if kind.lower() == "basic" and who.user and who.password:
        asking.auth = (who.user, who.password)
    elif kind.lower() == "bearer":
        token = _token(asking, dict(_CHALLENGE.findall(rest)), who, registry, name)
        masking.register(token)
        asking.auth = Bearer(token)
    return kind.lower()


def _token(asking: requests.Session, wanted: Mapping[str, str], who: Login, registry: str, name: str) -> str:
    """A token for pulling and pushing, from whom the registry names."""
    realm = wanted.get("realm", "")
    parts = urlsplit(realm)
    if parts.scheme != "https" and not _LOOPBACK.match(parts.netloc):
        raise LoginRefused(f"{registry} sends logins to {realm or 'nowhere'}, without encryption: none was sent.")
    scope = {"service": wanted.get("service", ""), "scope": f"repository:{name}:pull,push"}
    if who.identity:
        body = {**scope, "grant_type": "refresh_token", "refresh_token": who.identity, "client_id": "headgate"}
        answer = asking.post(realm, data=body, **_manners(realm))
    else:
        login = (who.user, who.password) if who.user and who.password else None
        answer = asking.get(realm, params=scope, auth=login, **_manners(realm))
    if not answer.ok:
        raise LoginRefused(
            f"{registry} refused the login of {who.user or 'nobody'} (HTTP {answer.status_code}).",
            hint=f"docker login {registry}",
        )
    try:
        content = answer.json()
        return str(content.get("token") or content["access_token"])
    except (ValueError, KeyError, AttributeError) as error:
        raise RegistrySilent(f"{realm} gave no token to {registry}'s visitors.") from error


def _try_upload(asking: requests.Session, base: str, asked: Access, kind: str) -> Access:
    """Open an upload, and cancel it."""
    answer = asking.post(f"{base}/v2/{asked.name}/blobs/uploads/", allow_redirects=False, **_manners(base))
    status = answer.status_code
    if status == 202:
        cancelled = urljoin(base, answer.headers.get("Location", ""))
        if urlsplit(cancelled).netloc == urlsplit(base).netloc:  # elsewhere the login does not belong
            asking.delete(cancelled, **_manners(base))
        return replace(asked, push=True, how="it opened an upload, which was cancelled")
    if status == 401 and asked.user and kind == "basic":
        raise LoginRefused(
            f"{asked.registry} refused the login of {asked.user}.", hint=f"docker login {asked.registry}"
        )
    if status == 401 and not asked.user:
        return replace(asked, push=False, how="it asks for a login")
    refusals = {
        401: "it answered HTTP 401",
        403: "it answered HTTP 403",
        404: "it has no such repository, and does not make one by itself",
        405: "it is read-only",
    }
    how = refusals.get(status, f"it answered HTTP {status}")
    return replace(asked, push=False if status in refusals else None, how=how)
