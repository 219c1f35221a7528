"""The model registry: it answers, takes a write, and outlives the job."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.config import Config
from headgate.errors import HeadgateError
from headgate.masking import mask
from headgate.registry.mlflow_client import database, located
from headgate.registry.probing import probe_git, probe_server
from headgate.registry.tags import registry_remote
from headgate.tracking.probing import probe_database
from headgate.tracking.rest import Server
from headgate.workflow.doctor.finding import Context, Said, fail, failed, ok, warn
from headgate.workflow.doctor.tracking import PATIENCE


def registry(context: Context) -> Iterator[Said]:
    """Versions can be read and written, and the next job will find them."""
    job = context.job
    uri = uri_of(job.config)
    if uri == "git":
        yield from _git(context)
        return
    file = database(located(uri, job.project))
    if file is not None:
        yield from ephemeral(uri, in_ci=context.in_ci)
        if not file.exists():
            yield ok(f"{file.name} will be made with the first version: {probe_database(uri, job.project)}")
            return
        probe_database(uri, job.project)
    else:
        probe_server(Server(uri, environ=job.environ, answer=PATIENCE))
    yield ok(f"{mask(uri)}: {_production(context)}, and it takes writes")


def uri_of(config: Config) -> str:
    """Where versions are registered."""
    return config.tracking.uri if config.registry.uri == "tracking" else config.registry.uri


def ephemeral(uri: str, *, in_ci: bool) -> Iterator[Said]:
    """A registry that every job finds empty compares with nothing, and promotes everything."""
    if in_ci:
        yield fail(
            f"the registry {mask(uri)} is a file of this runner: every job begins without a Production, and compares "
            "with nothing",
            "registry: {uri: git}, or an MLflow server: {uri: https://…}",
        )


def _git(context: Context) -> Iterator[Said]:
    git = context.job.git
    remote = registry_remote(git)
    if remote is None:
        yield without_remote(in_ci=context.in_ci)
        return
    yield from on_this_runner(remote, git.remote_url(remote) or "", in_ci=context.in_ci)
    found = _production(context)
    try:
        probe_git(git, remote)
    except HeadgateError as error:
        yield read_only(error, for_pull_request=context.for_pull_request, found=found)
        return
    yield ok(f"git, on '{remote}': {found}, and it takes writes")


def without_remote(*, in_ci: bool) -> Said:
    """The git registry in a clone that has nowhere to push."""
    if in_ci:
        return fail(
            "the git registry has no remote here: its tags are gone with this job", "git remote add origin <url>"
        )
    return warn("the git registry's tags stay in this clone: there is no remote", "git remote add origin <url>")


def on_this_runner(remote: str, url: str, *, in_ci: bool) -> Iterator[Said]:
    """A remote that is a folder of the machine that the job ends with."""
    is_folder = url.startswith(("/", "./", "../", "file://"))
    if in_ci and is_folder:
        yield fail(
            f"the git remote '{remote}' is a folder of this runner ({mask(url)}): its tags are gone with this job",
            f"git remote set-url {remote} <the address of the repository>",
        )


def read_only(error: HeadgateError, *, for_pull_request: bool, found: str) -> Said:
    """A registry that may be read: enough to judge a pull request, too little to release."""
    if for_pull_request:
        return ok(f"{found}; it may be read and not written, which is enough to judge a pull request")
    return failed(error)


def _production(context: Context) -> str:
    production = context.job.registry.production()
    if production is None:
        return "no Production yet"
    return f"Production is v{production.version}"
