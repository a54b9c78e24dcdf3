"""Questions that a read answers: nothing is sent, nothing changes."""

from __future__ import annotations

import secrets

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError
from airflow_provider_smsworks.api.operations import GET_MESSAGE, GET_SAMPLE_ERROR
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.report import Answer

_SAMPLE = 4021


def ask(interview: Interview) -> None:
    """Ask how the gateway says no."""
    interview.report.answer(_unknown_id(interview))
    interview.report.answer(_sample(interview))


def _unknown_id(interview: Interview) -> Answer:
    question = "What does the gateway answer to the id of a message that it does not have?"
    documents = "404 with a message (specification); 400 with code 4008 (developer documents)."
    line = interview.line
    try:
        line.ask(GET_MESSAGE, message_id="".join(secrets.choice("123456789") for _ in range(20)))
    except SmsWorksNotFoundError as error:
        code = f", code {error.code}" if error.code else ""
        reading = {404: "spec", 400: "docs"}.get(error.http_status or 0)
        means = "The provider knows both for SmsWorksNotFoundError. Nothing to set."
        seen = f"HTTP {error.http_status}{code}."
        return Answer(question, documents, seen, means, {"unknown_id": reading} if reading else {})
    except SmsWorksError as error:
        return Answer(question, documents, None, str(error))
    return Answer(question, documents, "It answers with a message.", "This should not be: tell The SMS Works.")


def _sample(interview: Interview) -> Answer:
    question = f"With which HTTP status does GET /utils/errors/{_SAMPLE} show an error?"
    documents = "No document says; the error itself has 402."
    line = interview.line
    try:
        code = line.ask(GET_SAMPLE_ERROR, code=_SAMPLE)["code"]
    except SmsWorksError as error:
        return Answer(question, documents, None, str(error))
    status = line.heard.answer.status if line.heard else 0
    reading = {402: "own", 200: "ok"}.get(status)
    means = "get_sample_error returns it either way. Nothing to set."
    seen = f"HTTP {status}, code {code}."
    return Answer(question, documents, seen, means, {"sample_status": reading} if reading else {})
