"""What templates make of values: of nothing and of lists, text; of digits, numbers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from airflow_provider_smsworks.api.rules import integer_text

NOTHING = "is empty, or its template rendered to nothing"
LIST_FOR_ONE = "is a list that was made text: it must be one value, and several are for a batch or for mapped tasks"
LIST_AS_TEXT = (
    "is a list that was made text: hand it over as `task.output[...]`, or let the Dag have"
    " `render_template_as_native_obj=True`"
)


def is_nothing(value: Any) -> bool:
    """Tell what a template makes of nothing; ``{{ none }}`` is the word None, unless rendered as native objects."""
    if isinstance(value, str):
        return value.strip() in ("", "None")
    return value is None or (isinstance(value, dict | list | tuple) and not value)


def is_the_word_none(value: Any) -> bool:
    """Tell what a template makes of None. Nobody is to be texted that."""
    return isinstance(value, str) and value.strip() == "None"


def is_list_made_text(value: Any) -> bool:
    """Tell what a template makes of a list, unless rendered as native objects."""
    if not (isinstance(value, str) and value.startswith("[")):
        return False
    try:
        made = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    # Written by Python: JSON that somebody means to send has other quotes.
    return isinstance(made, list) and repr(made) == value


def with_text(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a text's arguments with the digits again of which a Dag with native objects makes numbers."""
    made = {
        name: integer_text(value) or value if name in ("sender", "tag", "content") else value
        for name, value in arguments.items()
    }
    if isinstance(metadata := made.get("metadata"), Mapping):
        made["metadata"] = {key: integer_text(value) or value for key, value in metadata.items()}
    return made
