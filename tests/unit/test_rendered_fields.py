"""What Airflow's database keeps of a task's rendered fields: nothing about anybody."""

from __future__ import annotations

import json

import pytest
from airflow.sdk import DAG
from airflow.sdk.execution_time.task_runner import _serialize_rendered_fields

from airflow_provider_smsworks.operators.base import plain
from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator

NUMBER = "07700900123"
CONTEXT = {"phone": NUMBER, "name": "Ada", "mail": "ada@example.com"}


def operator(**more):
    arguments = {"to": "{{ phone }}", "content": "Dear {{ name }}, hello!", "sender": "Parcels"} | more
    with DAG("d"):
        return SmsWorksSendMessageOperator(task_id="t", **arguments)


def rendered(task):
    task.render_template_fields(CONTEXT)
    return _serialize_rendered_fields(task)


def test_number_and_text_are_masked_and_the_rest_is_readable():
    fields = rendered(operator(reference="order 7", metadata={"name": "{{ name }}"}, response_emails=["{{ mail }}"]))
    assert fields["to"] == "*********23"
    assert fields["content"] == "(16 characters)"
    assert fields["metadata"] == "(name)"
    assert fields["sender"] == "Parcels"
    assert fields["reference"] == "order 7"
    assert not any(secret in json.dumps(fields) for secret in (NUMBER, "Ada", "ada@"))


def test_the_task_itself_sees_the_values():
    task = operator()
    task.render_template_fields(CONTEXT)
    assert plain(task.to) == NUMBER
    assert plain(task.content) == "Dear Ada, hello!"
    assert NUMBER not in repr(task.to)


def test_rendering_twice_changes_nothing():
    task = operator()
    task.render_template_fields(CONTEXT)
    task.render_template_fields(CONTEXT)
    assert plain(task.to) == NUMBER


def test_a_mapped_task_is_masked_too():
    with DAG("d"):
        mapped = SmsWorksSendMessageOperator.partial(task_id="t", content="Dear {{ name }}").expand(to=[NUMBER])
    task = mapped.unmap({"to": NUMBER})
    # What the mapped operator's own rendering calls, without the database that it takes the map length from.
    task._do_render_template_fields(task, mapped.template_fields, CONTEXT, task.get_template_env(), set())
    fields = _serialize_rendered_fields(task)
    assert fields["to"] == "*********23"
    assert fields["content"] == "(8 characters)"


@pytest.mark.parametrize("value", [447700900123, ["07700900123", "07700900124"]])
def test_numbers_of_other_types_are_masked(value):
    task = operator(to=value)
    fields = rendered(task)
    assert "900123" not in json.dumps(fields)


def test_templates_are_left_alone_while_a_dag_is_parsed():
    task = operator()
    assert task.to == "{{ phone }}"
    assert task.content == "Dear {{ name }}, hello!"
