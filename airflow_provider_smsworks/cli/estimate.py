"""``smsworks estimate``: what a text will cost, or texts to everybody in a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from airflow_provider_smsworks.api.text import Estimate, characters_outside_gsm, estimate, name_of
from airflow_provider_smsworks.api.typography import replace_typography
from airflow_provider_smsworks.cli.commands import UsageError
from airflow_provider_smsworks.cli.output import print_json, print_rows

_SHOWN = 10
_WHY_A_RANGE = {
    "GSM-7": "the gateway's pages count £, €, brackets and line breaks in different ways",
    "UCS-2": "the gateway's documents charge a credit per 70 characters, and a phone gets 67 of them in a part",
}
_OF_A_TABLE = ("content", "to_column", "key_column", "conn_id")


def run(arguments: Namespace) -> int:
    """Tell what it will cost; 1 if anything of it cannot be sent."""
    if arguments.content is not None or arguments.to_column is not None:
        from airflow_provider_smsworks.cli.estimate_table import run_table

        return run_table(arguments)
    given = [f"--{name.replace('_', '-')}" for name in _OF_A_TABLE if getattr(arguments, name) is not None]
    if given:
        raise UsageError(f"{' and '.join(given)}: only for a table, with --file, --content and --to-column")
    told = of_text(_read(arguments))
    if arguments.output == "json":
        print_json(told)
    else:
        _print(told)
    return 1 if told["problem"] else 0


def of_text(content: str) -> dict[str, Any]:
    """Return everything that is known of what a text will cost."""
    from airflow_provider_smsworks.api.requests.checks import content_problem

    found = estimate(content)
    plain, replaced = replace_typography(content)
    outside = list(dict.fromkeys(characters_outside_gsm(content)))
    return {
        **_figures(found),
        "forced_by": [name_of(character) for character in outside],
        "after_replace_typography": {**_figures(estimate(plain)), "replaced": replaced} if replaced else None,
        "problem": content_problem(content),
    }


def _figures(found: Estimate) -> dict[str, Any]:
    return {
        "encoding": found.encoding,
        "length": found.length,
        "parts": found.parts,
        "least_credits": found.least_credits,
        "most_credits": found.most_credits,
    }


def _read(arguments: Namespace) -> str:
    text, path = arguments.text, arguments.file
    if (text is None) == (path is None):
        raise UsageError("give a text, or --file with the text in it (- reads standard input)")
    if text is not None and text != "-":
        return str(text)
    if path is not None and path.lower().endswith((".csv", ".csv.gz", ".parquet", ".pq")):
        raise UsageError("--file names a table: say with --content what to text, and with --to-column which phones")
    try:
        data = sys.stdin.buffer.read() if "-" in (text, path) else Path(path).read_bytes()
        content = data.decode(arguments.encoding)
    except OSError as error:
        raise UsageError(f"--file cannot be read: {error.strerror or type(error).__name__}") from None
    except LookupError:
        raise UsageError("--encoding must be one that Python knows, such as utf-8 or cp1252") from None
    except UnicodeError as error:
        where = f" (byte {error.start:,})" if isinstance(error, UnicodeDecodeError) else ""
        raise UsageError(f"it is not {arguments.encoding}{where}: name its --encoding") from None
    # An editor puts it there.
    return content.removesuffix("\n").removesuffix("\r")


def _print(told: dict[str, Any]) -> None:
    is_gsm = told["encoding"] == "GSM-7"
    single, part = (160, 153) if is_gsm else (70, 67)
    names = told["forced_by"]
    because = "; ".join(names[:_SHOWN]) + (f"; and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    rows = {
        "alphabet": told["encoding"] + ("" if is_gsm else f", because of {because}"),
        "length": f"{told['length']:,} ({single} fit in one part, {part} in each of several)",
        "parts": f"{told['parts']}",
        "credits": credits_of(told),
    }
    if after := told["after_replace_typography"]:
        rows["with plain characters"] = (
            f"{after['encoding']}, {after['length']:,} long, {after['parts']} part(s), {credits_of(after)}"
            " (replace_typography of airflow_provider_smsworks.api.typography)"
        )
    if told["problem"]:
        rows["cannot be sent"] = f"it {told['problem']}"
    print_rows(rows)


def credits_of(told: dict[str, Any]) -> str:
    """Return the credits of one text, and why they are a range if they are."""
    least, most = told["least_credits"], told["most_credits"]
    if least == most:
        return f"{least} to a phone in the UK"
    return f"{least} to {most} to a phone in the UK: {_WHY_A_RANGE[told['encoding']]}"
