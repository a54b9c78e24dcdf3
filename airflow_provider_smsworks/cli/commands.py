"""
The one table of commands, which both front ends read: ``airflow smsworks …`` and ``smsworks …``.

Every ``airflow`` command imports this, whatever it is about, so it brings nothing but the standard library; what a
command does is imported when it is called.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

SUMMARY = "Check a connection, tell what texts cost, try without an account"
INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C ended."""


class UsageError(Exception):
    """The command cannot be done as it was given; the text says what to write instead."""


@dataclass(frozen=True)
class Option:
    """
    One argument of a command.

    :param flags: as argparse takes them; one without dashes is positional
    :param help: without square brackets, which Airflow's help takes for colours
    :param more: what argparse takes besides
    """

    flags: Sequence[str]
    help: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """
    One command.

    :param help: one line
    :param description: what stands at the top of its help; ``{program}`` is how the user calls it
    :param examples: command lines without their beginning, and what each does
    :param function: module and function below this package; it takes the arguments and returns the exit code
    """

    name: str
    help: str
    description: str
    examples: Mapping[str, str]
    options: Sequence[Option]
    function: str

    def epilog(self, program: str) -> str:
        """Return the examples, as they are typed."""
        lines = [f"  {program} {self.name}{line}\n      {what}" for line, what in self.examples.items()]
        return "\n".join(["Examples:", *lines])

    def run(self, arguments: argparse.Namespace, program: str) -> int:
        """Do what the command does, and return the exit code."""
        module, _, name = self.function.rpartition(".")
        try:
            function: Callable[[argparse.Namespace], int] = getattr(import_module(f"{__package__}.{module}"), name)
            return function(arguments)
        except UsageError as error:
            print(f"{program} {self.name}: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            return INTERRUPTED
        except BrokenPipeError:
            # Whoever read the output (head, less) has had enough. Python would complain once more at the exit.
            sys.stdout = None
            return 1


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 1 to 3600")
    return seconds


_OUTPUT = Option(
    ("-o", "--output"),
    "table (default): for people; json: for programs",
    {"choices": ("table", "json"), "default": "table", "metavar": "FORMAT"},
)
_CONN_ID = ("--conn-id",)

ESTIMATE = Command(
    "estimate",
    "Tell what a text will cost, or texts to everybody in a file",
    "Tell what a text will cost, or texts to everybody in a CSV or Parquet file, before anything is sent.\n"
    "Nothing is sent, and without --conn-id nothing is asked of anybody: no connection, no network.",
    {
        ' "It\u2019s late. Sorry!"': "alphabet, parts and credits of one text",
        " --file text.txt": "of the text in a file; a line break at its end does not count",
        " -": "of the text on standard input",
        ' --file late.csv --to-column phone --content "Dear {name}, your parcel comes on {day}."': (
            "of a text to each row: what FileToSmsWorksOperator would send, by the same code"
        ),
        ' --file late.parquet --to-column phone --content "Hello {name}" --conn-id smsworks_default': (
            "with the prices abroad, and the rules of a connection"
        ),
    },
    (
        Option(("text",), "the text; - reads it from standard input", {"nargs": "?"}),
        Option(("-f", "--file"), "a file with the text, or with --content and --to-column a table: .csv, .csv.gz, "
               ".parquet or .pq, also at an address such as s3://conn_id@bucket/late.csv"),
        Option(("--content",), "of a table: the text of each row, with columns as {name} or {eta:%%A}"),
        Option(("--to-column",), "of a table: the column with the phone", {"metavar": "COLUMN"}),
        Option(("--key-column",), "of a table: the column that names a row in reports", {"metavar": "COLUMN"}),
        Option(("--encoding",), "of text and CSV, default UTF-8", {"default": "utf-8-sig"}),
        Option(("--delimiter",), "of CSV, one character, default a comma", {"default": ","}),
        Option(_CONN_ID, "of a table: ask this connection's gateway for prices abroad, and obey its settings; "
               "without it, numbers are British unless they have a country code"),
        _OUTPUT,
    ),
    "estimate.run",
)  # fmt: skip

DOCTOR = Command(
    "doctor",
    "Check a connection step by step, and say what to do",
    "Check a connection step by step: that it exists and reads, that the gateway can be reached and takes the token,\n"
    "clocks, searches, and settings that are risky. Each line is ok, a note, a warning or wrong, with the remedy.\n\n"
    "Nothing is sent and nothing costs anything, and the inbox is not touched. With --live-number it asks the real\n"
    "gateway what its documents leave open. That takes two texts to a phone of yours; it says first what they cost,\n"
    "and asks. Exit code: 0, or 1 if something is wrong.",
    {
        "": "check the connection smsworks_default",
        " --conn-id smsworks_staging --output json": "check another one, for a program to read",
        " --live-number 07…": "ask the gateway too, with texts to this phone of yours",
    },
    (
        Option(_CONN_ID, "the connection, default smsworks_default", {"default": "smsworks_default"}),
        Option(("--live-number",), "a phone of yours that gets two texts, so that open questions can be answered",
               {"metavar": "PHONE"}),
        Option(("--sender",), "with --live-number: who the texts are from; default: the connection's sender"),
        Option(("--wait",), "with --live-number: how many seconds to watch for each text, 1 to 3600, default 120",
               {"type": _seconds, "default": 120.0, "metavar": "SECONDS"}),
        Option(("--read-inbox",), "with --live-number: ask too whether reading the inbox marks texts as read; "
               "one unread text may be read by that", {"action": "store_true"}),
        Option(("-y", "--yes"), "with --live-number: do not ask before texting", {"action": "store_true"}),
        _OUTPUT,
    ),
    "doctor.command.run",
)  # fmt: skip

SANDBOX = Command(
    "sandbox",
    "Run the sandbox, a local twin of the gateway",
    "Run the sandbox, a local twin of the gateway, until Ctrl-C. No text leaves this machine; the page with its\n"
    "phones is at the address that it prints. Also installed as smsworks-sandbox.",
    {
        "": "on port 8025 of this machine",
        " --port 0 --db texts.sqlite": "on a free port, and keep everything in a file",
    },
    (
        Option(("--port",), "TCP port; 0 picks a free one (default 8025)"),
        Option(("--host",), "address to listen on (default 127.0.0.1)"),
        Option(("--db",), "keep everything in this SQLite file (default: in memory)", {"metavar": "FILE"}),
        Option(("--token",), "accept this token only, and those of /auth/token (default: any token)"),
    ),
    "sandbox.run",
)

COMMANDS = (DOCTOR, ESTIMATE, SANDBOX)
