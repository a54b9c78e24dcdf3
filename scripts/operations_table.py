"""`python -m scripts.operations_table` writes docs/operations.md from the package's one table of operations."""

from __future__ import annotations

import inspect
from pathlib import Path

from airflow_provider_smsworks.api import operations
from airflow_provider_smsworks.api.operations import Operation
from airflow_provider_smsworks.api.requests.messages import BatchOptions, MessageOptions
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

PAGE = Path(__file__).parent.parent / "docs" / "operations.md"

_HEAD = """# Operations

Every operation of the gateway is a method of `SmsWorksHook`, with an async twin: `send_message` and `asend_message`.
This page is made from the table that drives them (`api/operations.py`), with `python -m scripts.operations_table`.

* **reads**: repeated by itself after a failure that may pass.
* **changes**: texts nobody, but twice is not the same as once; repeated only if it certainly never left.
* **sends**: texts somebody; repeated only if it certainly never left. Operators send once, whatever Airflow repeats.

Parameters in *italics* are optional.

| method | what it does | parameters | operation | |
|---|---|---|---|---|
"""
_FOOT = """
The token is fetched with `{token}`, where the connection has customer id, key and secret in place of a token.
`search_all_messages` reads all pages of a search, and loses none of the messages that are there all the time.
"""


def page() -> str:
    """Return the whole page."""
    entries = {value: name for name, value in vars(operations).items() if isinstance(value, Operation)}
    methods = {
        value.operation: name
        for name, value in vars(SmsWorksHook).items()
        if hasattr(value, "operation") and not inspect.iscoroutinefunction(value)
    }
    rows = [_row(methods[operation], operation) for operation in entries if operation in methods]
    return _HEAD + "".join(rows) + _FOOT.format(token=operations.FETCH_TOKEN.label)


def _row(method: str, operation: Operation[..., object]) -> str:
    parameters = ", ".join(_parameters(operation))
    return f"| `{method}` | {operation.summary} | {parameters} | `{operation.label}` | {operation.effect} |\n"


def _parameters(operation: Operation[..., object]) -> list[str]:
    named: list[str] = []
    for parameter in list(inspect.signature(operation.build).parameters.values())[1:]:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            options = MessageOptions if "MessageOptions" in str(parameter.annotation) else BatchOptions
            named += [f"*{name}*" for name in options.__annotations__]
        else:
            required = parameter.default is inspect.Parameter.empty
            named.append(parameter.name if required else f"*{parameter.name}*")
    return named


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
