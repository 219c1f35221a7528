"""The command line: verbs are loaded when they are used, and every ending has its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from headgate import __version__
from headgate.errors import HeadgateError, Interrupted

VERBS = {
    "init": "Look at this repository, and write what it needs to be released.",
    "doctor": "Check every precondition before the hours are spent.",
    "pull": "Pull the data that DVC tracks, and make sure nothing is missing.",
    "train": "Run the pipeline under tracking; push what it produced.",
    "gate": "Compare the candidate with Production and decide.",
    "comment": "Tell the verdict on the pull request, in one comment per model.",
    "register": "Register the candidate as a new version.",
    "build": "Build the image that ships the registered model, and push it.",
    "deploy": "Roll the image out to every host, without a dropped request.",
    "health": "Check the endpoint: readiness, real predictions, latency.",
    "promote": "Make the deployed version Production.",
    "rollback": "Put the previous release back: hosts and alias.",
    "release": "All of it, from pull to promote.",
    "status": "Show what runs where, and what is Production.",
    "history": "Show every deployment and every promotion.",
    "monitor": "Hold what production answers against the Production version, and decide.",
    "verify": "Walk from the running container back to the commit, checking every link.",
    "template": "List the workflows for GitHub Actions, and write them.",
}


class Verbs(click.Group):
    """Loads a verb's module only when that verb is called: `headgate --help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The verbs in the order of a release."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, or None for an unknown word."""
        if cmd_name not in VERBS:
            return None
        from importlib import import_module

        command: click.Command = getattr(import_module(f"headgate.commands.{cmd_name}"), cmd_name)
        command.help = VERBS[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb, or a refusal that names the nearest one."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from headgate.config.suggestion import nearest

            ctx.fail(f"there is no verb {args[0]!r}{nearest(args[0], VERBS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The verbs with what they do, without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "HEADGATE",
        "max_content_width": 100,
    },
    epilog="Every option reads HEADGATE_<VERB>_<OPTION> from the environment too.",
)
@click.version_option(__version__, prog_name="headgate")
def headgate() -> None:
    """From a commit to a verified model in production, and back again if it must."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line `argv` (default: this process's own) and exit with its code."""
    signal.signal(signal.SIGTERM, _interrupt)  # how CI cancels a job: locks are released as with Ctrl-C
    sys.exit(run(argv))


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; everything that can go wrong ends here."""
    try:
        return int(headgate.main(args=argv, standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _report(Interrupted("Stopped before the end; nothing was left half done.", hint=None))
    except HeadgateError as error:
        return _report(error)
    except OSError as error:
        return _report(_from_the_system(error))
    except Exception as defect:  # Python's own exit code 1 would read as "the gate failed"
        return _report(_defect(defect))


def _report(error: HeadgateError) -> int:
    from headgate.console import Console

    Console().error(error)
    return error.exit_code


def _from_the_system(error: OSError) -> HeadgateError:
    """A file or disk that would not: the system's own words, and the file's name."""
    from errno import ENOSPC

    from headgate.errors import CouldNotCarryOut

    where = f" ({error.filename})" if error.filename else ""
    hint = "Free some space: the disk is full." if error.errno == ENOSPC else None
    return CouldNotCarryOut(f"{error.strerror or error}{where}.", hint=hint)


def _defect(error: Exception) -> HeadgateError:
    """Something nobody foresaw: never a pass, and never mistaken for a verdict."""
    import traceback

    from headgate.errors import CouldNotCarryOut

    return CouldNotCarryOut(
        f"A defect in headgate {__version__}: {type(error).__name__}: {error}\n{traceback.format_exc()}",
        hint="Report it with the lines above. Nothing counts as passed.",
    )


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
