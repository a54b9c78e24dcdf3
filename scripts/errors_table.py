"""`python -m scripts.errors_table` writes the tables of docs/errors.md from the errors, codes and statuses."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from airflow_provider_smsworks import exceptions
from airflow_provider_smsworks.api import statuses
from airflow_provider_smsworks.api.codes import CODES

PAGE = Path(__file__).parent.parent / "docs" / "errors.md"

_TABLE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_AGAIN_OF_CODE = {True: "yes, later", False: "no", None: "not yet"}
_PAID = {True: "yes", False: "no", "uk": "in the UK no", None: "nobody says"}
_AGAIN = {True: "yes", False: "no", "code": "the code decides", None: "a person decides"}
_WORD = {True: "yes", False: "no"}


def page(text: str) -> str:
    """Return the page with its tables made anew."""
    tables = {"errors": _errors, "codes": _codes, "statuses": _statuses}
    return _TABLE.sub(lambda found: found[1] + "".join(f"{row}\n" for row in tables[found[2]]()) + found[3], text)


def _errors() -> Iterator[str]:
    yield from ("| error | what happened | `transient` | `nothing_sent` |", "|---|---|---|---|")
    for name in exceptions.__all__:
        kind = getattr(exceptions, name)
        what = re.sub(r"\s+", " ", (inspect.getdoc(kind) or "").split("\n\n")[0]).replace("``", "`")
        yield f"| `{name}` | {what} | {_WORD[kind.transient]} | {_WORD[kind.no_effect]} |"


def _codes() -> Iterator[str]:
    yield from ("| code | error | what it means | what to do | again |", "|---|---|---|---|---|")
    for code in CODES.values():
        again = _AGAIN_OF_CODE[code.again]
        yield f"| {code.number} | `{code.kind.__name__}` | {code.meaning} | {code.remedy} | {again} |"


def _statuses() -> Iterator[str]:
    yield from ("| status | final | paid | again |", "|---|---|---|---|")
    for word, known in statuses._OF_A_MESSAGE.items():
        yield f"| {word} | {_WORD[known.final]} | {_PAID[known.paid]} | {_AGAIN[known.again]} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
