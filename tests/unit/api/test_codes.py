"""The table of codes, and the documents that it is from."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path

import pytest

from airflow_provider_smsworks.api import errors
from airflow_provider_smsworks.api.codes import CODES, explain, full_number, read_code
from airflow_provider_smsworks.api.operations import SEARCH_MESSAGES

MESSAGE_ERRORS = range(4001, 4010)
FIELDS = {
    4001: "content",
    4002: "content",
    4003: "sender",
    4004: "to",
    4005: "tag",
    4006: "content",
    4007: "content",
    4008: "message_id",
    4009: "schedule",
    4034: "to",
}


@pytest.fixture(scope="module")
def documented():
    """Code, permanent and HTTP status, one by one from the text of the developer documents."""
    folder = os.environ.get("SMSWORKS_DOCUMENTS") or Path(__file__).resolve().parents[4] / "shared"
    found = sorted(Path(folder).rglob("smsworks-developer-docs.txt"))
    if not found:
        pytest.skip("needs the gateway's developer documents as text (SMSWORKS_DOCUMENTS names their folder)")
    text = found[0].read_text()
    tables = text[text.index("Error codes\n") :]
    rows, status = {}, None
    for heading, code, permanent in re.findall(r"\(http (\d+)\) \||^(\d{4}) \|\n(true|false) \|", tables, re.M):
        status = int(heading) if heading else status
        if code:
            rows[int(code)] = (permanent == "true", status)
    return rows


def test_every_documented_code_is_here_and_no_other(documented):
    assert len(documented) == 27
    assert set(CODES) == set(documented)


def test_what_is_permanent_is_as_documented(documented):
    assert {code: row.permanent for code, row in CODES.items()} == {c: row[0] for c, row in documented.items()}


def test_only_the_database_is_better_than_documented():
    differing = {code for code, row in CODES.items() if row.transient is row.permanent}
    assert differing == {5002}


def test_the_kind_of_error_goes_with_the_documented_status(documented):
    of_status = {401: errors.SmsWorksAuthError, 402: errors.SmsWorksCreditError, 403: errors.SmsWorksAccountError}
    for code, (_, status) in documented.items():
        if code != 4007:  # listed among the contents, and about the account
            assert (CODES[code].kind is of_status.get(status)) is (status != 400), code


@pytest.mark.parametrize("code", CODES)
def test_each_row_says_what_happened_and_what_to_do(code):
    row = CODES[code]
    assert row.number == code
    assert row.meaning
    assert row.remedy
    assert not row.meaning.endswith(".")
    assert issubclass(row.kind, errors.SmsWorksError)
    assert row.is_refusal is (code < 5000)
    assert issubclass(row.kind, errors.SmsWorksRejectedError) is row.is_refusal
    assert row.field == FIELDS.get(code)
    assert row.account_at_risk is (code in (4007, 4033))


@pytest.mark.parametrize("code", MESSAGE_ERRORS)
def test_a_refused_content_names_our_parameter(code):
    assert f"`{CODES[code].field}`" in CODES[code].meaning


def test_a_refused_moment_names_the_parameters_of_a_search_too():
    assert {"since", "until"} <= set(inspect.signature(SEARCH_MESSAGES.build).parameters)
    assert all(f"`{name}`" in CODES[4009].meaning for name in ("since", "until"))


@pytest.mark.parametrize("short", range(1, 35))
def test_a_short_code_is_the_long_one(short):
    assert full_number(short) == full_number(short + 5000) == short + 5000
    assert explain(short) == explain(str(short)) == explain(short + 5000)
    if short + 5000 in CODES:
        assert explain(short) is explain(short + 5000) is CODES[short + 5000]


@pytest.mark.parametrize("code", [0, 35, 5000, 5035, 9999])
def test_other_codes_are_themselves(code):
    assert full_number(code) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (4001, 4001),
        ("4001", 4001),
        (" 4001 ", 4001),
        (4001.0, 4001),
        (0, 0),
        (-1, None),
        (True, None),
        (None, None),
        ("", None),
        ("ResourceNotFound", None),
        ("\u0664", None),
        (4001.5, None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
        (10**300, None),
        ("9" * 5000, None),
        ([], None),
        ({}, None),
    ],
)
def test_a_code_is_a_number_or_its_digits(value, code):
    assert read_code(value) == code


@pytest.mark.parametrize(
    ("permanent", "again"), [(True, False), (False, True), (None, None), ("false", None), (0, None)]
)
@pytest.mark.parametrize("code", [4099, 5099, 3001, 7, "3001", None, "ResourceNotFound"])
def test_for_a_code_that_is_not_listed_the_gateways_word_counts(code, permanent, again):
    row = explain(code, permanent)
    assert (row.is_listed, row.permanent, row.again) == (False, None, again)
    assert row.is_refusal is (code == 4099)
    assert row.meaning
    if again is None:
        assert row.transient is (code != 4099)


def test_for_a_listed_code_the_documents_count():
    assert explain(1, False) is explain(1, True) is explain(1)
