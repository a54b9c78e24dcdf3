"""What the provider registry shows of this package (.airflow-registry.yaml): everything, and nothing else."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest
import yaml

from airflow_provider_smsworks.get_provider_info import get_provider_info
from tests.versions import needs_approvals

INFO = get_provider_info()
SHOWN = yaml.safe_load((Path(__file__).parents[2] / ".airflow-registry.yaml").read_text())
KINDS = {
    "hooks": "Hook",
    "operators": "Operator",
    "transfers": "Operator",
    "sensors": "Sensor",
    "triggers": "Trigger",
    "notifications": "Notifier",
}


def modules_of(kind):
    """Yield the modules that the provider info names, which are those that Dags import from."""
    for entry in INFO[kind]:
        if isinstance(entry, str):
            yield entry.rpartition(".")[0]
        else:
            yield from entry.get("python-modules") or [entry["python-module"]]


def classes_of(kind):
    """Return what an author of Dags may use: each class and where it is imported from."""
    found = {}
    for module in map(importlib.import_module, modules_of(kind)):
        for name in {*vars(module), *getattr(module, "__all__", [])}:
            if not re.fullmatch(rf"\w*SmsWorks\w*{KINDS[kind]}", name):
                continue
            value = getattr(module, name)
            # What classes have in common is in files of that name.
            if inspect.isclass(value) and not value.__module__.endswith("base"):
                found[f"{module.__name__}.{name}"] = value
    return found


def test_it_tells_whose_it_is():
    assert SHOWN.keys() - KINDS == {"package-name", "display-name", "description"}
    assert (SHOWN["package-name"], SHOWN["display-name"]) == (INFO["package-name"], INFO["name"])
    assert SHOWN["description"] == INFO["description"]


@needs_approvals  # as one of the classes does
@pytest.mark.parametrize("kind", KINDS)
def test_it_shows_each_class_in_the_words_of_its_docstring(kind):
    shown = {entry["module"]: entry["description"] for entry in SHOWN[kind]}
    assert len(shown) == len(SHOWN[kind])
    classes = classes_of(kind)
    assert classes
    assert shown.keys() == classes.keys()
    for name, value in classes.items():
        line = value.__doc__.strip().splitlines()[0]
        plain = re.sub(r" \(the connector's [^)]*\)", "", re.sub(r":class:`(\w+)`", r"\1", line))
        assert shown[name] == plain
