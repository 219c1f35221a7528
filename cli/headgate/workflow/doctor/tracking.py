"""The tracking store: it answers, takes a run, and gives it up again."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.lineage.source import now
from headgate.masking import mask
from headgate.tracking.probing import probe_database, probe_server
from headgate.tracking.rest import Server
from headgate.workflow.doctor.finding import Context, Said, ok, warn

PATIENCE = 6.0  # seconds for one answer: a server that needs longer would make a training wait for hours


def tracking(context: Context) -> Iterator[Said]:
    """A run can be made where runs are kept; it is deleted again."""
    job = context.job
    uri = job.config.tracking.uri
    if uri.startswith("sqlite:"):
        probed = probe_database(uri, job.project)
        if context.in_ci:
            yield warn(
                "runs are kept in a file of this runner, which is gone with the job",
                "tracking: {uri: https://…} for an MLflow server, or upload .headgate/mlflow.db as an artifact",
            )
        yield ok(probed)
        return
    server = Server(uri, environ=job.environ, answer=PATIENCE)
    found = probe_server(server, job.config.experiment, at=now())
    if found.elsewhere is not None:
        yield warn(f"artifacts go straight to {found.elsewhere}, which was not tried")
    yield ok(f"{mask(server.url)}: run{' and artifact' if found.stored else ''} written and deleted")
