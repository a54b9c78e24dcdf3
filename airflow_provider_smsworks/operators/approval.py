"""Let people approve in Airflow or by text, whichever comes first."""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

try:
    from airflow.sdk.exceptions import TaskAwaitingInput  # noqa: F401 - what tells the Airflow that can do this
except ImportError:
    raise AirflowOptionalProviderFeatureException(
        "SmsWorksApprovalOperator needs Airflow 3.3 or newer: before, an answer in the UI does not resume a task that"
        " waits for a text. SmsWorksAskOperator asks by text alone, on every Airflow."
    ) from None

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException, BranchMixIn, Context, timezone
from airflow.providers.standard.exceptions import HITLRejectException
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksValidationError
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import show_number
from airflow_provider_smsworks.operators.question_base import AsksByText, Question
from airflow_provider_smsworks.operators.text_base import SmsWorksTextOperator
from airflow_provider_smsworks.questions.answers import kind_of
from airflow_provider_smsworks.questions.wording import apology_text, confirmation_text, question_text, too_late_text
from airflow_provider_smsworks.rendered import is_nothing

if TYPE_CHECKING:
    from airflow_provider_smsworks.sending.choices import OnClear

_MARGIN = dt.timedelta(hours=1)

_DECISION = "smsworks_decision"
"""Under this name the task state store has what was answered."""


class SmsWorksApprovalOperator(AsksByText, HITLOperator, BranchMixIn):
    """
    Ask people to approve, in Airflow's own way and by text at once; the first answer counts (Airflow 3.3).

    .. code-block:: python

        SmsWorksApprovalOperator(
            task_id="approve",
            subject="Deploy 4.2 to production?",
            to=["{{ var.value.release_manager }}", "{{ var.value.deputy }}"],
            defaults="Reject",
            response_timeout=timedelta(hours=2),
        )

    The request stands in Airflow among the required actions. Each phone gets ``Deploy 4.2 to production? Reply Approve
    4F7K2 or Reject 4F7K2.`` with a code of its own; it must reply exactly one of the options and the code. To what is
    no answer goes one text to each phone that says how to reply. The phone that answered gets a confirmation, and one
    whose answer had come when somebody else was first, the word that it does not count. (One that answers later gets
    nothing: nobody listens any more.)

    **Reject** (or whatever else is not mapped) does what Airflow's ``ApprovalOperator`` does: the tasks directly after
    this one are skipped. With ``options_mapping`` the answer chooses the branch, as in ``HITLBranchOperator``.

    **Whom to trust.** A text counts if it comes from a number in ``to`` and repeats the code that went to that number,
    for this request and no other. The number of a sender can be forged. The code cannot be guessed in the ten texts
    that are taken from a phone, but whoever can read the phone's texts has it. Airflow does not know the person:
    ``responded_by_user`` is empty for an answer by text, and ``assigned_users`` is only asked of answers in the UI. Do
    not approve by text what a stolen phone must not approve.

    **If something dies.** Texts go out once, whatever Airflow repeats; an answer by text that came meanwhile is found,
    and once the task has begun to act on an answer, its retries act on the same one. If UI and text answer in the same
    moment, the task goes on with one of them, its result says which, and so does the confirmation; Airflow's page of
    the request may then show a mixture (Airflow 3.3.2 writes both). A Clear asks anew, with other codes
    (``on_clear="keep"``: nobody is texted again, and the old answer counts). While the triggerer is down, answers in
    the UI still work.

    Within some seconds after the request went out, Airflow itself may fail a task that is answered in the UI (seen on
    3.3.2, of its own operator too); answers by text are held back for as long.

    :param to: the phones that may answer (templated)
    :param subject: what is asked; it is what the text says (templated)
    :param body: details, in Markdown, for Airflow's page only (templated)
    :param options: what may be answered; default ``["Approve", "Reject"]``
    :param defaults: what counts as the answer when ``response_timeout`` is over; without it the task fails then,
        without retries
    :param response_timeout: how long to wait; default: without end
    :param options_mapping: the task that each option leads to
    :param fail_on_reject: whether Reject fails the task
    :param ignore_downstream_trigger_rules: whether Reject skips all tasks that follow, not only those directly after
    :param confirm: whether phones that answered are told what became of it
    :param sender: the number that asks, which must be one that texts can be sent to; default: ``sender`` in the
        connection's extra (templated)
    :param poll_interval: seconds between two looks at the beginning of the wait; it grows with the wait, up to a minute

    The other parameters are those of :class:`SmsWorksTextOperator`, :class:`SmsWorksSendOperator` and Airflow's
    ``HITLOperator`` (``notifiers assigned_users``); a text cannot fill in a form, so there are no ``params``.

    :return: ``chosen_options params_input responded_at responded_by_user``, as Airflow's own, and ``answered_by``
        (``text``, ``airflow`` or ``timeout``), ``from`` (masked) and ``message_id`` of the text that counted
    :raises AirflowFailException: nobody answered in time, and there are no ``defaults``
    :raises SmsWorksOutcomeUnknownError: a request may have gone out (see ``on_unknown``)
    """

    inherits_from_skipmixin = True
    template_fields: Sequence[str] = (*SmsWorksTextOperator.template_fields, "to", "subject", "body")
    harmless_fields = SmsWorksTextOperator.harmless_fields | {"subject", "body"}
    must_be = SmsWorksTextOperator.must_be | {"subject"}
    lists = SmsWorksTextOperator.lists | {"to"}
    shown_as = {**SmsWorksTextOperator.shown_as, "to": show_number}

    def __init__(
        self,
        *,
        to: Sequence[str] | str,
        subject: str,
        options: Sequence[str] = (ApprovalOperator.APPROVE, ApprovalOperator.REJECT),
        options_mapping: Mapping[str, str] | None = None,
        fail_on_reject: bool = False,
        ignore_downstream_trigger_rules: bool = False,
        confirm: bool = True,
        on_clear: OnClear = "resend",
        **kwargs: Any,
    ) -> None:
        for name in ("multiple", "deferrable"):
            if name in kwargs:
                raise ValueError(f"`{name}` is nothing that an approval by text can have: leave it out")
        super().__init__(subject=subject, options=list(options), on_clear=on_clear, **kwargs)
        self.to = to
        self.options_mapping = dict(options_mapping or {})
        self.fail_on_reject = fail_on_reject
        self.ignore_downstream_trigger_rules = ignore_downstream_trigger_rules
        self.confirm = confirm
        self._kind = kind_of(self.options)
        if self.params:
            raise ValueError("A text cannot fill in a form: leave out `params`")
        if unknown := sorted(set(self.options_mapping) - set(self.options)):
            raise ValueError(f"`options_mapping` has {unknown}, which are not among `options`")

    def execute(self, context: Context) -> Any:
        """Ask in Airflow and by text, and wait for the first answer."""
        from airflow.sdk.execution_time.hitl import upsert_hitl_detail

        with permanent_errors_end_the_task():
            if decided := self._decided(context):
                self.log.info("This was answered before, and what was answered counts.")
                return self._answered(context, decided)
            phones = self._start(context)
            upsert_hitl_detail(
                ti_id=context["ti"].id,
                options=self.options,
                subject=self.subject,
                body=self.body,
                defaults=self.defaults,
                multiple=False,
                params={},
                assigned_users=self.assigned_users,
            )
            now = timezone.utcnow()
            moments: list[dt.datetime] = []
            ids: list[str | None] = []
            codes: dict[str, list[str]] = {}
            for phone in phones:
                how = self._kind.instruction(self.code_for(context, phone, long=True))
                sent = self.send_part(context, "question", self._arguments_to(phone), question_text(self.subject, how))
                moment, words = self.look_at(sent["message_id"])
                moments += [moment] if moment else []
                ids.append(sent["message_id"])
                # Of a text that was adopted the code may be another one.
                codes |= self._codes_of(phone, how, words)
            for notifier in self.notifiers:
                notifier(context)
            is_first = (context["ti"].try_number or 1) <= 1
            began = self.moment_asked(context, ids[0], min(moments, default=None), is_first=is_first)
            state: dict[str, Any] = {
                "since": min(moments, default=now - _MARGIN).isoformat(),
                "deadline": self.response_timeout and (began + self.response_timeout).isoformat(),
                "phones": codes,
                "passed": [],
                "quiet": [],
                "ids": [],
            }
            return self._wait(context, state)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Go on with the answer; or tell a phone how to reply, and wait on."""
        with permanent_errors_end_the_task():
            if "unclear" not in event:
                return self._answered(context, event)
            phones = self._start(context)
            state = dict(event["result"])
            self._apologise(context, phones, state, event["unclear"])
            return self._wait(context, state)

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        phones = self._given_phones()
        if not phones or any(is_nothing(phone) for phone in phones):
            problems.append("`to` is empty, or has an entry that is: give the phones that may answer")
        return problems

    def _given_phones(self) -> list[Any]:
        given = self.given("to")["to"]
        return list(given) if isinstance(given, list | tuple | set) else [given]

    def _arguments_to(self, phone: Any) -> dict[str, Any]:
        return {**self.text_arguments(), "to": phone if not str(phone).isdigit() else f"+{phone}"}

    def _start(self, context: Context) -> list[str]:
        """Return the phones, in the gateway's spelling, each once."""
        if problems := self.problems(context):
            raise SmsWorksValidationError(problems)
        from airflow_provider_smsworks.api.operations import SEND_MESSAGE
        from airflow_provider_smsworks.subjects.arrived import in_gateway_spelling

        settings, given = self.hook.settings, self.text_arguments()
        bodies = [SEND_MESSAGE.prepare(settings, **given, to=to, content="?").body for to in self._given_phones()]
        self._own_number = in_gateway_spelling(bodies[0]["sender"])
        return list(dict.fromkeys(body["destination"] for body in bodies))

    def _codes_of(self, phone: str, *texts: str) -> dict[str, list[str]]:
        """Return what the trigger knows of a phone and of the codes that these texts asked for."""
        from airflow_provider_smsworks.questions.codes import code_asked_for
        from airflow_provider_smsworks.subjects.arrived import fingerprint
        from airflow_provider_smsworks.triggers.approval import code_mark

        settings = self.hook.settings
        codes = {code for text in texts if (code := code_asked_for(text))}
        marks = sorted(code_mark(settings.secrets[-1], code) for code in codes)
        return {fingerprint(settings, f"+{phone}"): marks}

    def _wait(self, context: Context, state: dict[str, Any]) -> Any:
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.triggers.approval import SmsWorksApprovalTrigger

        deadline = state["deadline"] and dt.datetime.fromisoformat(state["deadline"])
        self.log.info("Waiting for an answer%s.", f" until {deadline:%F %T %Z}" if deadline else "")
        self.defer(
            trigger=SmsWorksApprovalTrigger(
                ti_id=str(context["ti"].id),
                phones=state["phones"],
                options=self.options,
                defaults=self.defaults,
                deadline=state["deadline"],
                since=state["since"],
                passed=state["passed"],
                quiet=state["quiet"],
                smsworks_conn_id=self.smsworks_conn_id,
                poll_interval=self.poll_interval,
                result=state,
            ),
            method_name="execute_complete",
            # A second net, for a trigger that never comes to its own deadline.
            timeout=deadline and deadline - timezone.utcnow() + report.GRACE,
        )

    def _apologise(self, context: Context, phones: Sequence[str], state: dict[str, Any], message_id: str) -> None:
        """Say once to a phone how to reply, if what it wrote concerns this request."""
        from airflow_provider_smsworks.questions.conversation import meant_for
        from airflow_provider_smsworks.subjects.arrived import fingerprint, in_gateway_spelling

        state["passed"] = [*state["passed"], message_id]
        phone = in_gateway_spelling(self.hook.get_message(message_id)["sender"])
        if phone not in phones:
            return
        how = self._kind.instruction(self.code_for(context, phone, long=True))
        question = Question(self._arguments_to(phone), phone, self._own_number, self.subject, self._kind, how)
        thread, sent, received = self.talk_about(context, question, state, message_id)
        concerned = {meant.text.message_id for meant in meant_for(thread, sent, received, code_needed=True)}
        if message_id in concerned:
            self.try_to_send(context, "apology", question.arguments, apology_text(how))
            state["quiet"] = [*state["quiet"], fingerprint(self.hook.settings, f"+{phone}")]

    def _answered(self, context: Context, event: dict[str, Any]) -> Any:
        from airflow_provider_smsworks.triggers.approval import BY_TEXT

        if "error" in event:
            raise AirflowFailException(f"{event['error']} Give `defaults`, or let the next task handle it.")
        given = dict(event.get("params_input") or {})
        by_text: dict[str, Any] = given.pop(BY_TEXT, None) or {}
        if event.get("responded_by_user"):
            # Airflow 3.3.2 lets an answer in the UI overwrite one by text that came in the same moment.
            by_text = {}
        answer: Any = HITLOperator.execute_complete(self, context, {**event, "params_input": given})
        [chosen] = answer["chosen_options"]
        how = "text" if by_text else "airflow" if event.get("responded_by_user") else "timeout"
        result = {**answer, "answered_by": how, "from": by_text.get("from"), "message_id": by_text.get("message_id")}
        self.log.info("%s, by %s%s.", chosen, how, f" from {by_text['from']}" if by_text else "")
        if how != "timeout":
            self._note_decision(context, event)
        try:
            self._confirm(context, chosen, by_text.get("message_id"))
        except SmsWorksError as error:
            # What was decided is decided.
            self.log.warning("Who answered could not be told: %s", error)
        return self._go_on_with(context, chosen, result)

    def _note_decision(self, context: Context, event: Mapping[str, Any]) -> None:
        """Write down what was answered: Airflow forgets it with the try, and somebody may be told from now on."""
        from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined]

        moment = event["responded_at"]
        noted = {name: value for name, value in event.items() if name != "result"}
        noted["responded_at"] = moment.isoformat() if isinstance(moment, dt.datetime) else moment
        written = {"event": noted, "max_tries": context["ti"].max_tries}
        try:
            context["task_state_store"].set(_DECISION, written, retention=NEVER_EXPIRE)
        except Exception:  # what was decided matters more
            self.log.exception("What was answered could not be written down.")

    def _decided(self, context: Context) -> dict[str, Any] | None:
        """Return the event of an earlier try that was answered; a Clear that asks anew makes it void."""
        written = context["task_state_store"].get(_DECISION)
        if not written or (self.on_clear == "resend" and written["max_tries"] != context["ti"].max_tries):
            return None
        event = dict(written["event"])
        if isinstance(event["responded_at"], str):
            event["responded_at"] = dt.datetime.fromisoformat(event["responded_at"])
        return event

    def _confirm(self, context: Context, chosen: str, message_id: str | None) -> None:
        """Tell the phone whose answer counts, and those whose answer came too late."""
        from airflow_provider_smsworks.subjects.arrived import in_gateway_spelling

        if not self.confirm:
            return
        phones = self._start(context)
        answered = in_gateway_spelling(self.hook.get_message(message_id)["sender"]) if message_id else None
        for phone in phones:
            if phone == answered:
                self.try_to_send(context, "confirmation", self._arguments_to(phone), confirmation_text(chosen))
            elif self._has_answered(context, phone):
                self.try_to_send(context, "confirmation", self._arguments_to(phone), too_late_text(chosen))

    def _has_answered(self, context: Context, phone: str) -> bool:
        from airflow_provider_smsworks.questions.codes import codes_in
        from airflow_provider_smsworks.questions.talk import REACH

        since = timezone.utcnow() - (self.response_timeout or REACH) - _MARGIN
        found = self.hook.search_all_messages(status="INCOMING", sender=f"+{phone}", since=since)
        code = self.code_for(context, phone, long=True)
        return any(code in codes_in(message["content"] or "") for message in found if message["status"] == "INCOMING")

    def _go_on_with(self, context: Context, chosen: str, result: dict[str, Any]) -> Any:
        if self.do_xcom_push:
            # Airflow ends a task that skips others without keeping what it returns.
            context["ti"].xcom_push(key="return_value", value=result)
        if self.options_mapping:
            branch = self.options_mapping.get(chosen, chosen)
            self.do_branch(context=context, branches_to_execute=[branch])
            return result
        if chosen != ApprovalOperator.REJECT:
            return result
        if self.fail_on_reject:
            raise HITLRejectException(f"{chosen}, by {result['answered_by']}.")
        task = context["task"]
        is_all = self.ignore_downstream_trigger_rules
        below = task.get_flat_relatives(upstream=False) if is_all else task.get_direct_relatives(upstream=False)
        if tasks := [task for task in below if not task.is_teardown]:
            self.log.info("Skipping the tasks that follow.")
            self.skip(ti=context["ti"], tasks=tasks)
        return result
