"""A run for each text: what such a run is called, and which texts it takes. Real runs are in tests/airflow."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.inbox import SmsWorksEachTextOperator, run_id_of
from tests.task_context import task_context
from tests.versions import needs_airflow_3

OWN = "447860012345"
PHONE = "07700900123"


def run_for(message_id, **arguments):
    """Run the task in the run of a text."""
    context = task_context(dag_run=SimpleNamespace(conf={"message_id": message_id}))
    return SmsWorksEachTextOperator(task_id="text", **arguments).execute(context), context


@needs_airflow_3
def test_the_run_of_a_text_returns_it_with_the_number_masked(connected):
    sent = SmsWorksHook().send_message(to=PHONE, sender=OWN, content="Late?")["message_id"]
    came = connected.inbound(PHONE, OWN, "Yes")
    text, context = run_for(came)
    assert set(text) == {"message_id", "from", "to", "content", "keyword", "received", "answers"}
    assert (text["from"], text["content"], text["answers"]["message_id"]) == ("44********23", "Yes", sent)
    assert context["ti"].pushed == {"message_id": came}
    assert run_for(came, reveal=True)[0]["from"] == "447700900123"


@needs_airflow_3
def test_an_id_that_is_of_no_incoming_text_ends_the_task(connected):
    sent = SmsWorksHook().send_message(to=PHONE, sender=OWN, content="Hello")["message_id"]
    with pytest.raises(AirflowFailException, match="`message_id` is the id of a message that was sent"):
        run_for(sent)
    with pytest.raises(AirflowFailException, match="knows nothing by this id"):
        run_for("1")


@pytest.mark.parametrize("message_id", ["179536694802222", "b9c3a7de-53a7-4d0c-9a5c-7e4f1a1c2d3e", "a.b_c~d:e+f-g"])
def test_a_run_is_named_after_its_text(message_id):
    assert run_id_of(message_id) == f"text__{message_id}"


@pytest.mark.parametrize("message_id", ["a/b", "a b", "x" * 201, "\n", "ä", ""])
def test_an_id_that_cannot_be_a_name_has_one_of_its_own(message_id):
    name = run_id_of(message_id)
    assert name == run_id_of(message_id)
    assert name != run_id_of(message_id + "1")
    # Airflow takes no slashes, and 250 characters.
    assert name.removeprefix("text__").isalnum()
    assert len(name) < 250
