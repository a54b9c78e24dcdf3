"""``airflow smsworks …``: the table of commands as Airflow reads it, from 3.2 on (provider info, ``cli``)."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable

from airflow.cli.cli_config import ActionCommand, Arg, CLICommand, GroupCommand

from airflow_provider_smsworks.cli.commands import COMMANDS, SUMMARY, Command

PROGRAM = "airflow smsworks"


def get_smsworks_cli_commands() -> list[CLICommand]:
    """Return the commands of this provider."""
    return [GroupCommand(name="smsworks", help=SUMMARY, subcommands=[_action(command) for command in COMMANDS])]


def _action(command: Command) -> ActionCommand:
    return ActionCommand(
        name=command.name,
        help=command.help,
        description=command.description,
        epilog=command.epilog(PROGRAM),
        func=_function(command),
        args=[Arg(flags=tuple(option.flags), help=option.help, **option.more) for option in command.options],
    )


def _function(command: Command) -> Callable[[Namespace], None]:
    def run(arguments: Namespace) -> None:
        # Airflow takes no notice of what a command returns.
        if code := command.run(arguments, PROGRAM):
            sys.exit(code)

    return run
