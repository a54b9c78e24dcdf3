"""The gateway's specification without its prose: what the sandbox is held against.

``specification.json`` is what this makes of the original. To make it anew:

    python -m tests.sandbox.specification the-original.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

COPY = Path(__file__).with_name("specification.json")

# Words for readers, the gateway's address, and examples, which are words and addresses too.
_PROSE = {"description", "summary", "example", "examples"} | {
    *("tags", "externalDocs", "servers", "contact", "termsOfService"),
}


def structure(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document's structure: what can be called with what, and what is answered."""
    stripped = _strip(document)
    for item in stripped["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                response["description"] = ""  # a specification without it is none
    return stripped


def text(document: dict[str, Any]) -> str:
    """Return the document as it is in the file."""
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _strip(value: Any) -> Any:
    if isinstance(value, list):
        return [_strip(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: part for name, part in value.items() if name not in _PROSE and not name.startswith("x-")}
    # The keys of "properties" are names of fields, also where they look like those above.
    return {
        name: {field: _strip(schema) for field, schema in part.items()} if name == "properties" else _strip(part)
        for name, part in kept.items()
    }


if __name__ == "__main__":
    COPY.write_text(text(structure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))), encoding="utf-8")
