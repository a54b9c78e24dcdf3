"""What may be shown of a query and of a database's error: no numbers, and nothing that stands in quotes."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from airflow.providers.common.compat.sdk import AirflowException

from airflow_provider_smsworks.api.masking import mask_numbers

_COMMENT_OR_QUOTED = re.compile(r"--[^\n]*|/\*.*?\*/|'[^']*(?:'|$)|\"[^\"]*(?:\"|$)|\$\w*\$.*?(?:\$\w*\$|$)", re.DOTALL)
_QUOTED = re.compile(r"'[^']*(?:'|$)|\"[^\"]*(?:\"|$)|`[^`]*(?:`|$)")
_WORD = re.compile(r"\w+")
_TELLS_DATA = {"DataError", "IntegrityError"}
"""Kinds of errors (PEP 249) that are about a value, and mostly quote it."""


def show_statement(value: object) -> str:
    """Show a query without the values in it: a template may have put somebody's name there."""
    return mask_numbers(_COMMENT_OR_QUOTED.sub("'***'", str(value)))


@contextmanager
def plain_errors(sql: str) -> Generator[None]:
    """
    Turn what a driver raises into an error that says no more than Airflow's log may hold.

    :param sql: the query; its own words may be quoted
    :raises AirflowException: in place of whatever the driver raised
    """
    try:
        yield
    except Exception as error:
        raise AirflowException(f"The query failed: {_plain(error, sql)}. Nothing was sent by this try.") from None


def _plain(error: Exception, sql: str) -> str:
    kind = type(error).__name__
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    kind += f" {state}" if state else ""
    if _TELLS_DATA & {base.__name__ for base in type(error).__mro__}:
        return f"{kind} (its text may quote the data, and is not shown)"
    known = set(_WORD.findall(_COMMENT_OR_QUOTED.sub(" ", sql)))
    first = (str(error).strip() or "no text").splitlines()[0]
    shown = _QUOTED.sub(lambda found: found[0] if set(_WORD.findall(found[0])) <= known else "'***'", first)
    # What the query quotes an error may show in other quotation marks, or in none.
    hidden = set(_WORD.findall(sql)) - known
    shown = _WORD.sub(lambda found: "***" if found[0] in hidden else found[0], shown)
    return f"{kind}: {mask_numbers(shown)}".rstrip(".")
