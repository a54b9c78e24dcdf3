"""What the doctor should tell of a gateway, by how the sandbox was set."""

from __future__ import annotations

import io
import json

from airflow_provider_smsworks.cli.program import main

PHONE = "07700900000"
TEXTS = ["POST /message/send", "POST /batch/any"]

ASKED = (
    "unknown_id",
    "sample_status",
    "billing",
    "search_lag",
    "metadata_echo",
    "metadata_search",
    "shapes",
    "dates",
    "ids",
    "destination_type",
    "lists",
    "optional_fields",
    "status_words",
    "new_batch",
    "cancel_again",
)
"""The settings that the doctor can find out."""

OTHERS = (
    "ai_optimiser",
    "batch_limit",
    "error_bodies",
    "failure_codes",
    "no_report",
    "number_prefixes",
    "scheduled_id",
    "search_order",
    "search_page",
    "unicode_limit",
    "zone",
)
"""Settings that must make no difference to what it finds out."""


def doctor(capsys, *argv: str):
    """Run it, and return exit code, what it tells as JSON, and what it printed to stderr."""
    capsys.readouterr()  # before Airflow 3.1 there are the log lines of the test's own calls
    code = main(["doctor", "--output", "json", *argv])
    out, err = capsys.readouterr()
    return code, json.loads(out), err


def live(capsys, *argv: str, wait: float = 6):
    """Let it ask the gateway, too."""
    return doctor(capsys, "--live-number", PHONE, "--yes", "--wait", str(wait), *argv)


class Terminal(io.StringIO):
    """A standard input on which somebody types."""

    def isatty(self) -> bool:
        return True
