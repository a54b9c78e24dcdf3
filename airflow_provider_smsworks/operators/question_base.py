"""What operators have in common that ask by text: codes, the texts of a question, and what the phone wrote."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSkipException,
    Context,
    conf,
    timezone,
)

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksNotFoundError
from airflow_provider_smsworks.api.unwritten import Unwritten
from airflow_provider_smsworks.operators.send_base import is_amount, is_duration
from airflow_provider_smsworks.operators.text_base import SmsWorksTextOperator
from airflow_provider_smsworks.questions.wording import apology_text, question_text, reminder_text

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.records.fields import Record
    from airflow_provider_smsworks.questions.answers import Kind
    from airflow_provider_smsworks.questions.conversation import Received, Sent, Thread
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text

_LONGEST_VALIDITY = dt.timedelta(minutes=2880)
_SHORTEST_VALIDITY = dt.timedelta(minutes=1)


_ASKED = "smsworks_asked"
"""Under this name the task state store has when the question went out."""


@dataclass(frozen=True, repr=False)
class Question(Unwritten):
    """
    A question to one phone, as it is asked now.

    :param arguments: of the texts, but for their content
    :param phone: in the gateway's spelling
    :param own_number: the number that asks, in the gateway's spelling
    :param how: how to reply
    """

    arguments: Mapping[str, Any]
    phone: str
    own_number: str
    text: str
    kind: Kind
    how: str

    @property
    def words(self) -> frozenset[str]:
        """All that goes out for it."""
        asked = question_text(self.text, self.how), reminder_text(self.text, self.how)
        return frozenset([*asked, apology_text(self.how)])


class AsksByText(SmsWorksTextOperator):
    """
    What operators have in common that ask by text.

    :param response_timeout: how long to wait for the answer
    :param poll_interval: seconds between two looks at the beginning of the wait
    :param deferrable: whether the wait happens in the triggerer and holds no worker slot; default:
        ``[operators] default_deferrable``
    """

    def __init__(
        self,
        *,
        response_timeout: dt.timedelta | None = None,
        poll_interval: float = 5.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.response_timeout = response_timeout
        self.poll_interval = poll_interval
        self.deferrable = deferrable

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything goes out."""
        problems = super().problems(context)
        if self.response_timeout is not None and not is_duration(self.response_timeout):
            problems.append("`response_timeout` must be a timedelta above 0")
        if not is_amount(self.poll_interval):
            problems.append("`poll_interval` must be a number of seconds above 0")
        sender = self.asking_number()
        if sender is not None and not sender.isdigit():
            problems.append(
                "`sender` must be a number of yours that texts can be sent to (a reply number): nobody can answer a"
                " name. Give it to the task, or in the connection's extra"
            )
        return problems

    def asking_number(self) -> str | None:
        """Return the number that asks, and gets the answers, as far as it is known before anything is looked up."""
        sender = self.given("sender")["sender"]
        return str(sender or self.hook.settings.sender or "") or None

    def text_arguments(self) -> dict[str, Any]:
        """Return the arguments of texts that make sense no longer than the question waits."""
        given = SmsWorksTextOperator.arguments(self)
        if given["validity"] is None and self.response_timeout is not None:
            # The gateway takes whole minutes.
            whole = -(-self.response_timeout // _SHORTEST_VALIDITY) * _SHORTEST_VALIDITY
            given["validity"] = min(whole, _LONGEST_VALIDITY)
        if given["ai"] is None:
            # A text that the gateway shortened may have lost its code.
            given["ai"] = False
        return given

    def code_for(self, context: Context, phone: str, *, long: bool = False) -> str:
        """Return the code of this task's question to a phone; after a Clear that asks again, another one."""
        from airflow_provider_smsworks.questions.codes import code_of

        task = self._sending_task(context)
        again = f"/{task.attempt.max_tries}" if self.on_clear == "resend" else ""
        return code_of(task.settings.secrets[-1], task.key("question", [phone]) + again, 0, long=long)

    def _sending_task(self, context: Context) -> SendingTask:
        from airflow_provider_smsworks.sending.identity import Attempt
        from airflow_provider_smsworks.sending.task import SendingTask

        return SendingTask(self.hook, Attempt.of_task(context, timezone.utcnow()), self.given("send_key")["send_key"])

    def send_part(self, context: Context, part: str, arguments: Mapping[str, Any], content: str) -> dict[str, Any]:
        """Send one of the texts of this task, once, and return what is known of it."""

        def text_of(task: SendingTask) -> Text:
            from airflow_provider_smsworks.api.operations import SEND_MESSAGE
            from airflow_provider_smsworks.sending.messages import message_text

            return message_text(task, SEND_MESSAGE, {**arguments, "content": content}, part=part)

        return self.send_once(context, text_of)

    def try_to_send(self, context: Context, part: str, arguments: Mapping[str, Any], content: str) -> str | None:
        """Send a text that the question does without, once; return its id, or None if that fails."""
        try:
            message_id: str | None = self.send_part(context, part, arguments, content)["message_id"]
        except (SmsWorksError, AirflowFailException, AirflowSkipException) as error:
            # Also what `on_unknown` and `max_age` make of it: the question is out, and may be answered.
            self.log.warning("The %s could not be sent: %s", part, error)
            return None
        return message_id

    def look_at(self, message_id: str | None) -> tuple[dt.datetime | None, str]:
        """
        Return when a text of this task went out, by the gateway's clock, which may differ from ours, and its words.

        None, and no words, if it does not become visible in time.
        """
        from airflow_provider_smsworks.subjects.arrived import moment_of

        for seconds in (self.hook.settings.search_lag, 0.0):
            try:
                message = self.hook.get_message(message_id) if message_id else None
            except SmsWorksNotFoundError:
                time.sleep(seconds)
            else:
                return (moment_of(message), message["content"] or "") if message else (None, "")
        return None, ""

    def moment_asked(
        self, context: Context, message_id: str | None, at_gateway: dt.datetime | None, *, is_first: bool
    ) -> dt.datetime:
        """Return when the question went out, by our clock: a retry waits until the same moment."""
        store = context.get("task_state_store")
        kept = store.get(_ASKED) if store is not None else None
        if kept and kept["message_id"] == message_id:
            return dt.datetime.fromisoformat(kept["at"])
        now: dt.datetime = timezone.utcnow()
        # Before Airflow 3.3 nothing is kept, and the gateway's clock must do.
        asked = now if is_first or at_gateway is None else min(now, at_gateway)
        if store is not None and message_id is not None:
            store.set(_ASKED, {"message_id": message_id, "at": asked.isoformat()})
        return asked

    def talk_about(
        self, context: Context, question: Question, state: Mapping[str, Any], came: str | None
    ) -> tuple[Thread, list[Sent], list[Received]]:
        """
        Return what went to and fro since a week before the question, and which of it are texts of this question.

        :param state: ``ids`` of texts of this question, the question first; ``since``, when it went out
        :param came: the id of a text that the trigger saw, which a search may not show yet
        """
        from airflow_provider_smsworks.questions.codes import code_asked_for
        from airflow_provider_smsworks.questions.conversation import Sent, Thread
        from airflow_provider_smsworks.questions.talk import REACH, talk_of

        asked = dt.datetime.fromisoformat(state["since"])
        number, since = f"+{question.phone}", asked - REACH
        found = [
            *self.hook.search_all_messages(to=number, since=since),
            *self.hook.search_all_messages(status="INCOMING", sender=number, since=since),
        ]
        if came is not None and came not in {message["message_id"] for message in found}:
            found.append(self.hook.get_message(came))
        sent, received = talk_of(found, question.phone, question.own_number, asked)
        ids = {*state["ids"], *self._texts_of_earlier_tries(context, question, found, asked)}
        if state["ids"] and state["ids"][0] not in {text.message_id for text in sent}:
            # It may be visible later than its answer.
            sent.append(Sent(state["ids"][0], asked, frozenset([code_asked_for(question.how) or ""])))
        return Thread(frozenset(ids), frozenset()), sent, received

    def _texts_of_earlier_tries(
        self, context: Context, question: Question, found: Sequence[Record], asked: dt.datetime
    ) -> set[str]:
        from airflow_provider_smsworks.sending.identity import KEY_PAIR
        from airflow_provider_smsworks.subjects.arrived import moment_of

        keys = tuple(self._sending_task(context).key(part, [question.phone]) for part in self.parts)

        def is_own(message: Record) -> bool:
            key = (message.get("metadata") or {}).get(KEY_PAIR)
            # The gateway may not show metadata.
            is_one = key.startswith(keys) if isinstance(key, str) else message["content"] in question.words
            return is_one and (moment_of(message) or asked) >= asked

        return {message["message_id"] for message in found if message["status"] != "INCOMING" and is_own(message)}

    @property
    def parts(self) -> Sequence[str]:
        """Names of the texts of a question."""
        return ("question", "apology", "confirmation")

    def hand_on(self, context: Context, result: Mapping[str, Any]) -> None:
        """Hand on the ids of texts that go out: ``message_id`` is the one of the answer."""
