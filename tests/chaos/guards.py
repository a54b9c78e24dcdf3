"""The guards of sending once: where each is, and how it is taken out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """
    One guard.

    :param name: what the code no longer does
    :param file: of the package
    :param text: exactly what is replaced; it must be there once
    :param by: what replaces it
    :param rows: the rows of the table that are about it, which are told first; empty means all
    """

    name: str
    file: str
    text: str
    by: str
    rows: tuple[str, ...] = ()


ONCE, LOOKUP, SCHEDULES = "sending/once.py", "sending/lookup.py", "sending/schedules.py"
MANY, STRETCHES, IN_FLIGHT = "sending/many.py", "sending/stretches.py", "sending/in_flight.py"
KILLED = ("killed after the call", "killed during the call", "killed before the record")
SPOILT = ("after: reset", "after: status", "before: reset")
CLEARS = ("Clear of a task that is done", "Clear of a failed task", "Clear of an up_for_retry task")
CHANGED = ("other words and lists in each try", "several at once")
NO_METADATA = ("metadata is not echoed, its search is ignored", "metadata is not echoed")
MOVED = ("a text that moved to another map index",)
LATER = ("killed or cut off while it replaces a schedule",)

GUARDS = (
    Guard(
        "the intent is not written before the call",
        ONCE,
        "        self._journal.write(entry)\n        try:",
        "        try:",
        ("killed after the call", "killed in the triggerer", *CHANGED),
    ),
    Guard(
        "an intent is no doubt",
        ONCE,
        'is_doubtful = entry.state == "intent" or',
        "is_doubtful = False or",
        KILLED,
    ),
    Guard(
        "a repeat without a store is no doubt",
        ONCE,
        "is_unwritten = written is None and self._attempt.is_repeat",
        "is_unwritten = False",
        KILLED,
    ),
    Guard(
        "a Clear is no repeat", "sending/identity.py", ' or (getattr(run, "clear_number", None) or 0) > 0', "", MOVED
    ),
    Guard(
        "a retry is no repeat",
        "sending/identity.py",
        "is_repeat=(ti.try_number or 1) > 1 or ",
        "is_repeat=",
        KILLED,
    ),
    Guard("it looks once only", ONCE, "if text.missing(found) and is_early:", "if False:", ("search lag",)),
    Guard(
        "it does not look after a call whose answer is lost",
        ONCE,
        "            found = self._look(entry, text)\n            if found is None:",
        "            found = None\n            if found is None:",
        ("after: reset", "accepted after the retry delay, on_unknown=fail", "after: garbage"),
    ),
    Guard("a refusal ends a doubt", ONCE, "if not was_in_doubt:", "if True:", ("refused after a doubt",)),
    Guard(
        "what certainly was not sent stays a doubt",
        ONCE,
        '                    self._note(replace(entry, state="not_sent"))',
        "                    pass",
        ("before: status", "killed after the refusal is noted"),
    ),
    Guard(
        "a lost answer counts as not sent",
        ONCE,
        "if error.nothing_sent:",
        "if True:",
        SPOILT,
    ),
    Guard(
        "the result is not written down",
        ONCE,
        "        self._write_sent(entry, text, result)\n        return result\n\n    def _write_sent",
        "        return result\n\n    def _write_sent",
        ("killed in the triggerer", "killed at defer", "Clear of a task that is done", *CHANGED),
    ),
    Guard(
        "what was adopted is not written down",
        ONCE,
        "        self._write_sent(entry, text, result)\n        return result\n\n    def _keep",
        "        return result\n\n    def _keep",
        ("Clear of a task that is done", "accepted after the retry delay, on_unknown=fail", "several at once"),
    ),
    Guard(
        "what is written down as sent is not kept",
        ONCE,
        'if entry.state == "sent":',
        "if False:",
        ("killed after the record", "killed at defer", "backfill over the same run"),
    ),
    Guard(
        "every try is a Clear",
        ONCE,
        'self._rules.on_clear == "resend" and entry.max_tries != self._attempt.max_tries',
        'self._rules.on_clear == "resend"',
        CLEARS,
    ),
    Guard(
        "every Clear resends",
        ONCE,
        'resend = self._rules.on_clear == "resend" and entry',
        "resend = entry",
        CLEARS,
    ),
    Guard(
        "no Clear resends",
        ONCE,
        'resend = self._rules.on_clear == "resend" and entry.max_tries != self._attempt.max_tries',
        "resend = False",
        CLEARS,
    ),
    Guard(
        "a text that is sent again has the key of the first",
        "sending/text.py",
        'return f"{self.key}-{entry.resend}" if entry.resend else self.key',
        "return self.key",
        CLEARS,
    ),
    Guard(
        "a text that is sent again is mistaken for the first, where metadata is not shown",
        ONCE,
        "earlier = [*entry.earlier, *ids_of(entry.result or {})]",
        "earlier = []",
        ("resent words of a moment ago, no metadata",),
    ),
    Guard(
        'on_unknown="fail" is ignored',
        ONCE,
        'if self._rules.on_unknown == "fail":\n            missing',
        "if False:\n            missing",
        ("accepted after the retry delay, on_unknown=fail", "search lag beyond the configured one, on_unknown=fail"),
    ),
    Guard(
        "a doubt is not refused",
        ONCE,
        "            if missing and not resend:\n                self._refuse_if_in_doubt(written, text, found)\n",
        "",
        ("accepted after the retry delay, on_unknown=fail", "search lag beyond the configured one, on_unknown=fail"),
    ),
    Guard(
        "a look-up that fails found nothing",
        ONCE,
        '            raise self._unknown(f"it could not be looked up: {error}", text) from error',
        "            return None",
        ("the look-up fails", "refused after a doubt"),
    ),
    Guard(
        "found with any key",
        LOOKUP,
        'if message["metadata"].get(KEY_PAIR) == wanted.key]',
        "]",
        ("the same text of a sibling", "before: reset"),
    ),
    Guard(
        "the server's filter is believed untried",
        LOOKUP,
        "ours = matching(KEY_PAIR, wanted.key) - nobodys",
        "ours = matching(KEY_PAIR, wanted.key)",
        NO_METADATA,
    ),
    Guard(
        "the words do not count where metadata is not shown",
        LOOKUP,
        "    return find_by_words(candidates, wanted.to, wanted.has_words, wanted.may_have_words, wanted.since)",
        "    return None",
        NO_METADATA,
    ),
    Guard(
        "any words will do where metadata is not shown",
        LOOKUP,
        "        if has_words(*said):\n",
        "        if True:\n",
        NO_METADATA,
    ),
    Guard(
        "a text that the gateway shortened is another one",
        LOOKUP,
        "in_doubt = in_doubt or may_have_words(*said)",
        "in_doubt = False",
        ("a text that the gateway shortens",),
    ),
    Guard(
        "the key does not name the run",
        "sending/identity.py",
        "attempt.dag_id, run, attempt.task_id",
        "attempt.dag_id, attempt.task_id",
        ("the same text of a sibling",),
    ),
    Guard(
        "the key does not name the task",
        "sending/identity.py",
        "run, attempt.task_id, place",
        "run, place",
        ("the same text of a sibling",),
    ),
    Guard(
        "the key does not name the map index",
        "sending/identity.py",
        '["map", attempt.map_index]',
        '["map"]',
        ("the same text of a sibling",),
    ),
    Guard(
        "the key of a message of many does not name the recipient",
        "sending/keys.py",
        'hashlib.sha256(f"{key}/{name}".encode())',
        "hashlib.sha256(key.encode())",
        ("killed after the call", *CHANGED),
    ),
    Guard(
        "the calls of a list are not written down before they go out",
        IN_FLIGHT,
        "            self._note()\n",
        "            pass\n",
        ("killed after the call", *CHANGED),
    ),
    Guard(
        "who was found of a list is texted again",
        "sending/spool.py",
        """f"UPDATE row SET state = {SENT}, batch =""",
        """f"UPDATE row SET state = {LEFT}, batch =""",
        CHANGED,
    ),
    Guard(
        "a list that changed is taken for the same",
        STRETCHES,
        "part.seal if part.seal == total and not part.is_open else None",
        "part.seal if not part.is_open else None",
        CHANGED,
    ),
    Guard(
        "it goes on behind calls that nobody answered",
        STRETCHES,
        "part.seal == total and not part.is_open else None",
        "part.seal == total else total if part.is_open else None",
        KILLED,
    ),
    Guard(
        "a list is found as a whole as soon as a part is",
        MANY,
        'missing += left - found["counts"].get(id(stretch), 0)',
        "pass",
        (*CHANGED, "accepted after the retry delay, on_unknown=fail"),
    ),
    Guard(
        "of a list what nobody answered is closed",
        STRETCHES,
        "is_open = stretch.is_open and (left > 0 or is_empty)",
        "is_open = False",
        (*CHANGED, "refused after a doubt"),
    ),
    Guard(
        "a schedule is cancelled after its successor is made, or never",
        ONCE,
        "if entry.result and text.withdraw and not text.withdraw(entry.result):",
        "if False:",
        LATER,
    ),
    Guard(
        "what cannot be cancelled is believed cancelled",
        SCHEDULES,
        "return self._status_of(schedule_id) == _CANCELLED",
        "return False",
        LATER,
    ),
    Guard(
        "a cancelled schedule is found again",
        SCHEDULES,
        'elif entry["status"] != _CANCELLED and self._is_same(entry, sought.words):',
        "elif self._is_same(entry, sought.words):",
        (*LATER, "Clear of a task that is done"),
    ),
    Guard(
        "any schedule to anybody is ours",
        SCHEDULES,
        "return said in words",
        "return True",
        ("the same text of a sibling", *NO_METADATA),
    ),
    Guard(
        "a send is repeated by the client",
        "api/client.py",
        "        and error.no_effect\n",
        "",
        ("after: reset", "after: status"),
    ),
    Guard(
        "a call that left and broke counts as never left",
        "api/exchange.py",
        "never_left = isinstance(error, _NEVER_LEFT)",
        "never_left = True",
        ("after: reset", "late: reset"),
    ),
    Guard(
        "a task that goes on after its wait sends again",
        "operators/delivery_base.py",
        '        result = (event or {}).get("result") or {}\n        self.link_to(result)\n',
        '        result = (event or {}).get("result") or {}\n        self.hook.get_conn().call(\n'
        "            self.operation.prepare(self.hook.settings, **self.arguments())\n        )\n",
        ("killed in the triggerer", "killed at resume"),
    ),
)
