"""Operators that verify one-time passcodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException, Context, mask_secret

from airflow_provider_smsworks.api.errors import (
    SmsWorksError,
    SmsWorksNotFoundError,
    SmsWorksRejectedError,
    SmsWorksValidationError,
)
from airflow_provider_smsworks.api.statuses import VERIFIED, normal
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import show_number
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS
from airflow_provider_smsworks.operators.read_base import SmsWorksReadOperator, SmsWorksRequestOperator, is_repeat
from airflow_provider_smsworks.report import OTHERWISE, Otherwise
from airflow_provider_smsworks.showing import shown

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record

OTP_ID = "airflow_otp"
"""The key in a passcode's metadata that has the id which sending it returned."""

_WHY = {
    "EXPIRED": "it is the right one, and came too late: send a new one",
    "UNKNOWN": "it is wrong, or it was sent to somebody else",
    "USED": "it was verified before, and counts once: send a new one",
}


class SmsWorksGetOtpOperator(SmsWorksReadOperator):
    """
    Read what became of a one-time passcode.

    One that the gateway does not know is asked for twice, ``search_lag`` seconds apart: it may be new. Killed at any
    moment, the next try reads again.

    :param message_id: the id that sending it returned (templated)
    :return: ``message_id status to validity metadata created expires modified``; ``to`` is masked, ``validity`` is in
        seconds, and ``passcode`` is there with ``reveal=True`` only. The status is VERIFIED, EXPIRED, or until then
        SENT or that of its text
    :raises SmsWorksNotFoundError: there is no such passcode; ends the task

    The other parameters are those of :class:`SmsWorksReadOperator`.
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "message_id")
    shown_as = {"message_id": str}
    operator_extra_links = SANDBOX_LINKS

    def __init__(self, *, message_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.message_id = message_id

    def execute(self, context: Context) -> Record:
        """Read it."""
        with permanent_errors_end_the_task():
            arguments = self.asked("message_id")
            otp = self.look(lambda: self.hook.get_otp(**arguments), **arguments)
        # The specification's answer has no id.
        record = otp | {"message_id": otp["message_id"] or str(arguments["message_id"])}
        self.link_to(record)
        return self.one(record)


class SmsWorksVerifyOtpOperator(SmsWorksRequestOperator):
    """
    Tell whether somebody typed the passcode that was sent to them.

    .. code-block:: python

        SmsWorksVerifyOtpOperator(
            task_id="verify",
            passcode="{{ params.typed }}",
            to="{{ params.phone }}",
            otp_id=send.output["otp_id"],
            message_id=send.output["message_id"],
        )

    **The gateway matches by the passcode alone**, in the whole account: six digits that were sent to somebody else are
    right, too. So its answer is compared with whatever of ``to``, ``otp_id`` and ``message_id`` is given: give all
    that you have. With ``message_id`` it looks at the passcode's record first, so that one which was verified before
    does not count again, and one that belongs to somebody else is not used up.

    If the worker dies or the answer is lost after the gateway verified it, the next try finds it VERIFIED and returns
    that, with ``message_id``. Without, the gateway may refuse it the second time, which is then UNKNOWN.

    The passcode is in no result, log, rendered field or error.

    :param passcode: what was typed, as text: 0123 and 123 are different ones (templated; a Dag with
        ``render_template_as_native_obj=True`` makes a number of a template's digits, which is refused: hand it over as
        ``task.output``)
    :param to: whose phone it was sent to, in any spelling (templated)
    :param otp_id: the ``otp_id`` that sending it returned (templated)
    :param message_id: the ``message_id`` that sending it returned (templated)
    :param on_unverified: if it is not verified: ``"fail"`` (without retries: they would not change it), ``"skip"``, or
        ``"return"`` the result with its status
    :return: ``verified status message_id otp_id to metadata created expires``. ``status`` is VERIFIED; EXPIRED: the
        right one, too late; UNKNOWN: wrong, or somebody else's; USED: verified before this task. ``to`` is masked; of a
        passcode that is not yours there are ``verified`` and ``status`` only
    :raises SmsWorksRejectedError: it is not verified; ends the task
    :raises SmsWorksUnavailableError: whether it was verified is not known; the next try may know
    :param smsworks_conn_id: the connection (templated)
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", "passcode", "to", "otp_id", "message_id")
    shown_as = {"passcode": lambda passcode: "***", "to": show_number, "otp_id": str, "message_id": str}

    def __init__(
        self,
        *,
        passcode: str,
        to: str | int | None = None,
        otp_id: str | None = None,
        message_id: str | None = None,
        on_unverified: Otherwise = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.passcode = passcode
        self.to = to
        self.otp_id = otp_id
        self.message_id = message_id
        self.on_unverified = on_unverified

    def execute(self, context: Context) -> Record:
        """Verify it."""
        with permanent_errors_end_the_task():
            wanted = self._wanted()
            mask_secret(wanted["passcode"])
            try:
                result = self._verify(context, wanted)
            except SmsWorksError as error:
                # The gateway may quote what it was asked.
                error.args = tuple(_without(str(argument), wanted["passcode"]) for argument in error.args)
                raise
            status = result["status"]
            self.log.info("Passcode of message %s: %s.", result.get("message_id") or "(not known)", status)
            if not result["verified"] and self.on_unverified != "return":
                message = f"The passcode is not verified ({status}): {_WHY.get(status, 'the gateway says no more')}."
                if self.on_unverified == "skip":
                    raise AirflowSkipException(message)
                raise SmsWorksRejectedError(message, sends=False)
        return result

    def _wanted(self) -> dict[str, Any]:
        """Return what to compare with, checked before anything is called."""
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.api.numbers import NumberProblem

        wanted = self.asked("passcode", "to", "otp_id", "message_id")
        problems = []
        if not isinstance(wanted["passcode"], str):
            problems.append("`passcode` must be text: 0123 and 123 are different ones")
        if wanted["to"] is not None:
            try:
                wanted["to"] = self._number(wanted["to"])
            except NumberProblem as problem:
                problems.append(f"`to` {problem}")
        if not isinstance(wanted["otp_id"], str | None):
            problems.append(f"`otp_id` must be text, not {type(wanted['otp_id']).__name__}")
        if self.on_unverified not in OTHERWISE:
            problems.append(f"`on_unverified` must be one of {', '.join(OTHERWISE)}")
        if problems:
            raise SmsWorksValidationError(problems)
        if not (wanted["to"] or wanted["otp_id"] or wanted["message_id"]):
            self.log.warning(
                "The passcode is compared with nobody: whoever it was sent to, it counts. Give `to`, `otp_id` or"
                " `message_id`."
            )
        return {**wanted, "passcode": wanted["passcode"].strip()}

    def _verify(self, context: Context, wanted: Mapping[str, Any]) -> Record:
        before: Record | None = None
        if wanted["message_id"]:
            before = self.look(lambda: self.hook.get_otp(wanted["message_id"]), message_id=wanted["message_id"])
            if not self._is_his(before, wanted) or not _same_passcode(before["passcode"], wanted["passcode"]):
                return _unknown()
            if normal(before["status"]) == VERIFIED:
                was_us = is_repeat(context) and self._note(context, wanted).was_there(before["passcode"])
                return self._result(before | {"status": VERIFIED if was_us else "USED"}, wanted)
            self._note(context, wanted).write()
        try:
            answer = self.hook.verify_otp(wanted["passcode"])
        except SmsWorksNotFoundError:
            return _unknown()
        if not self._is_his(answer, wanted) or (before is not None and not _same_otp(before, answer)):
            return _unknown()
        return self._result(answer, wanted)

    def _is_his(self, otp: Record, wanted: Mapping[str, Any]) -> bool:
        """Tell whether a passcode's record has all that it shall be compared with. What it lacks is not right."""
        from airflow_provider_smsworks.api.numbers import NumberProblem

        if wanted["to"]:
            try:
                if self._number(otp["to"]) != wanted["to"]:
                    return False
            except NumberProblem:
                return False
        return not wanted["otp_id"] or otp["metadata"].get(OTP_ID) == wanted["otp_id"]

    def _number(self, value: Any) -> str:
        from airflow_provider_smsworks.api.numbers import parse_number

        return parse_number(value, region=self.hook.settings.default_region, allow_test_numbers=True)

    def _result(self, otp: Record, wanted: Mapping[str, Any]) -> Record:
        status = normal(otp["status"])
        found = shown(otp)
        otp_id = found["metadata"].pop(OTP_ID, None)
        return {
            "verified": status == VERIFIED,
            "status": status,
            "message_id": str(wanted["message_id"] or otp["message_id"] or "") or None,
            "otp_id": otp_id,
            **{name: found[name] for name in ("to", "metadata", "created", "expires")},
        }

    def _note(self, context: Context, wanted: Mapping[str, Any]) -> _Note:
        return _Note(context, self.hook.settings.secrets[-1], wanted["message_id"], wanted["passcode"])


class _Note:
    """
    What a try writes down before it verifies: the next one may find that it is done.

    Airflow before 3.3 keeps nothing; there a second try with the passcode that the record has is a repeat of the first.
    """

    def __init__(self, context: Context, secret: str, message_id: str, passcode: str) -> None:
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.sending.identity import blind

        self._store: Any = context.get("task_state_store")
        self._name = f"smsworks_verify_{message_id}"
        self._value = blind(secret, "passcode", message_id, passcode)

    def was_there(self, recorded: str | None) -> bool:
        """Tell whether an earlier try verified this passcode, which is that of the record if the record has one."""
        return recorded is not None if self._store is None else self._store.get(self._name) == self._value

    def write(self) -> None:
        """Write it down."""
        if self._store is not None:
            self._store.set(self._name, self._value)


def _unknown() -> Record:
    return {"verified": False, "status": "UNKNOWN"}


def _same_otp(one: Record, other: Record) -> bool:
    """Tell whether two records may be of one passcode. The specification's have no id to tell them apart by."""
    ids = {one["message_id"], other["message_id"]} - {None}
    return len(ids) < 2 and all(one[name] == other[name] for name in ("to", "metadata"))


def _same_passcode(recorded: str | None, typed: str) -> bool:
    """Compare with the record, which may have lost zeros in front, or all of a passcode that is no number."""
    return recorded is None or recorded == typed or recorded.lstrip("0") == typed.lstrip("0")


def _without(text: str, passcode: str) -> str:
    spellings = {passcode, passcode.lstrip("0")} - {""}
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, spellings))})(?!\w)", "***", text)
