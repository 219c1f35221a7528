"""The options that every verb takes, and what they turn into: a `Job` to work with, a `Show` to print with."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from headgate.commands.output import FORMATS, Show
from headgate.config import DEFAULT_PATH
from headgate.console import Console
from headgate.errors import UsageError
from headgate.workflow.job import Job
from headgate.workflow.release import STEPS

Command = Callable[..., Any]


def path_option(*names: str, help: str, default: Path | None = None) -> Callable[[Command], Command]:  # noqa: A002
    """An option that takes a path."""
    kind = click.Path(path_type=Path)
    return click.option(*names, type=kind, help=help, default=default, show_default=bool(default), show_envvar=True)


def talk(command: Command) -> Command:
    """`-q` and `-v`, as a `Console`."""

    @click.option("-q", "--quiet", is_flag=True, help="Errors and results alone.")
    @click.option("-v", "--verbose", is_flag=True, help="Show commands and details too.")
    @wraps(command)
    def with_console(*args: Any, quiet: bool, verbose: bool, **options: Any) -> Any:
        return command(*args, console=Console(verbosity=-1 if quiet else int(verbose)), **options)

    return with_console


def job_options(command: Command) -> Command:
    """`--config`, `--record` and `--environment`."""
    for option in (
        click.option("--environment", help="Use the values of this environment.", show_envvar=True),
        path_option("--record", help="The release record.  [default: .headgate/release.json]"),
        path_option("--config", help="The configuration.", default=DEFAULT_PATH),
    ):
        command = option(command)
    return command


def job(command: Command) -> Command:
    """The project at hand, as a `Job`; the record's outputs go to GitHub's runner when the verb has ended."""

    @job_options
    @talk
    @wraps(command)
    def with_job(
        *args: Any, config: Path, record: Path | None, environment: str | None, console: Console, **options: Any
    ) -> Any:
        opened = Job.open(console, config=config, record=record, environment=environment)
        try:
            return command(*args, job=opened, **options)
        finally:
            hand_to_github(opened)

    return with_job


def step_option(option: str, name: str, *, help: str) -> Callable[[Command], Command]:  # noqa: A002
    """An option that names a step of the release; its variable is named like the option, as everywhere."""
    variable = f"HEADGATE_RELEASE_{option.removeprefix('--').upper()}"
    return click.option(option, name, type=click.Choice(STEPS), help=help, envvar=variable, show_envvar=True)


def lock_timeout(command: Command) -> Command:
    """`--lock-timeout`, in seconds."""
    return click.option(
        "--lock-timeout",
        type=click.FloatRange(min=0),
        default=300.0,
        show_default=True,
        help="Seconds to wait for another deployment to end.",
        show_envvar=True,
    )(command)


def reason(command: Command) -> Command:
    """`--reason`, for the journal."""
    return click.option("--reason", help="Why; kept in the hosts' journals.", show_envvar=True)(command)


def break_lock(command: Command) -> Command:
    """`--break-lock`, which wants a `--reason`: as `break_lock`, why another deployer's lock is not waited for."""

    @click.option(
        "--break-lock", is_flag=True, help="Take the lock from whoever holds it; needs --reason.", show_envvar=True
    )
    @wraps(command)
    def with_reason(*args: Any, break_lock: bool, reason: str | None, **options: Any) -> Any:
        if break_lock and not (reason or "").strip():
            raise UsageError(
                "--break-lock takes the lock from a deployment that may be at work.",
                hint="--break-lock --reason TEXT; the journal keeps it. headgate status shows whose lock it is.",
            )
        return command(*args, reason=reason, break_lock=reason if break_lock else None, **options)

    return with_reason


def output_format(command: Command) -> Command:
    """`--format`, as a `Show`."""

    @click.option(
        "--format",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="How to print the result.",
        show_envvar=True,
    )
    @wraps(command)
    def with_show(*args: Any, **options: Any) -> Any:
        return command(*args, show=Show(options.pop("format")), **options)

    return with_show


def hand_to_github(job: Job) -> None:
    """What the record holds by now, as step outputs: after a refusal too, when the next step wants the verdict."""
    if job.console.github and job.record_path.exists():
        from headgate.github.actions import outputs_of, write_outputs

        write_outputs(outputs_of(job.record, job.record_path), job.environ)
