"""What Airflow's database keeps of a task's rendered fields: nothing about anybody."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import pkgutil

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowException

from airflow_provider_smsworks import operators, transfers
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from airflow_provider_smsworks.operators.schedule import SmsWorksScheduleMessageOperator
from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator
from tests.versions import AIRFLOW_V_3_3_PLUS, rendered_fields

NUMBER = "07700900123"
CONTEXT = {"phone": NUMBER, "name": "Ada", "mail": "ada@example.com"}


def operator(**more):
    arguments = {"to": "{{ phone }}", "content": "Dear {{ name }}, hello!", "sender": "Parcels"} | more
    with DAG("d"):
        return SmsWorksSendMessageOperator(task_id="t", **arguments)


def rendered(task):
    task.render_template_fields(CONTEXT)
    return rendered_fields(task)


def test_number_and_text_are_masked_and_the_rest_is_readable():
    fields = rendered(
        operator(
            reference="order 7",
            send_key="order of {{ phone }}",
            tag="late {{ phone }}",
            metadata={"name": "{{ name }}"},
            response_emails=["{{ mail }}"],
            delivery_report_url="https://user:pass@example.com/{{ phone }}?key=1",
        )
    )
    assert fields["to"] == "*********23"
    assert fields["content"] == "(16 characters)"
    assert fields["metadata"] == "(name)"
    assert fields["sender"] == "Parcels"
    assert fields["reference"] == "order 7"
    assert fields["send_key"] == "order of *********23"
    assert fields["tag"] == "late *********23"
    assert fields["delivery_report_url"] == "example.com"
    assert not any(secret in json.dumps(fields) for secret in (NUMBER, "Ada", "ada@", "pass"))


def test_a_moment_is_readable():
    with DAG("d"):
        task = SmsWorksScheduleMessageOperator(task_id="t", to=NUMBER, content="x", schedule="{{ when }}")
    task.render_template_fields({"when": "2026-11-22 14:23:58.739001+00:00"})
    assert rendered_fields(task)["schedule"] == "2026-11-22 14:23:58.739001+00:00"


def test_the_task_itself_sees_the_values():
    task = operator()
    task.render_template_fields(CONTEXT)
    assert task.given("to", "content", "tag") == {"to": NUMBER, "content": "Dear Ada, hello!", "tag": None}
    assert NUMBER not in repr(task.to)


def test_rendering_twice_changes_nothing():
    task = operator()
    task.render_template_fields(CONTEXT)
    task.render_template_fields(CONTEXT)
    assert task.given("to") == {"to": NUMBER}


def test_a_mapped_task_is_masked_too():
    with DAG("d"):
        mapped = SmsWorksSendMessageOperator.partial(task_id="t", content="Dear {{ name }}").expand(to=[NUMBER])
    task = mapped.unmap({"to": NUMBER})
    # What the mapped operator's own rendering calls, without the database that it takes the map length from.
    task._do_render_template_fields(task, mapped.template_fields, CONTEXT, task.get_template_env(), set())
    fields = rendered_fields(task)
    assert fields["to"] == "*********23"
    assert fields["content"] == "(8 characters)"


@pytest.mark.parametrize("value", [447700900123, ["07700900123", "07700900124"], lambda context, jinja_env: NUMBER])
def test_numbers_of_other_types_are_masked(value):
    fields = rendered(operator(to=value))
    assert "900123" not in json.dumps(fields)
    assert fields["to"].endswith(("23", "24"))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("Dear Ada of 07700900123 {{ broken", "TemplateSyntaxError"),
        ("Dear Ada of 07700900123 {{ phone.nobody.knows }}", "UndefinedError: 'str object' has no attribute 'nobody'"),
        ("Dear Ada of 07700900123 {{ 1 / 0 }}", "ZeroDivisionError"),
    ],
)
def test_a_template_that_cannot_be_rendered_is_not_quoted(template, why, caplog):
    caplog.set_level(logging.DEBUG)
    task = operator(content=template)
    with pytest.raises(AirflowException, match="`content` cannot be rendered") as caught:
        task.render_template_fields(CONTEXT)
    assert why in str(caught.value)
    assert caught.value.__suppress_context__
    for text in (str(caught.value), caplog.text):
        assert "Ada" not in text
        assert NUMBER not in text


def test_templates_are_left_alone_while_a_dag_is_parsed():
    task = operator()
    assert task.to == "{{ phone }}"
    assert task.content == "Dear {{ name }}, hello!"


TABLE = {"task_id": "t", "key": "id", "to": "phone", "content": "Dear {name}, not {{ name }}!"}


def test_a_query_and_its_text_are_shown_without_what_templates_put_there():
    sql = "SELECT id, phone FROM late WHERE name = '{{ name }}' AND phone = {{ phone }} AND day = '{{ mail }}'"
    with DAG("d"):
        task = SqlToSmsWorksOperator(
            conn_id="rows",
            sql=sql,
            parameters={"name": "{{ name }}"},
            manifest="s3://reports/{{ phone }}.csv",
            **TABLE,
        )
    fields = rendered(task)
    assert fields["sql"] == "SELECT id, phone FROM late WHERE name = '***' AND phone = *********23 AND day = '***'"
    assert fields["content"] == "(21 characters)"
    assert fields["parameters"] == "(name)"
    assert fields["manifest"] == "s3://reports/*********23.csv"
    assert fields["conn_id"] == "rows"
    assert not any(secret in json.dumps(fields) for secret in (NUMBER, "Ada", "ada@"))
    assert task.given("sql", "parameters") == {
        "sql": f"SELECT id, phone FROM late WHERE name = 'Ada' AND phone = {NUMBER} AND day = 'ada@example.com'",
        "parameters": {"name": "Ada"},
    }


def test_parameters_without_names_are_not_shown():
    with DAG("d"):
        task = SqlToSmsWorksOperator(conn_id="rows", sql="SELECT 1", parameters=["{{ name }}", "{{ phone }}"], **TABLE)
    assert rendered(task)["parameters"] == "(list)"


def test_a_path_is_shown_without_numbers():
    with DAG("d"):
        task = FileToSmsWorksOperator(path="/lake/{{ phone }}.csv", **TABLE)
    assert rendered(task)["path"] == "/lake/*********23.csv"


class Careless(SmsWorksBaseOperator):
    template_fields = (*SmsWorksBaseOperator.template_fields, "nickname")

    def __init__(self, *, nickname, **kwargs):
        super().__init__(**kwargs)
        self.nickname = nickname


def test_what_no_class_has_said_to_be_harmless_is_masked():
    with DAG("d"):
        fields = rendered(Careless(task_id="t", nickname="{{ name }}"))
    assert fields == {"smsworks_conn_id": "smsworks_default", "nickname": "(3 characters)"}


def test_every_operator_renders_its_connection():
    names = [
        f"{package.__name__}.{module.name}"
        for package in (operators, transfers)
        for module in pkgutil.iter_modules(package.__path__)
        if AIRFLOW_V_3_3_PLUS or module.name != "approval"
    ]
    members = [pair for name in names for pair in inspect.getmembers(importlib.import_module(name), inspect.isclass)]
    kinds = [kind for _, kind in members if issubclass(kind, SmsWorksBaseOperator)]
    assert {SmsWorksSendMessageOperator, SqlToSmsWorksOperator, FileToSmsWorksOperator} <= set(kinds)
    for kind in kinds:
        assert "smsworks_conn_id" in kind.template_fields
        # Airflow's page of an approval shows what is asked.
        shown = {"subject", "body"} if kind.__name__ == "SmsWorksApprovalOperator" else set()
        assert kind.harmless_fields <= SmsWorksBaseOperator.harmless_fields | {"reply_to"} | shown
