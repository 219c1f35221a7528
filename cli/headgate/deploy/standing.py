"""What stands behind one port of a host: a service's containers, what serves, and what serves for its neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

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
        return self._understood(self._service.labels)

    def serving(self) -> Placement | None:
        """What serves for the service."""
        return self._serving(self._service.model, self.containers())

    def by_model(self) -> dict[str, Placement]:
        """What serves for every model behind the port, in the order of their names."""
        return self._placed(self._every())

    def neighbours(self) -> dict[str, Placement]:
        """What serves for the other models behind the port; where there are none, no journal is read."""
        every = self._every()
        every.pop(self._service.model, None)
        return self._placed(every)

    def _every(self) -> dict[str, list[Container]]:
        """The containers of every model behind the port."""
        found: dict[str, list[Container]] = defaultdict(list)
        for one in self._understood(releases_on(self._service.port)):
            found[one.labels.get(MODEL, "")].append(one)
        return found

    def _placed(self, containers: Mapping[str, Sequence[Container]]) -> dict[str, Placement]:
        found = {model: self._serving(model, theirs) for model, theirs in sorted(containers.items()) if model}
        return {model: one for model, one in found.items() if one}

    def _serving(self, model: str, containers: Sequence[Container]) -> Placement | None:
        """By the journal; where that is lost, the newest container that runs and passed its checks."""
        if entries := self._journal.read(model):
            return next((Placement.of(one) for one in containers if one.name == serving(entries)), None)
        return next((Placement.of(one) for one in containers if one.running and was_fit(one)), None)

    def _understood(self, labels: Mapping[str, str]) -> list[Container]:
        return [one for one in self._engine.containers(labels) if understood(one)]
