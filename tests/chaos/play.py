"""Plays a story as Airflow would: tries, retries, deferrals, Clears, backfills; each try is a process."""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos import kinds
from tests.chaos.child import Job, run_trigger, run_try
from tests.chaos.forking import LONGEST_LIFE, Child
from tests.chaos.story import Story, Try
from tests.sandbox_process import RunningSandbox

SETTLING = 3.0
"""Seconds after which a call that shall be carried out late has been."""


@dataclass
class End:
    """
    How one try ended.

    :param how: success, error, killed, hung (it did not end) or crash (an end of the campaign's own code)
    :param names: the classes of its error
    :param before: how many messages the gateway had accepted when it began
    """

    how: str
    plan: Try
    result: dict[str, Any] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    says: str = ""
    before: int = 0
    was_recorded: bool = False
    after_clears: int = 0

    @property
    def is_final(self) -> bool:
        """Whether Airflow does not retry it."""
        return self.how == "success" or bool({"AirflowFailException", "AirflowSkipException"} & set(self.names))

    @property
    def is_unknown(self) -> bool:
        """Whether it says that nobody knows whether the text went out."""
        return "SmsWorksOutcomeUnknownError" in self.names or "is not known (" in self.says

    @property
    def is_refusal(self) -> bool:
        """Whether the gateway certainly refused it."""
        refusals = {"SmsWorksRejectedError", "SmsWorksRateLimitError"}
        return self.how == "error" and bool(refusals & set(self.names))


class Player:
    """
    Plays one story.

    :param folder: an empty one
    """

    def __init__(self, story: Story, sandbox: RunningSandbox, folder: Path) -> None:
        self.story = story
        self.sandbox = sandbox
        self.store = folder / "state"
        self.ends: list[End] = []
        self.calls: list[float] = []
        self.struck = self.kills = self.kept_clears = 0
        self.cleared: list[dict[str, Any]] = []
        self.log: list[str] = []
        self._children: list[Child] = []

    def play(self) -> None:
        """Play it to its end."""
        try:
            self._begin()
            self._tell()
        finally:
            for child in self._children:
                child.kill()

    # What Airflow does.

    def _begin(self) -> None:
        self.sandbox.reset()
        self.sandbox.set(delivery_delay=0.15, **self.story.reading)
        now = dt.datetime.now(dt.UTC)
        self.moment = (now + dt.timedelta(days=1)).replace(microsecond=0)
        self.instance: dict[str, Any] = {"run_id": "run", "task_id": "task", "map_index": -1, "try_number": 0}
        self.instance["max_tries"] = self.story.retries
        self.run: dict[str, Any] = {"run_after": now, "queued_at": now, "start_date": now, "clear_number": 0}
        self._neighbour()
        self.base = {row["seq"] for row in self.sandbox.ledger()}
        self.base_schedules = {row["seq"] for row in self.sandbox.schedules()} if self.story.is_schedule else set()
        self.sandbox.set(search_lag=self.story.lag)

    def _tell(self) -> None:
        ends = iter(self.story.ends)
        index = 0
        while True:
            plan = self.story.planned(index)
            if index >= len(self.story.tries) and self.story.tries:
                last = self.story.tries[-1]
                plan = Try(numbers=last.numbers, words=last.words)
            index += 1
            end = self._try(plan)
            if end.is_final or self.instance["try_number"] > self.instance["max_tries"]:
                event = next(ends, None)
                if event is None:
                    break
                # What a late call does to a task that ended: it has happened when somebody clears it.
                self._settle()
                self._clear(event, is_finished=True)
            elif plan.clear:
                self._clear("clear", is_finished=False)
            time.sleep(plan.pause)
            if plan.settle:
                self._settle()
        self._settle()

    def _clear(self, event: str, *, is_finished: bool) -> None:
        """Change what Airflow's `clear_task_instances` changes; a backfill that reprocesses clears the run's tasks."""
        now = dt.datetime.now(dt.UTC)
        before = self.instance["max_tries"]
        self.instance["max_tries"] = self.instance["try_number"] + self.story.retries
        self.run["clear_number"] += 1
        self.run["queued_at"] = now
        if is_finished:
            self.run["start_date"] = now
        states = self.states()
        is_shown = bool(states) and before != self.instance["max_tries"]
        was_sent = "sent" in states or self.ends[-1].how == "success"
        if self.story.moves:
            # Another task instance, with a state of its own, which never ran.
            self.instance |= {"map_index": 5, "try_number": 0, "max_tries": self.story.retries}
            self.store = self.store.with_name("state of another")
        self.cleared.append({"shown": is_shown, "sent": was_sent, "texts": len(self.texts())})
        self.log.append(event)

    def _try(self, plan: Try) -> End:
        self.instance["try_number"] += 1
        end = End("killed", plan, before=len(self.texts()), after_clears=len(self.cleared))
        end.was_recorded = "sent" in self.states()
        self.ends.append(end)
        if plan.faults:
            self.sandbox.faults(plan.faults)
        first = self._start(plan, kill=plan.kill, after=plan.after, stop=plan.stop)
        if plan.stop and first.wait_until_stopped():
            # Airflow takes it for lost, and starts the next try; then it goes on.
            self.log.append(f"stopped {plan.stop}; another copy runs")
            self._try(Try(numbers=plan.numbers, words=plan.words))
            first.go_on()
        self._finish(end, first, plan)
        if plan.faults:
            left = {(fault["operation"], fault["when"], fault["kind"]): fault for fault in self.sandbox.faults_left()}
            for fault in plan.faults:
                rest = left.get((fault["operation"], fault["when"], fault["kind"]))
                self.struck += fault["times"] - (rest["times"] if rest else 0)
            self.sandbox.faults([])
        if plan.stop:
            # Airflow believes the copy that it started last.
            end = self.ends[-1]
        self.log.append(self._note(end))
        return end

    def _finish(self, end: End, child: Child, plan: Try) -> None:
        told = self._told(child)
        if told.get("end") == "deferred":
            event = self._event(told, plan)
            job = {"event": event, "method": told["method"], "kill": plan.at_resume}
            told = self._told(self._start(plan, **job)) if event else {"end": "hung", "says": "the wait has no end"}
        if not told:
            self.kills += 1
            return
        end.how = told["end"]
        end.result, end.names, end.says = told.get("result", {}), told.get("names", []), told.get("says", "")

    def _event(self, deferred: dict[str, Any], plan: Try) -> dict[str, Any]:
        """Run the trigger until it has an event, in one triggerer after the other."""
        for dies_after in [*plan.in_trigger, None]:
            child = self._fork(
                lambda tell, after=dies_after: run_trigger(deferred["trigger"], deferred["arguments"], after, tell),
                self._connection(timeout=5),
            )
            if told := self._told(child):
                return dict(told.get("event", {}))
            self.kills += 1
        return {}

    # Processes.

    def _start(self, plan: Try, **more: Any) -> Child:
        story = self.story
        words = (
            f"Text {story.number}" + (f".{plan.words}" if plan.words else "") + (kinds.LONG if story.is_long else "")
        )
        arguments = kinds.arguments(story.kind, plan.numbers, words, self.moment) | self._choices()
        store = self.store if story.has_store else None
        nth = story.dice("nth").randint(1, 3) if story.batch_limit else 1
        job = Job(story.kind, arguments, store, dict(self.instance), dict(self.run), nth=nth, **more)
        stalls = any(fault["kind"] == "stall" for fault in plan.faults)
        timeout = 0.3 if stalls else 2 if plan.is_disturbed else 5
        return self._fork(lambda tell: run_try(job, tell), self._connection(timeout))

    def _choices(self) -> dict[str, Any]:
        story = self.story
        given: dict[str, Any] = {"on_unknown": story.on_unknown}
        if story.resends:
            given |= {"replace": True} if story.is_schedule else {"on_clear": "resend"}
        if story.moves:
            given["send_key"] = "order 7"
        if story.waits:
            given |= {"wait_for_delivery": True, "poll_interval": 0.1, "deferrable": story.waits == "deferred"}
        return given

    def _fork(self, work: Any, environment: dict[str, str]) -> Child:
        child = Child(work, environment)
        self._children.append(child)
        return child

    def _told(self, child: Child) -> dict[str, Any]:
        """Return how a child ended; nothing if it was killed."""
        told = child.end()
        self._children.remove(child)
        self.calls += [line["called"] for line in told if "called" in line]
        end = {"end": "hung", "says": f"still running after {LONGEST_LIFE} s"} if child.hung else {}
        return next((line for line in told if "end" in line), end)

    def _connection(self, timeout: float) -> dict[str, str]:
        more = {"batch_limit": self.story.batch_limit} if self.story.batch_limit else {}
        return connection(self.sandbox.url, timeout, search_lag=self.story.client_lag, **more)

    # The world around it.

    def _neighbour(self) -> None:
        """Somebody else texts the same phone."""
        which = self.story.neighbour
        numbers = self.story.numbers
        if which in ("run", "map", "task"):
            siblings: dict[str, dict[str, Any]] = {
                "run": {"run_id": "another"},
                "map": {"map_index": 3},
                "task": {"task_id": "sibling"},
            }
            own = siblings[which]
            arguments = kinds.arguments(self.story.kind, numbers, self._first_words(), self.moment)
            instance = {**self.instance, "try_number": 1, **own}
            job = Job(self.story.kind, arguments, self.store.with_name("sibling"), instance, dict(self.run))
            told = self._told(self._fork(lambda tell: run_try(job, tell), self._connection(5)))
            assert told.get("end") == "success", told
            return
        same = which == "same words"
        words = kinds.arguments(self.story.kind, numbers, self._first_words(), self.moment)
        content = "Somebody else's"
        if same and self.story.kind == "collection":
            content = words["messages"][0]["content"]
        elif same:
            content = words["content"]
        body: dict[str, Any] = {"sender": "Parcels", "destination": f"44{numbers[0][1:]}", "content": content}
        body["metadata"] = {"airflow_send": "k", "airflow": "m"}
        answer = self.sandbox.client.post("/v1/message/send", json=body, headers={"Authorization": "JWT x"})
        assert answer.is_success, answer.text

    def _first_words(self) -> str:
        return f"Text {self.story.number}" + (kinds.LONG if self.story.is_long else "")

    def _settle(self) -> None:
        """Wait until the gateway has carried out every call, and shows what it accepted."""
        late = [end for end in self.ends if any(fault["when"] == "late" for fault in end.plan.faults)]
        if late:
            delays = [fault["delay"] for end in late for fault in end.plan.faults if fault["when"] == "late"]
            self._wait_for_late(max(delays))
        if self.story.lag and self.ends:
            time.sleep(self.story.lag + 0.02)

    def _wait_for_late(self, delay: float) -> None:
        """Wait for twice as long as a late call takes, and on while the gateway still accepts."""
        deadline = time.monotonic() + SETTLING
        count = -1
        time.sleep(delay + 0.05)
        while (now := len(self.texts())) != count and time.monotonic() < deadline:
            count = now
            time.sleep(0.05)

    # What there is.

    def texts(self) -> list[dict[str, Any]]:
        """Return what the gateway accepted for this task: a row for each text, scheduled ones that still stand too."""
        if self.story.is_schedule:
            entries = [row for row in self.sandbox.schedules() if row["seq"] not in self.base_schedules]
            return [
                {"to": str(to), "id": str(row["id"]), "at": row["created"], "key": None, "batch": str(row["id"])}
                for row in entries
                if row["status"] != "CANCELLED"
                for to in row["request"].get("destinations") or [row["request"]["destination"]]
            ]
        return [
            {
                "to": row["to"],
                "id": str(row["message_id"]),
                "batch": str(row["batch_id"]),
                "at": row["accepted_at"],
                "key": _key(row["metadata"]),
            }
            for row in self.sandbox.ledger()
            if row["seq"] not in self.base
        ]

    def states(self) -> set[str]:
        """Return what the task's state says of its sends."""
        if not self.story.has_store or not self.store.exists():
            return set()
        return {str(entry.get("state")) for entry in json.loads(self.store.read_text()).values()}

    def _note(self, end: End) -> str:
        plan = end.plan
        done = [f"{fault['operation']} {fault['when']} {fault['kind']}" for fault in plan.faults]
        done += [what for what in (plan.kill, plan.stop and f"stopped {plan.stop}", plan.at_resume) if what]
        said = f"{end.how} {end.names[:1] or ''} {end.says[:200]}" if end.how != "success" else f"success {end.result}"
        return f"try {self.instance['try_number']} ({', '.join(done) or 'undisturbed'}): {said}"


def _key(metadata: Any) -> str | None:
    if isinstance(metadata, list):
        metadata = {pair["key"]: pair["value"] for pair in metadata}
    key = metadata.get("airflow_send")
    return None if key is None else str(key)


def connection(host: str, timeout: float, **more: Any) -> dict[str, str]:
    """Return what a task's environment says of the default connection."""
    extra = {"sender": "Parcels", "allow_test_numbers": True, "timeout": timeout} | more
    fields = {"conn_type": "smsworks", "host": host, "password": "token-of-the-campaign", "extra": extra}
    return {"AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(fields)}
