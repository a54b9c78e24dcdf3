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
from dataclasses import replace

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.operations import Call
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.ends import TooOld, TooOldForTheRest, outcome_unknown
from airflow_provider_smsworks.sending.identity import REPORTS_KEPT, Attempt
from airflow_provider_smsworks.sending.journal import Entry, Journal, State
from airflow_provider_smsworks.sending.text import Find, Many, Sought, Text, ids_of, name_of


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
        self.has_kept = False
        """Whether an earlier text was kept in the place of this one."""

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
        if entry.state == "sent":
            if not resend and not self._has_joined(entry, text):
                return self._keep(entry, text)
            if resend:
                entry = replace(entry, progress=None)
        is_unwritten = written is None and self._attempt.is_repeat
        many = text.many
        if many is not None:
            if many.is_empty and entry.progress is None:
                return self._nobody(text)
            if entry.progress is not None:
                many.resume(entry.progress)
            elif entry.state == "intent" or is_unwritten:
                many.resume(None)
            if many.is_done:
                return self._adopt(entry, {}, text)
        has_begun = many is not None and many.has_begun
        is_doubtful = entry.state == "intent" or (many is not None and many.is_doubtful)
        if is_doubtful or is_unwritten:
            # Of a list that has begun, a Clear means that it goes on; unless its owner was told what that takes.
            found = self._look(entry, text, is_decided=resend and (entry.is_told or not has_begun))
            missing = text.missing(found)
            if found:
                self._refuse_if_order_is_lost(entry, text, is_decided=resend and entry.is_told)
                if self._is_all_found(entry, text, found):
                    return self._adopt(entry, found, text)
            if missing and not resend:
                self._refuse_if_in_doubt(written, text, found)
            if found:
                entry, has_begun = replace(entry, state="intent" if missing else "not_sent"), True
        if has_begun and many is not None:
            self._refuse_if_order_is_lost(entry, text, is_decided=resend and entry.is_told)
            self._log.info(many.so_far)
            if self._is_too_old:
                raise TooOldForTheRest(f"{many.so_far} {self._why_too_old} Raise max_age and clear the task.")
            # Also after a Clear: who has got theirs gets no other one before everybody has.
            resend = False
        elif resend and many is not None:
            many.begin_anew()
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
            entry = replace(entry, state="not_sent", resend=name, since=since, words=(), earlier=earlier)
        return self._send(entry, text)

    def _send(self, entry: Entry, text: Text) -> Record:
        was_in_doubt = entry.state == "intent"
        entry = self._attempted(entry, text)
        if text.many is not None:
            return self._send_many(entry, text, text.many)
        call = text.prepare(text.key_of(entry))
        self._journal.write(entry)
        try:
            answer = self._call(call)
        except SmsWorksError as error:
            if error.nothing_sent:
                # This attempt sent nothing, but one before may have: that must be looked for again.
                if not was_in_doubt:
                    self._note(replace(entry, state="not_sent"))
                raise
            self._log.warning("The outcome of this send is open: %s.", error)
            entry = replace(entry, attempted=self._now().isoformat())
            self._note(entry)
            found = self._look(entry, text)
            if found is None:
                raise self._unknown(str(error), text) from error
            return self._adopt(entry, found, text)
        return self._sent(entry, text, answer)

    def _send_many(self, entry: Entry, text: Text, many: Many) -> Record:
        def note() -> None:
            noted = replace(self._attempted(entry, text), progress=many.progress)
            # The last of these calls may begin long after this; a moment too late costs a look no more than its lag.
            attempted = self._now() + self._rules.longest_calls
            self._journal.write(replace(noted, attempted=attempted.isoformat()))

        while True:
            unknown, refused = many.send(text.key_of(entry), self._call, note, self._rules.calls_at_once)
            if many.is_done:
                return self._sent(entry, text, {})
            state: State = "intent" if many.is_open else "not_sent"
            entry = replace(entry, state=state, attempted=self._now().isoformat(), progress=many.progress)
            self._note(entry)
            if unknown is not None:
                found = self._look(entry, text)
                if found is not None and self._is_all_found(entry, text, found):
                    return self._adopt(entry, found, text)
                if found is None or many.is_open:
                    raise self._unknown(str(unknown), text) from unknown
                self._log.info("Found what was in doubt: nothing of it is sent again.")
            if refused is not None:
                if many.has_begun:
                    self._log.warning("%s The next try, or a Clear, goes on there.", many.so_far)
                raise refused
            self._log.info(many.so_far)

    def _attempted(self, entry: Entry, text: Text) -> Entry:
        return replace(
            entry,
            state="intent",
            max_tries=self._attempt.max_tries,
            # If this process is killed, the gateway may be busy with the call for so long.
            attempted=(self._now() + dt.timedelta(seconds=self._rules.longest_call)).isoformat(),
            words=[*(words for words in entry.words if words != text.words), text.words],
            result=None,
            is_told=False,
        )

    def _sent(self, entry: Entry, text: Text, answer: Record) -> Record:
        result = text.result(answer, False)
        # Logged before it is written down: if that fails, somebody will want to know.
        self._log.info("The gateway accepted %s.", name_of(result))
        self._write_sent(entry, text, result)
        return result

    def _write_sent(self, entry: Entry, text: Text, result: Record) -> None:
        max_tries, progress = self._attempt.max_tries, text.many.progress if text.many else None
        self._journal.write(replace(entry, state="sent", max_tries=max_tries, result=result, progress=progress))

    def _nobody(self, text: Text) -> Record:
        self._log.info("There is nobody to text: the list is empty.")
        return text.result({}, False)

    def _note(self, entry: Entry) -> None:
        """Write down what is known of a failure; if that fails, the next try finds an intent, and looks."""
        try:
            self._journal.write(entry)
        except Exception:  # the failure matters more
            self._log.exception("What became of the call could not be written down.")

    def _is_all_found(self, entry: Entry, text: Text, found: Record) -> bool:
        """Take what was found, and tell whether nothing is left."""
        if text.many is None:
            return True
        try:
            text.many.take_found(found)
        except SmsWorksOutcomeUnknownError as error:
            raise self._told(entry, text, error) from None
        return text.many.is_done

    def _look(self, entry: Entry, text: Text, *, is_decided: bool = False) -> Record | None:
        """
        Look now, and again once a message of the last attempt must have become visible.

        :param is_decided: whether a person has decided, by a Clear, that it goes out if nobody can tell
        """
        find = text.find
        if find is None:
            return None
        since = dt.datetime.fromisoformat(entry.since)
        sought = Sought(text.key_of(entry), frozenset(entry.words), since, frozenset(entry.earlier), is_decided)
        visible = dt.datetime.fromisoformat(entry.attempted) + dt.timedelta(seconds=self._rules.search_lag)
        # The attempt may have been written by another worker's clock.
        until = min(visible, self._now() + dt.timedelta(seconds=self._rules.search_lag))
        is_early = until > self._now()
        try:
            if text.many is not None and is_early:
                # All messages of an account are read for a list: once, when they can be seen.
                self._wait_until(until)
                is_early = False
            found, doubt = _find(find, sought)
            # Of many texts some may be visible before the others, and another text before the one that is sought.
            if text.missing(found) and is_early:
                self._wait_until(until)
                found, doubt = _find(find, sought)
        except SmsWorksError as error:
            raise self._unknown(f"it could not be looked up: {error}", text) from error
        if doubt and not is_decided:
            raise self._told(entry, text, doubt) from None
        return found

    def _wait_until(self, moment: dt.datetime) -> None:
        # A look takes its time as well.
        seconds = max(0.0, (moment - self._now()).total_seconds())
        self._log.info("What went out may not be visible yet; looking in %.0f seconds (search_lag).", seconds)
        self._sleep(seconds)

    def _adopt(self, entry: Entry, found: Record, text: Text) -> Record:
        result = text.result(found, True)
        self._log.info("Found %s of an earlier call: adopted, nothing is sent again.", name_of(result))
        self._say_if_words_differ(entry, text)
        self._write_sent(entry, text, result)
        return result

    def _keep(self, entry: Entry, text: Text) -> Record:
        self.has_kept = True
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
        if text.words not in entry.words[-1:]:
            self._log.warning("It went out with other words, or to other people, than this try would send now.")

    def _unwritten(self, text: Text) -> Entry:
        """Return the entry of a text of which nothing is written down."""
        attempt, now = self._attempt, self._now()
        # Where nothing can be written down, the last attempt may have been a moment ago.
        attempted = attempt.began if self._journal.remembers else now
        since = attempt.began if attempt.is_repeat else now
        return Entry("not_sent", "", attempt.max_tries, since.isoformat(), attempted.isoformat(), [text.words])

    def _has_joined(self, entry: Entry, text: Text) -> bool:
        """Tell whether a retry's list has other people than the one that went out; a Clear's list is kept."""
        if text.many is None or entry.progress is None:
            return False
        text.many.resume(entry.progress)
        return entry.max_tries == self._attempt.max_tries and not text.many.is_done

    def _refuse_if_order_is_lost(self, entry: Entry, text: Text, *, is_decided: bool) -> None:
        if text.many is None or not entry.progress or is_decided or text.words in entry.words[-1:]:
            return
        if text.many.needs_its_order:
            doubt = SmsWorksOutcomeUnknownError(
                "the list has changed since a part of it went out, and it has several texts for one phone, which only"
                " their order tells apart"
            )
            raise self._told(entry, text, doubt)

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
            raise TooOld(self._why_too_old)

    @property
    def _why_too_old(self) -> str:
        due, most = self._attempt.due, self._rules.max_age
        return f"This run was due at {due}, longer ago than max_age ({most}): nothing is sent."

    @property
    def _is_too_old(self) -> bool:
        due, most = self._attempt.due, self._rules.max_age
        return most is not None and due is not None and self._now() - due > most

    def _told(self, entry: Entry, text: Text, error: SmsWorksOutcomeUnknownError) -> SmsWorksOutcomeUnknownError:
        """Return the error that ends a try where nobody can tell; of a list it is written down that this was told."""
        if text.many:
            self._note(replace(entry, state="intent", is_told=True))
        return self._unknown(str(error), text)

    def _unknown(self, reason: str, text: Text) -> SmsWorksOutcomeUnknownError:
        return outcome_unknown(reason, text, self._rules, remembers=self._journal.remembers)


def _find(find: Find, sought: Sought) -> tuple[Record | None, SmsWorksOutcomeUnknownError | None]:
    """Return what is found, or why nobody can tell."""
    try:
        return find(sought), None
    except SmsWorksOutcomeUnknownError as doubt:
        return None, doubt
