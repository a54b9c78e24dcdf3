"""The page for those who come from the connector: every action and parameter is there, and what it names exists."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from tests.versions import AIRFLOW_V_3_3_PLUS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "connector.md").read_text(encoding="utf-8")

# As the connector's page lists them.
_MESSAGE = {"sender", "destination", "content", "deliveryreporturl", "schedule", "tag", "ttl", "validity"}
_MESSAGE |= {"responseemail", "metadata"}
_BATCH = (_MESSAGE | {"destinations"}) - {"destination", "responseemail", "metadata"}
_QUERY = {"status", "credits", "destination", "sender", "keyword", "from", "to", "unread", "metadata"}
CONNECTOR = {
    "Cancel scheduled batch": {"batchid"},
    "Cancel scheduled message": {"messageid"},
    "Delete message": {"messageid"},
    "Get credits": set(),
    "Get customer ID": set(),
    "Get failed messages": _QUERY,
    "Get message": {"messageid"},
    "Get scheduled messages": set(),
    "Get unread messages": _QUERY,
    "Retrieve batch messages": {"batchid"},
    "Schedule batch": _BATCH,
    "Schedule message": _MESSAGE,
    "Search messages": _QUERY,
    "Send an SMS message": _MESSAGE,
    "Send batch": _BATCH,
    "Send collection of messages": {"messages"},
    "Send flash message": _MESSAGE,
}


def rows(text):
    """The cells of the rows of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {index - 1 for index, row in enumerate(found) if set(row[0]) == {"-"}}
    return [row for index, row in enumerate(found) if index not in heads and set(row[0]) != {"-"}]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def chapter(title):
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


ACTIONS = {row[0]: row for row in rows(chapter("The 17 actions"))}
MORE = rows(chapter("What the connector does not have"))
PARAMETERS = {
    action.strip(): section
    for section in chapter("Their parameters").split("\n### ")[1:]
    for action in section.partition("\n")[0].split(",")
}


def operator(action):
    # When it is needed: a Dag's author reads the page, and it may name what comes with the next commit.
    name, module = code(ACTIONS[action][1])[0], code(ACTIONS[action][2])[0]
    return getattr(importlib.import_module(f"airflow_provider_smsworks.operators.{module}"), name)


def parameters(kind):
    """What a class takes, as far as it and its bases name it."""
    return {name for base in kind.__mro__ if "__init__" in vars(base) for name in inspect.signature(base).parameters}


def test_every_action_is_there():
    assert set(ACTIONS) == set(CONNECTOR) == set(PARAMETERS)


@pytest.mark.parametrize("action", CONNECTOR)
def test_every_parameter_is_there(action):
    assert {code(row[1])[0] for row in rows(PARAMETERS[action])} == CONNECTOR[action]


@pytest.mark.parametrize("action", CONNECTOR)
def test_every_operator_takes_what_the_page_says(action):
    kind = operator(action)
    taken = parameters(kind)
    assert "smsworks_conn_id" in taken
    for _, _, ours, remark in rows(PARAMETERS[action]):
        others = [name for name in code(remark) if name.startswith("SmsWorks")]
        if not others or kind.__name__ in others:
            assert set(code(ours)) <= taken
    unknown = "reveal" in taken and not action.startswith(("Get", "Search", "Retrieve"))
    assert not unknown


def test_what_the_remarks_name_exists():
    assert "reply_to" in parameters(operator("Send an SMS message"))
    assert {"limit", "skip", "reveal"} <= parameters(operator("Search messages"))
    assert "status" in parameters(operator("Get scheduled messages"))
    assert {"max_parts", "max_credits"} <= parameters(operator("Send an SMS message"))


@pytest.mark.parametrize("row", [*ACTIONS.values(), *MORE], ids=lambda row: row[0])
def test_every_hook_method_exists(row):
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

    [method] = code(row[3])
    assert hasattr(getattr(SmsWorksHook, method), "operation")


def test_every_operation_is_there():
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

    named = {code(row[3])[0] for row in [*ACTIONS.values(), *MORE]}
    methods = {name for name, value in vars(SmsWorksHook).items() if hasattr(value, "operation")}
    assert named == {name for name in methods if not inspect.iscoroutinefunction(getattr(SmsWorksHook, name))}


@pytest.mark.parametrize("row", [row for row in MORE if code(row[1])], ids=lambda row: row[0])
def test_what_the_connector_does_not_have_exists(row):
    module, name = importlib.import_module(f"airflow_provider_smsworks.{code(row[2])[0]}"), code(row[1])[0]
    if name == "SmsWorksApprovalOperator" and not AIRFLOW_V_3_3_PLUS:
        pytest.skip("approvals by text need Airflow 3.3")
    assert "smsworks_conn_id" in parameters(getattr(module, name))


@pytest.mark.parametrize("row", [row for row in [*ACTIONS.values(), *MORE] if code(row[4])], ids=lambda row: row[0])
def test_every_example_shows_it(row):
    for example in code(row[4]):
        source = (ROOT / "example_dags" / f"{example}.py").read_text(encoding="utf-8")
        assert re.search(rf"\b{code(row[1])[0]}\b", source)
