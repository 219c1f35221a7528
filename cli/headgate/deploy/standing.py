"""What stands behind one port of a host: a service's containers, what serves, and what serves for its neighbours."""

from __future__ import annotations

from headgate.deploy.fitness import was_fit
from headgate.deploy.journal import Journal, serving
from headgate.deploy.placement import Placement, understood
from headgate.deploy.service import MODEL, Service, releases_on
from headgate.hosts.containers import Container
from headgate.hosts.engine import Engine


class Standing:
    """By the engine and the journal, asked anew each time."""

    def __init__(self, engine: Engine, service: Service, journal: Journal) -> None:
        self._engine = engine
        self._service = service
        self._journal = journal

    def containers(self) -> list[Container]:
        """The service's, the newest first: those that this version understands; a later one's are left alone."""
        return self._of(self._service)

    def serving(self) -> Placement | None:
        """What serves, by the journal; where that is lost, the newest container that runs and passed its checks."""
        return self._serving(self._service)

    def neighbours(self) -> dict[str, Placement]:
        """What serves for the other models behind the port."""
        containers = filter(understood, self._engine.containers(releases_on(self._service.port)))
        models = {one.labels.get(MODEL, "") for one in containers} - {"", self._service.model}
        found = {model: self._serving(Service(model, self._service.port)) for model in sorted(models)}
        return {model: one for model, one in found.items() if one}

    def _serving(self, service: Service) -> Placement | None:
        entries, containers = self._journal.read(service.model), self._of(service)
        if entries:
            return next((Placement.of(one) for one in containers if one.name == serving(entries)), None)
        return next((Placement.of(one) for one in containers if one.running and was_fit(one)), None)

    def _of(self, service: Service) -> list[Container]:
        return [one for one in self._engine.containers(service.labels) if understood(one)]
