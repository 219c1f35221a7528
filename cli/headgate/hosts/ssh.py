"""Hosts that are reached over SSH: the Docker SDK on the engine's socket, which a line brings here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headgate.hosts.credentials import Credentials
from headgate.hosts.engine import Engine
from headgate.hosts.line import Line

if TYPE_CHECKING:
    from docker import DockerClient

_TIMEOUT = 60  # seconds for one answer of the engine
_STALLS = 300  # seconds without a word during a pull, for which the SDK would wait for ever


class Ssh:
    """The host at the other end of an open line. Implements `Connection`.

    Raises:
        EngineUnreachable: the engine's socket does not answer; the kind of it says why.
    """

    def __init__(self, line: Line, credentials: Credentials | None = None) -> None:
        self.host = line.host.name
        self._line = line
        self.engine = Engine.open(self.host, self._client, credentials)

    def url(self, port: int) -> str:
        """The host's own address."""
        return f"http://{self._line.host.bracketed}:{port}"

    def reach(self, port: int) -> str:
        """A port of this machine that the line forwards: no firewall needs to let anybody in."""
        return f"http://127.0.0.1:{self._line.port(port)}"

    def listener(self, port: int) -> str | None:  # noqa: ARG002
        """Nobody can tell without a shell."""
        return None

    def free_space(self, folder: str) -> int | None:  # noqa: ARG002
        """Nobody can tell without a shell."""
        return None

    def close(self) -> None:
        """Log out."""
        self.engine.close()
        self._line.close()

    def _client(self) -> DockerClient:
        import docker
        import docker.errors

        self._line.ensure_open()
        mark = self._line.mark()
        try:
            client = docker.DockerClient(base_url=f"unix://{self._line.socket}", timeout=_TIMEOUT)
        except docker.errors.DockerException as error:
            if trouble := self._line.trouble(mark):
                raise trouble from error
            raise
        client.api.mount("http+docker://", _over(self._line))
        return client


def _over(line: Line) -> Any:
    """The SDK's way of sending requests, with the line opened again where it was cut, and its own words on failures."""
    import requests
    from docker.transport import UnixHTTPAdapter

    class OverLine(UnixHTTPAdapter):
        def send(self, *request: Any, **options: Any) -> requests.Response:
            line.ensure_open()
            mark = line.mark()
            options["timeout"] = options.get("timeout") or _STALLS
            try:
                return super().send(*request, **options)
            except (requests.RequestException, OSError) as error:
                if trouble := line.trouble(mark):
                    raise trouble from error
                raise

    return OverLine(f"http+unix://{line.socket}", _TIMEOUT)
