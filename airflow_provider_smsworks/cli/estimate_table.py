"""
What texts to everybody in a file will cost.

Rows become texts, are checked and added up by what ``FileToSmsWorksOperator`` sends with (``Wanted``, ``many_text``,
``Budget``). Its ``dry_run`` itself belongs to a task of a Dag: it needs a context, and fails at the first bad row that
``max_failed`` does not allow, where all of them are wanted here.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.api.requests.rows import MessageRows
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.api.text import estimate
from airflow_provider_smsworks.api.typography import replace_typography
from airflow_provider_smsworks.cli.commands import UsageError
from airflow_provider_smsworks.cli.connection import hook_of, outside_of_tasks
from airflow_provider_smsworks.cli.output import print_json, print_rows, wrapped
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.sending.cost import HOME, Budget, Credits
from airflow_provider_smsworks.sending.entries import BadEntry, Entry
from airflow_provider_smsworks.sending.identity import Attempt
from airflow_provider_smsworks.sending.many import TextsToMany, many_text
from airflow_provider_smsworks.sending.task import SendingTask
from airflow_provider_smsworks.transfers.table.files import file_table, format_of
from airflow_provider_smsworks.transfers.table.rows import Table, Wanted
from airflow_provider_smsworks.transfers.table.template import RowTemplate

_SHOWN = 20
_JINJA = re.compile(r"\{\{\s*\w+[^{}]*\}\}")
_FLAGS = {"path": "--file", "to": "--to-column", "key": "--key-column", "content": "--content"}


def run_table(arguments: Namespace) -> int:
    """Tell what texts to everybody in a table will cost; 1 if a row of it cannot be sent."""
    wanted, table = _wanted(arguments), _opened(arguments)
    rows = _Rows(has_keys=arguments.key_column is not None)
    try:
        # What it logs of bad rows is printed here row by row.
        with outside_of_tasks():
            told = _estimate(_hook(arguments.conn_id), table, wanted, rows, asks_prices=arguments.conn_id is not None)
    except SmsWorksValidationError as error:
        # Without a key, the column with the phone is asked for twice.
        problems = [one for one in error.problems if arguments.key_column or not one.startswith("`key`")]
        raise UsageError("; ".join(map(_as_flags, problems))) from None
    except SmsWorksError as error:
        raise UsageError(str(error)) from None
    if arguments.output == "json":
        print_json(told)
    else:
        _print(told)
    return 1 if told["failed"] else 0


@dataclass
class _Rows:
    """What is noted of rows as they are read."""

    has_keys: bool
    wrong: list[dict[str, Any]] = field(default_factory=list)
    forced_by: Counter[str] = field(default_factory=Counter)
    ucs2: int = 0
    saved_parts: int = 0

    def noted(self, entries: Iterator[Entry | BadEntry]) -> Iterator[Entry | BadEntry]:
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, BadEntry):
                has_key = self.has_keys and entry.label != f"row {number}"
                key = mask_numbers(entry.label) if has_key else None
                self.wrong.append({"row": number, "key": key, "reason": mask_numbers(entry.reason)})
            else:
                self._look_at(entry.content)
            yield entry

    def _look_at(self, content: str) -> None:
        found = estimate(content)
        if found.encoding == "UCS-2":
            self.ucs2 += 1
            self.forced_by.update(found.forced_by)
            self.saved_parts += found.parts - estimate(replace_typography(content)[0]).parts


def _wanted(arguments: Namespace) -> Wanted:
    if arguments.text is not None or arguments.file in (None, "-"):
        raise UsageError("--content and --to-column are for a table in a file: name it with --file, without a text")
    if not arguments.content or not arguments.to_column:
        raise UsageError("a table needs both: --content, the text of each row, and --to-column, the column with phones")
    if _JINJA.search(arguments.content):
        raise UsageError("--content has {{ }}, which only a Dag fills in: write columns as {name} or {eta:%A}")
    try:
        template = RowTemplate(arguments.content)
    except SmsWorksValidationError as error:
        # Their remedy for a brace is for a Dag file, where Airflow's templates come first.
        raise UsageError("; ".join(_as_flags(problem).partition(": write columns")[0] for problem in error.problems)
                         + ": write columns as {name} or {eta:%A}, and a brace twice") from None  # fmt: skip
    return Wanted(arguments.key_column or arguments.to_column, arguments.to_column, template)


def _opened(arguments: Namespace) -> AbstractContextManager[Table]:
    kind = format_of(arguments.file)
    if kind is None:
        raise UsageError("--file must end as a table does: .csv, .csv.gz, .parquet or .pq")
    if len(arguments.delimiter) != 1 or arguments.delimiter in '\r\n"':
        raise UsageError("--delimiter must be one character, and neither a quotation mark nor a line break")
    try:
        "".encode(arguments.encoding)
    except LookupError:
        raise UsageError("--encoding must be one that Python knows, such as utf-8 or cp1252") from None
    if "://" in arguments.file:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        try:
            path: Any = ObjectStoragePath(arguments.file)
            _ = path.fs
        except (ValueError, ImportError) as error:
            raise UsageError(f"--file is at no storage that this Airflow knows ({type(error).__name__})") from None
    else:
        path = Path(arguments.file)
    return file_table(path, kind, encoding=arguments.encoding, delimiter=arguments.delimiter)


def _hook(conn_id: str | None) -> SmsWorksHook:
    if conn_id is not None:
        return hook_of(conn_id)
    hook = SmsWorksHook("none")
    # It is never called: fingerprints want a secret, and messages a sender.
    hook.settings = Settings("none", token="none", sender="Estimate")
    return hook


def _estimate(
    hook: SmsWorksHook, table: AbstractContextManager[Table], wanted: Wanted, rows: _Rows, *, asks_prices: bool
) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    task = SendingTask(hook, Attempt("", "", "estimate", -1, 0, False, None, now), None)

    def entries(checks: MessageRows) -> Iterator[Entry | BadEntry]:
        try:
            with table as opened:
                yield from rows.noted(wanted.entries(opened, checks))
        except OSError as error:
            raise UsageError(f"--file cannot be read: {error.strerror or type(error).__name__}") from None

    sender = hook.settings.sender or "Estimate"
    text = many_text(task, entries, {"sender": sender}, max_failed=math.inf)
    with closing(cast("TextsToMany", text.many)) as many:
        bill, failed, duplicates = many.bill, many.spool.bad, many.spool.duplicates
    # As the dry run of a task has it: with a limit, prices abroad are asked for.
    budget = Budget(max_credits=math.inf if asks_prices else None)
    credits = budget.check(hook, bill, logging.getLogger(__name__)) if bill.texts else Credits(0, 0)
    return {
        "recipients": bill.texts,
        "failed": failed,
        "duplicates": duplicates,
        "parts": bill.parts,
        "longest_in_parts": bill.largest,
        "least_credits": credits.least,
        "most_credits": credits.most,
        "countries": sorted(bill.by_country),
        "prices_of_countries": asks_prices or set(bill.by_country) <= {HOME},
        "ucs2": rows.ucs2,
        "forced_by": dict(rows.forced_by.most_common()),
        "parts_saved_by_replace_typography": rows.saved_parts,
        "wrong_rows": rows.wrong,
    }


def _print(told: dict[str, Any]) -> None:
    least, most = f"{told['least_credits']:,.10g}", f"{told['most_credits']:,.10g}"
    credits = least if least == most else f"{least} to {most}"
    abroad = [country for country in told["countries"] if country != HOME]
    if not told["prices_of_countries"]:
        credits += f", and more for numbers abroad ({', '.join(abroad)}): --conn-id asks their prices"
    rows = {
        "texts": f"{told['recipients']:,}",
        "duplicates": f"{told['duplicates']:,} (rows whose phone is in the table before; they get nothing more)",
        "wrong rows": f"{told['failed']:,}",
        "parts": f"{told['parts']:,}, the longest text has {told['longest_in_parts']}",
        "credits": credits,
    }
    if abroad and told["prices_of_countries"]:
        rows["countries"] = ", ".join(told["countries"])
    if told["ucs2"]:
        names = list(told["forced_by"].items())
        shown = "; ".join(f"{name} (in {count:,})" for name, count in names[:_SHOWN])
        rows["not GSM-7"] = f"{told['ucs2']:,} text(s), because of {shown}"
        if saved := told["parts_saved_by_replace_typography"]:
            rows["plain characters"] = f"would save {saved:,} part(s): replace_typography, before the table is written"
    print_rows(rows)
    if wrong := told["wrong_rows"]:
        print("\nRows that cannot be sent (the first is 1; a line of names does not count):")
        for row in wrong[:_SHOWN]:
            named = f" ({row['key']})" if row["key"] else ""
            print(wrapped(row["reason"], f"  row {row['row']:,}{named}: "))
        if len(wrong) > _SHOWN:
            print(f"  and {len(wrong) - _SHOWN:,} more; --output json has all of them")


def _as_flags(problem: str) -> str:
    return re.sub(r"^`(\w+)`", lambda found: _FLAGS.get(found[1], found[0]), problem)
