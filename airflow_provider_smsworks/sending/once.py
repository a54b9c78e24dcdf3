"""
The rule that sends a text once.

Airflow repeats work and the gateway has no idempotency key. So before a send goes out it is written down, and the
message carries a key by which it can be found. A call has three outcomes, never two:

- *sent*: the gateway answered with an id, which is written down.
- *not sent*: the gateway refused it, or it never left. Repeating it is safe.
- *don't know*: no answer, an unreadable one, a failure of the gateway, or this process was killed. Then look,
  now and again once the search lag has passed; adopt what is found; never send in the same try.

If a process dies: before the intent is written, nothing was sent and the next try sends. Between intent and result,
the next try finds the intent, looks, adopts or sends. After the result is written, the next try returns it.

What this cannot see: two live copies of one task, a gateway that accepts a call later than the retry delay, and two
Airflows with the same Dag, run and connection names on one account.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.identity import Attempt
from airflow_provider_smsworks.sending.journal import Entry, Journal
from airflow_provider_smsworks.sending.text import Sought, Text, ids_of, name_of

OnUnknown = Literal["retry", "fail"]
OnClear = Literal["keep", "resend"]

REPORTS_KEPT = dt.timedelta(days=90)
"""The gateway deletes its reports after 3 months: later there is nothing left to look up."""


class TooOld(Exception):
    """The run was due longer ago than ``max_age``; nothing is sent."""


@dataclass(frozen=True)
class Rules:
    """
    What the author decides.

    :param on_unknown: after an outcome that stays open: let Airflow retry (the next try looks first), or end
    :param on_clear: whether a Clear of a task whose text went out sends it again
    :param max_age: a run that was due longer ago does not text
    :param search_lag: seconds that a new message may stay invisible to searches
    """

    on_unknown: OnUnknown = "retry"
    on_clear: OnClear = "keep"
    max_age: dt.timedelta | None = None
    search_lag: float = 10.0


class SendOnce:
    """
    Sends one text of one task instance, once.

    :param call: sends a prepared call
    :param journal: where the send is written down
    :param check: raises if a text that is about to go out must not, for what it costs
    """

    def __init__(
        self,
        *,
        attempt: Attempt,
        rules: Rules,
        journal: Journal,
        call: Callable[[Call[Record]], Record],
        log: logging.Logger,
        now: Callable[[], dt.datetime],
        check: Callable[[Text], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._attempt = attempt
        self._rules = rules
        self._journal = journal
        self._call = call
        self._log = log
        self._now = now
        self._check = check
        self._sleep = sleep

    def send(self, text: Text) -> Record:
        """
        Return what is known of what was sent: of a message ``message_id status parts credits_used adopted``.

        :raises SmsWorksOutcomeUnknownError: it may have gone out; see ``on_unknown``
        :raises SmsWorksError: it certainly did not
        :raises TooOld: it was not sent because its run is too old
        """
        written = self._journal.read()
        entry = written or self._unwritten(text)
        resend = self._rules.on_clear == "resend" and entry.max_tries != self._attempt.max_tries
        if entry.state == "sent" and not resend:
            return self._keep(entry, text)
        whole, text = text, _what_is_left(entry, text)
        has_begun = text.many is not None and text.many.has_begun
        is_doubtful = entry.state == "intent" or (text.many is not None and text.many.is_doubtful)
        if is_doubtful or (written is None and self._attempt.is_repeat):
            found = self._look(entry, text, is_decided=resend)
            missing = text.missing(found)
            rest = text.rest(found) if found else text
            if found and rest is None:
                return self._adopt(entry, found, text)
            if missing and not resend:
                self._refuse_if_in_doubt(written, text, found)
            if found and rest:
                text, entry, has_begun = rest, replace(entry, state="intent" if missing else "not_sent"), True
        if has_begun and text.many:
            if self._is_too_old:
                raise self._unknown("only a part of it went out, and the run is older than max_age", text)
            # Also after a Clear: who has got theirs gets no other one before everybody has.
            resend = False
            self._log.info(text.many.so_far)
        elif resend:
            text = whole
        # Before anything is taken back: what was scheduled stays where nothing may take its place.
        self._refuse_if_too_old()
        self._check(text)
        if resend:
            if entry.result and text.withdraw and not text.withdraw(entry.result):
                self._log.info("What this task sent cannot be taken back any more.")
                return self._keep(entry, text)
            self._log.info("This task was cleared: a new text goes out.")
            since, name = self._now().isoformat(), str(self._attempt.max_tries)
            earlier = [*entry.earlier, *ids_of(entry.result or {})]
            entry = replace(entry, state="not_sent", resend=name, since=since, earlier=earlier)
        return self._send(entry, text)

    def _send(self, entry: Entry, text: Text) -> Record:
        while True:
            was_in_doubt = entry.state == "intent"
            entry = replace(
                entry,
                state="intent",
                max_tries=self._attempt.max_tries,
                attempted=self._now().isoformat(),
                words=text.words,
                result=None,
                progress=text.progress(with_call=True),
            )
            call = text.prepare(text.key_of(entry))
            self._journal.write(entry)
            try:
                answer = self._call(call)
            except SmsWorksError as error:
                if error.nothing_sent:
                    # This attempt sent nothing, but one before may have, or sent a part: that must be looked for again.
                    if not was_in_doubt:
                        self._note_not_sent(entry, text)
                    raise
                self._log.warning("The outcome of this send is open: %s.", error)
                text = _what_is_left(entry, text)
                found = self._look(entry, text)
                if found is None or text.missing(found):
                    raise self._unknown(str(error), text) from error
                if (rest := text.rest(found)) is None:
                    return self._adopt(entry, found, text)
                self._log.info("Found %s of this call: nothing of it is sent again.", name_of(found))
            else:
                result = text.result(answer, False)
                # Logged before it is written down: if that fails, somebody will want to know.
                self._log.info("The gateway accepted %s.", name_of(result))
                rest = text.many.following(answer) if text.many else None
                if rest is None:
                    self._journal.write(replace(entry, state="sent", result=result, progress=None))
                    return result
            if rest.many:
                self._log.info(rest.many.so_far)
            # What was answered or found is written down with the next call.
            text, entry = rest, replace(entry, state="not_sent")

    def _note_not_sent(self, entry: Entry, text: Text) -> None:
        try:
            self._journal.write(replace(entry, state="not_sent", progress=text.progress(with_call=False)))
        except Exception:  # the refusal matters more; the next try finds an intent, and looks
            self._log.exception("That nothing was sent could not be written down.")

    def _look(self, entry: Entry, text: Text, *, is_decided: bool = False) -> Record | None:
        """
        Look now, and again once a message of the last attempt must have become visible.

        :param is_decided: whether a person has decided, by a Clear, that it goes out if nobody can tell
        """
        if text.find is None:
            return None
        since = dt.datetime.fromisoformat(entry.since)
        sought = Sought(text.key_of(entry), entry.words, since, frozenset(entry.earlier))
        visible = dt.datetime.fromisoformat(entry.attempted) + dt.timedelta(seconds=self._rules.search_lag)
        try:
            found = text.find(sought)
            # The attempt may have been written by another worker's clock.
            seconds = min((visible - self._now()).total_seconds(), self._rules.search_lag)
            # Of many texts some may be visible before the others.
            if text.missing(found) and seconds > 0:
                self._log.info("Not found yet; looking again in %.0f seconds (search_lag).", seconds)
                self._sleep(seconds)
                found = text.find(sought)
        except SmsWorksError as error:
            if is_decided and isinstance(error, SmsWorksOutcomeUnknownError):
                return None
            raise self._unknown(f"it could not be looked up: {error}", text) from error
        return found

    def _adopt(self, entry: Entry, found: Record, text: Text) -> Record:
        result = text.result(found, True)
        self._log.info("Found %s of an earlier call: adopted, nothing is sent again.", name_of(result))
        self._say_if_words_differ(entry, text)
        max_tries = self._attempt.max_tries
        self._journal.write(replace(entry, state="sent", max_tries=max_tries, result=result, progress=None))
        return result

    def _keep(self, entry: Entry, text: Text) -> Record:
        result = entry.result or {}
        self._log.info(
            "This task already sent %s: nothing is sent again. To text again after a Clear, %s, or give another"
            " send_key.",
            name_of(result),
            "set replace=True" if text.withdraw else "set on_clear='resend'",
        )
        self._say_if_words_differ(entry, text)
        if entry.max_tries != self._attempt.max_tries:
            self._journal.write(replace(entry, max_tries=self._attempt.max_tries))
        return result

    def _say_if_words_differ(self, entry: Entry, text: Text) -> None:
        if entry.words != text.words:
            self._log.warning("It went out with other words, or to other people, than this try would send now.")

    def _unwritten(self, text: Text) -> Entry:
        """Return the entry of a text of which nothing is written down."""
        attempt, now = self._attempt, self._now()
        # Where nothing can be written down, the last attempt may have been a moment ago.
        attempted = attempt.began if self._journal.remembers else now
        since = attempt.began if attempt.is_repeat else now
        return Entry("not_sent", "", attempt.max_tries, since.isoformat(), attempted.isoformat(), text.words)

    def _refuse_if_in_doubt(self, written: Entry | None, text: Text, found: Record | None) -> None:
        """Refuse to send what was looked for and not found, or in part, where that is not enough to send it."""
        decided = self._rules.on_clear == "resend"
        if written is None and self._journal.remembers and (found is None or decided):
            # Mostly this means that no earlier try came as far as sending; but what was written down may have been
            # deleted, and of a run this old the gateway has no reports to look at.
            if self._now() - self._attempt.began > REPORTS_KEPT and not decided:
                raise SmsWorksOutcomeUnknownError(
                    "Whether this text went out is not known: nothing is written down, and its run is older than the"
                    " gateway's reports. If it shall go out now, set on_clear='resend', and clear the task."
                )
            return
        missing = "only a part of it is found" if found else "it is not found"
        if self._rules.on_unknown == "fail":
            missing = missing if text.find else "the gateway has no look-up for passcodes"
            raise self._unknown(f"an earlier try may have sent it, and {missing}", text)
        if (written or found) and self._is_too_old:
            raise self._unknown(f"{missing}, and the run is older than max_age, so it is not sent again", text)

    def _refuse_if_too_old(self) -> None:
        if self._is_too_old:
            raise TooOld(
                f"This run was due at {self._attempt.due}, longer ago than max_age ({self._rules.max_age}):"
                " nothing is sent."
            )

    @property
    def _is_too_old(self) -> bool:
        due, most = self._attempt.due, self._rules.max_age
        return most is not None and due is not None and self._now() - due > most

    def _unknown(self, reason: str, text: Text) -> SmsWorksOutcomeUnknownError:
        end = (
            "on_unknown is 'fail', so the task ends and a person decides. Ask the recipient or look at the account"
            " page; if it did not arrive, "
        )
        if self._rules.on_unknown == "retry":
            then = "the next try looks again before it sends" if text.find else "the next try sends another one"
        elif self._journal.remembers:
            then = f"{end}set on_clear='resend' or another send_key, and clear the task"
        else:
            looks = "looks, and " if text.find else ""
            then = f"{end}set on_unknown='retry', and clear the task: it {looks}sends"
        return SmsWorksOutcomeUnknownError(f"Whether the text went out is not known ({reason}): {then}.")


def _what_is_left(entry: Entry, text: Text) -> Text:
    """Return what is left of a text, by what is written down of it."""
    return text.many.resumed(entry.progress) if text.many and entry.progress else text
