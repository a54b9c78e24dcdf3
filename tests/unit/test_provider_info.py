from __future__ import annotations

import importlib
import json
import re
import tomllib
from pathlib import Path

import airflow
import jsonschema
import pytest

from airflow_provider_smsworks.api.settings import read_settings
from airflow_provider_smsworks.get_provider_info import get_provider_info
from tests.versions import AIRFLOW_V_3_3_PLUS, hides_by_name

INFO = get_provider_info()
FORM = INFO["connection-types"][0]
PARTS = {"operators.links", "operators.ask", "operators.approval"}
"""What is imported from another module: questions and approvals from `operators.question`."""
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


SCHEMA = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())


def test_airflows_schema_accepts_it():
    jsonschema.validate(INFO, SCHEMA)


@pytest.mark.skipif(not AIRFLOW_V_3_3_PLUS, reason="older ones pass over what they do not know")
def test_the_newest_airflow_knows_every_key():
    assert INFO.keys() <= SCHEMA["properties"].keys()


def test_the_names_are_the_promised_ones():
    assert INFO["package-name"] == PROJECT["name"] == "airflow-provider-smsworks"
    assert FORM["connection-type"] == "smsworks"


@pytest.mark.parametrize("kind", ["hooks", "operators", "sensors", "triggers", "transfers"])
def test_every_module_that_it_names_exists(kind):
    for name in modules_of(kind):
        importlib.import_module(name)


def modules_of(kind):
    """Return the modules that it names; of transfers each has an entry of its own."""
    return {name for entry in INFO[kind] for name in entry.get("python-modules") or [entry["python-module"]]}


def test_every_module_that_exists_is_named():
    package = Path(importlib.import_module("airflow_provider_smsworks").__file__).parent
    for kind in ("hooks", "operators", "sensors", "triggers", "transfers"):
        named = modules_of(kind)
        for file in (package / kind).glob("[!_]*.py"):
            shared = file.stem.endswith(("base", "_reads")) or f"{kind}.{file.stem}" in PARTS
            assert shared or f"airflow_provider_smsworks.{kind}.{file.stem}" in named, file


def named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("kind", ["notifications", "extra-links", "cli"])
def test_every_object_that_it_names_exists(kind):
    assert INFO[kind]
    assert all(callable(named(path)) for path in INFO[kind])


@pytest.mark.parametrize(("kind", "folder"), [("notifications", "notifications"), ("extra-links", "operators")])
def test_every_notifier_and_every_link_is_named(kind, folder):
    package = importlib.import_module(f"airflow_provider_smsworks.{folder}")
    found = {
        f"{package.__name__}.{file.stem}.{name}"
        for file in Path(package.__path__[0]).glob("*.py")
        for name in re.findall(r"^class (SmsWorks\w*(?:Notifier|Link))\b", file.read_text(), re.MULTILINE)
    }
    assert found == set(INFO[kind])


def test_its_hook_is_the_one_of_its_connection_type():
    assert named(FORM["hook-class-name"]).conn_type == FORM["connection-type"]


def test_the_entry_points_exist():
    entry_points = PROJECT["entry-points"]["apache_airflow_provider"] | PROJECT["scripts"]
    for target in entry_points.values():
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_every_field_of_the_form_is_a_key_that_the_connection_takes():
    values = {
        "sender": "Parcels",
        "default_region": "GB",
        "timeout": 5,
        "calls_per_minute": 60,
        "batch_limit": 500,
        "search_lag": 1,
        "delivery_report_url": "https://example.com/",
        "allowed_numbers": "07911123456",
        "allow_test_numbers": True,
        "allow_http": "gateway.internal",
    }
    credentials = {"customer_id": "c", "api_key": "k", "api_secret": "s"}
    assert set(FORM["conn-fields"]) == set(values) | set(credentials)
    read_settings("c", password="token", extra=values)
    read_settings("c", extra=credentials)


def test_secrets_are_password_fields_whose_names_the_api_masks():
    secret = {name for name, field in FORM["conn-fields"].items() if field["schema"].get("format") == "password"}
    assert secret == {"api_key", "api_secret"}
    assert all(hides_by_name(name) for name in secret)
