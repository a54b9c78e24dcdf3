"""A passcode counts once, and only for whom it was sent to; nobody reads it anywhere."""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, AirflowSkipException

from airflow_provider_smsworks.exceptions import (
    SmsWorksNotFoundError,
    SmsWorksRejectedError,
    SmsWorksUnavailableError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.operators.otp_reads import OTP_ID, SmsWorksGetOtpOperator, SmsWorksVerifyOtpOperator
from airflow_provider_smsworks.sending.otps import ID_PAIR
from tests.readings import pairwise, questions
from tests.task_context import FileStore, task_context
from tests.versions import rendered_fields

ADA, BOB, CODE = "07700900412", "07700900413", "481207"
VERIFY = "POST /otp/verify"
READINGS = pairwise(
    questions("otp_reuse", "otp_status", "shapes", "ids", "dates", "metadata_echo", "error_bodies", "status_words")
)
under_every_reading = pytest.mark.parametrize("reading", READINGS, ids=range(len(READINGS)))


def sent(to=ADA, code=CODE, otp_id="mine", validity=60, **metadata):
    """Text a passcode; return what the operator that sends would."""
    answer = SmsWorksHook().send_otp(
        to=to,
        template="Your code is {{passcode}}",
        passcode=code,
        validity=dt.timedelta(seconds=validity),
        metadata={OTP_ID: otp_id, **metadata},
    )
    return {"message_id": answer["message_id"], "otp_id": otp_id, "to": to}


def verify(passcode=CODE, *, try_number=1, store=None, **arguments):
    operator = SmsWorksVerifyOtpOperator(task_id="t", passcode=passcode, **arguments)
    return operator.execute(task_context(store, try_number=try_number))


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "state")


@pytest.fixture
def secret(capsys, caplog):
    """Afterwards nothing that was logged, returned or raised has the passcode or the number."""
    caplog.set_level("INFO")
    said = []
    yield said.append
    written = "".join([*map(str, said), *capsys.readouterr(), caplog.text])
    for text in (CODE, "900412", "900413"):
        assert text not in written


def test_the_id_is_where_sending_puts_it():
    assert OTP_ID == ID_PAIR


@under_every_reading
@pytest.mark.parametrize("given", [["to"], ["otp_id"], ["message_id"], ["to", "otp_id", "message_id"], []])
def test_the_right_passcode(connected, reading, given, secret):
    connected.set(**reading)
    otp = sent(order="7")
    result = verify(**{name: otp[name] for name in given})
    secret(json.dumps(result))
    assert (result["verified"], result["status"]) == (True, "VERIFIED")
    assert (result["to"], result["otp_id"], result["metadata"]) == ("44********12", "mine", {"order": "7"})
    if "message_id" in given:
        assert result["message_id"] == otp["message_id"]


@under_every_reading
def test_a_wrong_passcode(connected, reading, secret):
    connected.set(**reading)
    otp = sent()
    for arguments in (otp, {"to": ADA}, {}):
        assert verify("000000", **arguments, on_unverified="return") == {"verified": False, "status": "UNKNOWN"}
        with pytest.raises(SmsWorksRejectedError, match=r"not verified \(UNKNOWN\): it is wrong") as caught:
            verify("000000", **arguments)
        secret(caught.value)
        assert isinstance(caught.value, AirflowFailException)
    with pytest.raises(AirflowSkipException, match="UNKNOWN"):
        verify("000000", **otp, on_unverified="skip")
    assert verify(**otp)["verified"]


@under_every_reading
@pytest.mark.parametrize("given", [["to"], ["otp_id"], ["message_id"]])
def test_somebody_elses_passcode(connected, reading, given, secret):
    connected.set(**reading)
    adas = sent(ADA, "111111", "ada")
    bobs = sent(BOB, CODE, "bob", name="Bob")
    result = verify(CODE, **{name: adas[name] for name in given}, on_unverified="return")
    assert result == {"verified": False, "status": "UNKNOWN"}
    if given == ["message_id"]:
        # Looked at first, so it was not used up.
        assert VERIFY not in connected.requests()
        assert verify(CODE, **bobs)["verified"]


@under_every_reading
def test_two_people_with_the_same_passcode(connected, reading, secret):
    connected.set(**reading)
    adas, bobs = sent(ADA, CODE, "ada"), sent(BOB, CODE, "bob")
    result = verify(CODE, **adas, on_unverified="return")
    # The gateway took Bob's, and says so.
    assert (result["status"], result["verified"]) == ("UNKNOWN", False)
    assert verify(CODE, **bobs, on_unverified="return")["status"] == "USED"


@under_every_reading
def test_too_late(connected, reading, secret):
    connected.set(**reading)
    otp = sent(validity=1)
    time.sleep(1.05)
    result = verify(**otp, on_unverified="return")
    secret(json.dumps(result))
    assert (result["verified"], result["status"], result["to"]) == (False, "EXPIRED", "44********12")
    with pytest.raises(SmsWorksRejectedError, match=r"EXPIRED.*came too late"):
        verify(**otp)


@under_every_reading
def test_it_counts_once(connected, reading, secret, store):
    connected.set(**reading)
    otp = sent()
    assert verify(**otp)["verified"]
    result = verify(**otp, store=store, on_unverified="return")
    assert (result["verified"], result["status"]) == (False, "USED")
    with pytest.raises(SmsWorksRejectedError, match=r"USED.*verified before"):
        verify(**otp)
    # A later try of a task that has not verified it itself.
    assert verify(**otp, store=store, try_number=2, on_unverified="return")["status"] == "USED"


@under_every_reading
@pytest.mark.parametrize("has_store", [True, False])
@pytest.mark.parametrize("fault", [{"kind": "reset"}, {"kind": "status", "status": 500}, {"kind": "garbage"}])
def test_a_lost_answer(connected, reading, fault, has_store, secret, store):
    connected.set(**reading)
    otp = sent()
    connected.faults([{"operation": VERIFY, "when": "after", "times": 1} | fault])
    store = store if has_store else None
    with pytest.raises(Exception, match="POST /otp/verify") as caught:
        verify(**otp, store=store)
    secret(caught.value)
    assert not isinstance(caught.value, AirflowFailException)
    result = verify(**otp, store=store, try_number=2)
    assert (result["verified"], result["status"], result["to"]) == (True, "VERIFIED", "44********12")


def test_another_passcode_in_the_next_try_is_not_taken_for_the_first_one(connected, store):
    connected.set(shapes="spec")
    otp = sent(code="WORDS")  # the record cannot show it
    connected.faults([{"operation": VERIFY, "when": "after", "kind": "reset", "times": 1}])
    with pytest.raises(SmsWorksUnavailableError):
        verify("WORDS", **otp, store=store)
    assert verify("OTHER", **otp, store=store, try_number=2, on_unverified="return")["status"] == "USED"
    assert verify("WORDS", **otp, try_number=2, on_unverified="return")["status"] == "USED"
    assert verify("WORDS", **otp, store=store, try_number=2)["verified"]


@pytest.mark.parametrize("shapes", ["spec", "text"])
def test_zeros_in_front(connected, shapes):
    connected.set(shapes=shapes)
    otp = sent(code="000123")
    assert verify("000123", **otp)["verified"]


def test_a_gateway_that_quotes_the_passcode(connected, secret, monkeypatch):
    from airflow_provider_smsworks.api import answers

    otp = sent()
    connected.faults([{"operation": VERIFY, "when": "before", "kind": "status", "status": 400, "times": 1}])
    read = answers.read_envelope

    def quoting(*args, **more):
        said = read(*args, **more)
        return type(said)(**{**vars(said), "message": f"passcode {CODE} refused"})

    monkeypatch.setattr(answers, "read_envelope", quoting)
    with pytest.raises(SmsWorksRejectedError, match=r"passcode \*\*\* refused") as caught:
        verify(**{"to": otp["to"]})
    secret(caught.value)


def test_compared_with_nobody_is_said(connected, capsys):
    sent()
    verify()
    assert "compared with nobody" in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"passcode": ""}, "passcode"),
        ({"passcode": "None"}, "passcode"),
        ({"passcode": 481207}, "passcode"),
        ({"passcode": [CODE]}, "passcode"),
        ({"to": ""}, "to"),
        ({"to": "no number"}, "to"),
        ({"to": [ADA]}, "to"),
        ({"otp_id": ""}, "otp_id"),
        ({"otp_id": ["mine"]}, "otp_id"),
        ({"message_id": ""}, "message_id"),
        ({"message_id": ["1"]}, "message_id"),
        ({"on_unverified": "retry"}, "on_unverified"),
    ],
)
def test_bad_input_names_its_field_and_calls_nothing(connected, arguments, name, secret):
    with pytest.raises(SmsWorksValidationError, match=f"`{name}` ") as caught:
        verify(**arguments)
    secret(caught.value)
    assert connected.requests() == {}


def test_an_unknown_message_is_an_error_and_no_wrong_passcode(connected, secret):
    with pytest.raises(SmsWorksNotFoundError, match=r"nothing by this id: 123 \(`message_id`\)"):
        verify(message_id="123", on_unverified="return")


def test_a_template_that_renders_to_nothing_does_not_compare_with_nobody(connected, secret):
    sent()
    with DAG("d", render_template_as_native_obj=True):
        operator = SmsWorksVerifyOtpOperator(task_id="t", passcode=CODE, otp_id="{{ none }}")
    operator.render_template_fields({})
    with pytest.raises(SmsWorksValidationError, match="`otp_id` is empty"):
        operator.execute(task_context())


def test_rendered_fields():
    with DAG("d"):
        operator = SmsWorksVerifyOtpOperator(
            task_id="t", passcode="{{ code }}", to="{{ to }}", otp_id="a", message_id="1"
        )
    operator.render_template_fields({"code": CODE, "to": ADA})
    assert rendered_fields(operator) == {
        "smsworks_conn_id": "smsworks_default",
        "passcode": "***",
        "to": "*********12",
        "otp_id": "a",
        "message_id": "1",
    }


@under_every_reading
def test_what_became_of_it(connected, reading, secret):
    connected.set(**reading)
    otp = sent(order="7")
    before = SmsWorksGetOtpOperator(task_id="t", message_id=otp["message_id"]).execute(task_context())
    secret(json.dumps(before))
    assert before["message_id"] == otp["message_id"]
    assert before["status"] != "VERIFIED"
    assert "passcode" not in before
    verify(**otp)
    operator = SmsWorksGetOtpOperator(task_id="t", message_id=otp["message_id"], reveal=True)
    after = operator.execute(task_context())
    assert (after["status"], after["passcode"], after["to"]) == ("VERIFIED", CODE, "447700900412")
    assert after["metadata"]["order"] == "7"
