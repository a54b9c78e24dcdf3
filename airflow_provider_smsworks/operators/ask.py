"""Ask somebody by text, and wait for the answer."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, Context, timezone

from airflow_provider_smsworks import report
from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.question_base import AsksByText, Question
from airflow_provider_smsworks.operators.send_base import is_duration
from airflow_provider_smsworks.operators.text_base import SmsWorksToOneOperator
from airflow_provider_smsworks.questions.wording import apology_text, question_text, reminder_text
from airflow_provider_smsworks.rendered import with_text

if TYPE_CHECKING:
    from airflow_provider_smsworks.questions.conversation import Meant, Received

_DAY = dt.timedelta(days=1)
_MARGIN = dt.timedelta(hours=1)
"""How much earlier a reply may seem than its question, where the gateway's clock is not known."""


class SmsWorksAskOperator(AsksByText, SmsWorksToOneOperator):
    """
    Ask somebody by text, wait for the answer, and return it.

    .. code-block:: python

        answer = SmsWorksAskOperator(
            task_id="ask",
            to="{{ params.phone }}",
            question="May we deliver on Sunday?",
            options=["YES", "NO"],
            default="NO",
            response_timeout=timedelta(hours=4),
        )

    The phone gets ``May we deliver on Sunday? Reply YES 4F7 or NO 4F7.`` The code says which question a reply answers.
    A reply may omit it only if nothing else can be meant: no other question of the last 7 days from this number to
    this phone is unanswered, and no text without a code went out in the day before that the phone has not reacted to.
    So two questions to one phone never take each other's answer.

    To a reply that cannot be understood goes one text that says how to reply, and no second one. ``STOP`` ends all
    texts of this question, and is no answer (unless it is one of the options).

    **If something dies.** The question, each reminder and the apology go out once, whatever Airflow repeats. A retry
    asks nothing: it finds what came meanwhile, and waits on until the same moment. After a Clear so does
    ``on_clear="keep"``; ``"resend"`` asks anew, with another code, and takes no answer to the old one.

    :param to: the phone (templated), or ``reply_to``, the id of a text that came from it (templated)
    :param question: what to ask; how to reply is added (templated)
    :param options: what may be answered: a list of text; a ``range`` for a whole number, such as ``range(1, 11)``;
        None for any words (templated)
    :param default: what to return if no answer comes in time, one of the options or anything else that is not None;
        without it the task fails then, without retries
    :param response_timeout: how long to wait for the answer, at most 7 days
    :param reminders: how long after the question to repeat it while there is no answer, such as
        ``[timedelta(hours=1), timedelta(hours=3)]``
    :param sender: the number that asks, which must be one that texts can be sent to; default: ``sender`` in the
        connection's extra (templated)
    :param poll_interval: seconds between two looks at the beginning of the wait; it grows with the wait, up to a minute
    :param deferrable: whether the wait happens in the triggerer and holds no worker slot; default:
        ``[operators] default_deferrable``

    The other parameters are those of :class:`SmsWorksToOneOperator`, :class:`SmsWorksTextOperator` (``validity``
    is ``response_timeout`` if it is not given) and :class:`SmsWorksSendOperator`.

    :return: the answer: the option as it is spelled in ``options``, a number, or the words without the code. Under the
        key ``message_id`` the id of the text that it came in, so ``reply_to=ask.output["message_id"]`` answers it;
        nothing under that key if it is the default. It is in XCom: whoever may see that can read the answer
    :raises AirflowFailException: nobody answered in time, and there is no ``default``
    :raises SmsWorksOutcomeUnknownError: the question may have gone out (see ``on_unknown``)
    """

    template_fields: Sequence[str] = (*SmsWorksToOneOperator.template_fields, "question", "options")
    must_be = SmsWorksToOneOperator.must_be | {"question"}
    lists = SmsWorksToOneOperator.lists | {"options"}

    def __init__(
        self,
        *,
        question: str,
        options: Sequence[str] | range | None = None,
        default: Any = None,
        response_timeout: dt.timedelta = _DAY,
        reminders: Sequence[dt.timedelta] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(response_timeout=response_timeout, **kwargs)
        self.question = question
        self.options = options
        self.default = default
        self.reminders = reminders

    def execute(self, context: Context) -> Any:
        """Ask, and wait for the answer."""
        with permanent_errors_end_the_task():
            question = self._question(context)
            text = question_text(question.text, question.how)
            sent = self.send_part(context, "question", question.arguments, text)
            is_first = (context["ti"].try_number or 1) <= 1 and not sent["adopted"]
            at_gateway, _ = self.look_at(sent["message_id"])
            asked = self.moment_asked(context, sent["message_id"], at_gateway, is_first=is_first)
            state = {
                "ids": [sent["message_id"]] if sent["message_id"] else [],
                "since": (at_gateway or asked - _MARGIN).isoformat(),
                "asked": asked.isoformat(),
                "passed": [],
                "reminded": 0,
                "apologised": False,
            }
            return self._go_on(context, question, state, is_fresh=is_first)

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> Any:
        """Go on after a wait, with the trigger's event."""
        with permanent_errors_end_the_task():
            return self._go_on(context, self._question(context), *self._after_wait(event))

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.questions.answers import kind_of
        from airflow_provider_smsworks.questions.talk import REACH

        problems = super().problems(context)
        if self.response_timeout is None or (is_duration(self.response_timeout) and self.response_timeout > REACH):
            problems.append(f"`response_timeout` must be a timedelta of at most {REACH.days} days")
        reminders = list(self.reminders or ()) if isinstance(self.reminders, Sequence) else [None]
        if not all(map(is_duration, reminders)) or reminders != sorted(set(reminders)):
            problems.append("`reminders` must be a list of timedeltas above 0, the shortest first")
        elif reminders and is_duration(self.response_timeout) and reminders[-1] >= (self.response_timeout or _DAY):
            problems.append("`reminders` must be shorter than `response_timeout`")
        try:
            kind = kind_of(self.given("options")["options"])
        except ValueError as error:
            return [*problems, str(error)]
        meant = kind.read(self.default) if isinstance(self.default, str) else None
        if meant is not None and meant != self.default and self.options is not None:
            problems.append("`default` is spelled otherwise than the option that it means: write it as in `options`")
        return problems

    def asking_number(self) -> str | None:
        """Return the number that asks, as far as it is known before anything is looked up."""
        if self.reply_to is not None and not self.given("sender")["sender"]:
            # The one that the text was sent to.
            return None
        return super().asking_number()

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of all texts of this question."""
        return {
            **SmsWorksToOneOperator.arguments(self),
            **{name: self.text_arguments()[name] for name in ("validity", "ai")},
        }

    @property
    def parts(self) -> Sequence[str]:
        """Names of the texts of a question."""
        return ("question", "apology", *(f"reminder {number + 1}" for number in range(len(self.reminders))))

    def _question(self, context: Context) -> Question:
        """
        Return the question as it is asked now.

        :raises SmsWorksValidationError: naming what is wrong with it
        """
        if problems := self.problems(context):
            raise SmsWorksValidationError(problems)
        from airflow_provider_smsworks.api.operations import SEND_MESSAGE
        from airflow_provider_smsworks.questions.answers import kind_of
        from airflow_provider_smsworks.subjects.arrived import in_gateway_spelling

        arguments = self.arguments()
        body = SEND_MESSAGE.prepare(self.hook.settings, **arguments, content="?").body
        kind = kind_of(self.given("options")["options"])
        return Question(
            arguments,
            phone=body["destination"],
            own_number=in_gateway_spelling(body["sender"]),
            text=str(with_text(self.given("question"))["question"]),
            kind=kind,
            how=kind.instruction(self.code_for(context, body["destination"])),
        )

    def _go_on(
        self,
        context: Context,
        question: Question,
        state: dict[str, Any],
        came: str | None = None,
        *,
        is_fresh: bool = False,
    ) -> Any:
        while True:
            if not is_fresh:
                found = self._read(context, question, state, came)
                if found is not None:
                    return found
            is_fresh = False
            asked = dt.datetime.fromisoformat(state["asked"])
            deadline = asked + (self.response_timeout or _DAY)
            if timezone.utcnow() >= deadline:
                return self._nobody_answered()
            due = [moment for moment in (asked + reminder for reminder in self.reminders) if moment > timezone.utcnow()]
            self._remind(context, question, state, len(self.reminders) - len(due))
            state, came = self._after_wait(self._wait(question, min([deadline, *due]), deadline, state))

    def _read(self, context: Context, question: Question, state: dict[str, Any], came: str | None) -> Any:
        """Return the answer if there is one; ask once to be clear if there is none but something else."""
        meant = self._meant(context, question, state, came)
        answers = _answers(question, meant)
        if answers and self._is_too_fresh(state, answers[0][0].text):
            # Another question may have gone out before it that is not visible yet.
            time.sleep(self.hook.settings.search_lag)
            meant = self._meant(context, question, state, came)
            answers = _answers(question, meant)
        if answers:
            return self._answered(context, *answers[0])
        if meant and not state["apologised"] and not state["stopped"]:
            message_id = self.try_to_send(context, "apology", question.arguments, apology_text(question.how))
            state["apologised"] = True
            state["ids"] = [*state["ids"], *([message_id] if message_id else [])]
        return None

    def _meant(self, context: Context, question: Question, state: dict[str, Any], came: str | None) -> list[Meant]:
        from airflow_provider_smsworks.questions.answers import is_stop
        from airflow_provider_smsworks.questions.conversation import meant_for

        thread, sent, received = self.talk_about(context, question, state, came)
        since = dt.datetime.fromisoformat(state["since"])
        # What was looked at is looked at again only together with something new.
        state["passed"] = [text.message_id for text in received if text.moment >= since - _MARGIN]
        state["stopped"] = any(
            is_stop(text.content) and question.kind.read(text.content) is None
            for text in received
            if text.moment >= since
        )
        return meant_for(thread, sent, received)

    def _is_too_fresh(self, state: Mapping[str, Any], text: Received) -> bool:
        from airflow_provider_smsworks.questions.codes import codes_in

        # The gateway's clock may be wrong; how long after the question the text came is right by its clock, too.
        asked, since = (dt.datetime.fromisoformat(state[name]) for name in ("asked", "since"))
        age = ((timezone.utcnow() - asked) - (text.moment - since)).total_seconds()
        return not codes_in(text.content) and age < self.hook.settings.search_lag

    def _remind(self, context: Context, question: Question, state: dict[str, Any], due: int) -> None:
        if due <= state["reminded"] or state.get("stopped"):
            return
        text = reminder_text(question.text, question.how)
        message_id = self.try_to_send(context, f"reminder {due}", question.arguments, text)
        state["reminded"] = due
        state["ids"] = [*state["ids"], *([message_id] if message_id else [])]

    def _wait(
        self, question: Question, until: dt.datetime, deadline: dt.datetime, state: dict[str, Any]
    ) -> Mapping[str, Any]:
        from airflow_provider_smsworks.subjects.arrived import fingerprint

        arguments: dict[str, Any] = {
            "since": state["since"],
            "sender": fingerprint(self.hook.settings, f"+{question.phone}"),
            "to_number": question.own_number,
            "passed": state["passed"],
        }
        self.log.info("Waiting for the answer until %s.", f"{deadline:%F %T %Z}")
        if not self.deferrable:
            from airflow_provider_smsworks.subjects.incoming import IncomingText
            from airflow_provider_smsworks.waiting import Wait, wait_in_worker

            wait = Wait(IncomingText(**arguments), until, self.poll_interval, self.log)
            return {**wait_in_worker(self.hook, wait), "result": state}
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.triggers.inbox_wait import SmsWorksInboxWaitTrigger

        self.defer(
            trigger=SmsWorksInboxWaitTrigger(
                **arguments,
                deadline=until.isoformat(),
                smsworks_conn_id=self.smsworks_conn_id,
                poll_interval=self.poll_interval,
                result=state,
            ),
            method_name="execute_complete",
            # A second net, for a trigger that never comes to its own deadline.
            timeout=until - timezone.utcnow() + report.GRACE,
        )
        raise AssertionError("a deferred task does not come back here")

    def _after_wait(self, event: Mapping[str, Any] | None) -> tuple[dict[str, Any], str | None]:
        if not event or event.get("outcome") not in ("final", "timeout") or not event.get("result"):
            reason = (event or {}).get("error") or "the trigger sent no report"
            # The next try finds out whether that is over, and what came meanwhile.
            raise AirflowException(f"Waiting for the answer ended: {reason}")
        return dict(event["result"]), event.get("message_id")

    def _answered(self, context: Context, meant: Meant, answer: str | int) -> str | int:
        self.log.info("Text %s is the answer.", meant.text.message_id)
        self.link_to({"message_id": meant.text.message_id})
        if self.do_xcom_push:
            context["ti"].xcom_push(key="message_id", value=meant.text.message_id)
        return answer

    def _nobody_answered(self) -> Any:
        if self.default is None:
            raise AirflowFailException(
                "Nobody answered in time. Give a `default`, or let the next task handle it (trigger_rule)."
            )
        self.log.info("Nobody answered in time: the default is taken.")
        return self.default


def _answers(question: Question, meant: Sequence[Meant]) -> list[tuple[Meant, str | int]]:
    """Return the texts that answer a question and no other, with what they say."""
    from airflow_provider_smsworks.questions.codes import codes_in, without_code

    answers = []
    for text in meant:
        words = text.text.content
        for code in codes_in(question.how) | codes_in(words):
            words = without_code(words, code) or words
        answer = question.kind.read(words)
        if text.is_clear and answer is not None:
            answers.append((text, answer))
    return answers
