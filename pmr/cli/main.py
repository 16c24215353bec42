"""The entry point: parse, run, and turn every error into its sentence and exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from pmr.cli.lazy import LazyGroup
from pmr.cli.output import clean
from pmr.errors import PmrError

INTERRUPTED = 130
FAILED = 1

COMMANDS = {
    "up": "pmr.cli.up:up",
    "key": "pmr.cli.key:key",
    "record": "pmr.cli.record:record",
    "wallet": "pmr.cli.wallet:wallet",
    "check": "pmr.cli.check:check",
    "serve": "pmr.cli.serve:serve",
    "deploy": "pmr.cli.deploy:deploy",
    "backup": "pmr.cli.backup:backup",
    "restore": "pmr.cli.backup:restore",
    "content": "pmr.cli.content:content",
    "compile": "pmr.cli.compile:compile_",
}


@click.group(cls=LazyGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pmr")
def cli() -> None:
    """Protected medical records: sealed here, kept on IPFS, registered and shared on a chain.

    Start with `pmr up`. Settings: docs/configuration.md. Exit codes: docs/cli.md.
    """


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; print what went wrong as a sentence on stderr; give the exit code."""
    try:
        code = cli.main(list(arguments), prog_name="pmr", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PmrError as error:
        return _say(str(error), error.exit_code)
    except BrokenPipeError:
        return _closed_output()
    except OSError as error:
        return _say(_os_sentence(error), FAILED)


def _say(sentence: str, code: int) -> int:
    click.echo(clean(sentence), err=True)
    return code


def _os_sentence(error: OSError) -> str:
    """`requests`' errors are OSErrors too, and say all in their text."""
    if error.filename:
        return f"{error.filename}: {error.strerror or error}."
    return f"The system refused: {error.strerror or error}."


def _closed_output() -> int:
    """The reader of a pipe left; python must not complain again when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED
