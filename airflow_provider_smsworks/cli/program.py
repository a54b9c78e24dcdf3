"""``smsworks …``: the table of commands as a program of its own, for any Airflow and for none."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from airflow_provider_smsworks.cli.commands import COMMANDS, SUMMARY

PROGRAM = "smsworks"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 1 if something is wrong, 2 if it cannot be done as it was given."""
    arguments = parser().parse_args(argv)
    code: int = arguments.command.run(arguments, PROGRAM)
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = argparse.ArgumentParser(prog=PROGRAM, description=f"{SUMMARY} (The SMS Works and Apache Airflow).")
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.help,
            description=command.description,
            epilog=command.epilog(PROGRAM),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for option in command.options:
            one.add_argument(*option.flags, help=option.help, **option.more)
        one.set_defaults(command=command)
    return whole
