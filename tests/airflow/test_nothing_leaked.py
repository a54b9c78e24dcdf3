"""
What logs and database hold of tokens, numbers, texts and passcodes that went through every path.

All that is ever written counts: every file, every cell, and every row that was changed or deleted meanwhile; all of it
logs at DEBUG.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sqlite3
import time
from collections import defaultdict

import pytest
from airflow.sdk import BaseOperator

from airflow_provider_smsworks import operators, sensors, transfers
from airflow_provider_smsworks.operators.inbox import run_id_of
from tests.airflow.leak_airflow import DAGS, TOKENS, canaries, leak_airflow, people
from tests.airflow.leak_gateway import WAYS, quoting_gateway
from tests.airflow.leak_places import found_in
from tests.leaks import Canary
from tests.sandbox_process import running_sandbox

RUNS = {
    "leak_sends": ("success", {}),
    "leak_reads": ("success", {}),
    "leak_repeats": ("success", {}),
    "leak_failures": ("failed", {}),
    "leak_questions": ("success", {}),
    "leak_approvals": ("success", {}),
    "leak_tables": ("success", {}),
    "leak_table_failures": ("failed", {}),
    "leak_control": ("success", {}),
    "leak_careless": ("success", {"phone": "07700 900903"}),
    "leak_careful": ("success", {"customer": "careful_conf"}),
    "leak_watcher": ("success", {}),
}
LITERALS = [
    Canary("literal", "number", "07700900901"),
    Canary("literal", "text", "Wuzzleby"),
    Canary("params", "number", "07700900902"),
    Canary("conf", "number", "07700900903"),
    Canary("mapped", "number", "07700900904"),
    Canary("watcher", "number", "07700900905"),
]
OWN_NUMBER = "447860012345"

RETURNS_TEXTS = {
    "leak_sends.get_batch",
    "leak_sends.scheduled",
    "leak_sends.verify",  # the author's own metadata, as the documents promise
    "leak_reads.get",
    "leak_reads.search",
    "leak_reads.failures",
    "leak_reads.inbox_poked",
    "leak_reads.inbox_deferred",
    "leak_reads.unread_poked",
    "leak_reads.unread_deferred",
    "leak_careful.waits",
    "leak_questions.free",
    "leak_watched.text",
}
"""Tasks whose purpose is to return what they read; their results may hold texts, and no numbers."""

ANSWERED = "phone of answer_free"
"""A number that somebody writes in an answer, which is returned as it is."""


@pytest.fixture(scope="module")
def leak_sandbox():
    with running_sandbox("--token", TOKENS["default"]) as sandbox:
        sandbox.set(delivery_delay=1)
        yield sandbox


@pytest.fixture(scope="module")
def leaky(leak_sandbox, tmp_path_factory):
    with quoting_gateway() as gateway, leak_airflow(leak_sandbox, gateway, tmp_path_factory.mktemp("leak")) as airflow:
        yield airflow


@pytest.fixture(scope="module")
def finds(leaky, leak_sandbox):
    """Return where each canary is found after a run of each Dag."""
    rows = people()
    leak_sandbox.inbound(rows["inbox_poked"].number, OWN_NUMBER, rows["inbox_poked"].words)
    leak_sandbox.replies(list(_replies(rows)))
    leaky.unpause("leak_watched")
    runs = {dag_id: leaky.trigger(dag_id, conf) for dag_id, (_, conf) in RUNS.items()}

    def text_of(name, text):
        return lambda: leak_sandbox.inbound(rows[name].number, OWN_NUMBER, text)

    _when_they_wait(
        leaky,
        runs,
        {
            ("leak_reads", "inbox_deferred"): text_of("inbox_deferred", rows["inbox_deferred"].words),
            ("leak_careless", "pattern"): text_of("careless_pattern", "ack"),
            ("leak_careful", "waits"): text_of("careful_pattern", f"Ack {rows['careful_pattern'].words}"),
            ("leak_reads", "credits_deferred"): lambda: leak_sandbox.set(credits=6000),
            ("leak_sends", "otp_deferred"): lambda: _verify(leak_sandbox, rows["made_otp"].number),
            ("leak_questions", "nobody"): text_of("answer_wrong", f"Yes {rows['answer_wrong'].words}"),
            ("leak_approvals", "nobody"): lambda: _answer_for_somebody_else(leak_sandbox, rows),
        },
    )
    watched = _text_the_watcher(leaky, leak_sandbox, rows)
    states = {dag_id: leaky.wait_for(dag_id, run_id, timeout=400)["state"] for dag_id, run_id in runs.items()}
    leaky.clear("leak_repeats", runs["leak_repeats"], ["cleared"])
    states["leak_repeats"] = leaky.wait_for("leak_repeats", runs["leak_repeats"])["state"]
    wrong = [dag_id for dag_id, (state, _) in RUNS.items() if states[dag_id] != state]
    assert wrong == [], "\n".join(line for dag_id in wrong for line in leaky.log_lines(dag_id, runs[dag_id]))
    assert leaky.wait_for("leak_watched", watched)["state"] == "success", leaky.log_text("leak_watched", watched)
    failures = leaky.task_instances("leak_failures", runs["leak_failures"])
    succeeded = {task["task_id"] for task in failures if task["state"] == "success"}
    assert succeeded == {"every_quote", "every_quote_async"}
    failures = leaky.task_instances("leak_table_failures", runs["leak_table_failures"])
    assert {task["state"] for task in failures} == {"failed"}
    return found_in(leaky.home, [*canaries(), *LITERALS])


def _when_they_wait(airflow, runs, acts):
    """Do something for each of these tasks once it waits, in whatever order they come to that."""

    def is_done():
        for dag_id in {dag_id for dag_id, _ in acts}:
            for task in airflow.task_instances(dag_id, runs[dag_id]):
                if task["state"] == "deferred" and (act := acts.pop((dag_id, task["task_id"]), None)):
                    act()
        return not acts

    _wait_until(is_done)


def _replies(rows):
    """What the phones of the questions answer."""

    def script(name, content, **more):
        return {"phone": rows[name].number, "replies": [{"content": content, "delay": 2}], **more}

    yield script("ask_poked", f"Yes {{code}} {rows['answer_poked'].words}")
    yield script("ask_deferred", f"{{code}} yes, {rows['answer_deferred'].words}")
    yield script("ask_unclear", "NO {code}", when="^Sorry")
    yield script("ask_unclear", f"Perhaps {rows['answer_unclear'].words}")
    yield script("ask_free", f"{{code}} Call {rows['answer_free'].phone}: {rows['answer_free'].words}")
    yield script("approve_text", "Approve {code}", when="^Sorry")
    yield script("approve_text", f"{{code}} What? {rows['approve_unclear'].words}")
    yield script("approve_rejected", "Reject {code}")
    yield script("watched", "YES {code}", when=re.escape(rows["watched_ask"].words))


def _answer_for_somebody_else(sandbox, rows):
    """Repeat from another phone the code that somebody got."""
    [text] = [row["content"] for row in sandbox.ledger() if row["to"] == rows["approve_nobody"].number]
    code = re.search(r"Approve (\w+)", text)[1]
    sandbox.inbound(rows["approve_wrong"].number, OWN_NUMBER, f"Approve {code} {rows['approve_wrong'].words}")


def _text_the_watcher(airflow, sandbox, rows):
    """Text somebody, let them answer with the keyword, and return the name of the run of that text."""
    body = {"sender": OWN_NUMBER, "destination": rows["watched"].number, "content": rows["watched_before"].words}
    headers = {"Authorization": TOKENS["default"]}
    assert sandbox.client.post("/v1/message/send", json=body, headers=headers).is_success
    _wait_until(lambda: _watchers_that_began(airflow) == 2)
    sandbox.inbound(rows["unwatched"].number, OWN_NUMBER, rows["unwatched"].words)
    run_id = run_id_of(sandbox.inbound(rows["watched"].number, OWN_NUMBER, f"Zonk {rows['watched'].words}"))
    _wait_until(lambda: airflow.call("GET", f"/dags/leak_watched/dagRuns?run_id_pattern={run_id}")["dag_runs"])
    return run_id


def _watchers_that_began(airflow):
    with sqlite3.connect(airflow.home / "airflow.db", timeout=60) as database:
        query = "SELECT COUNT(*) FROM asset_state_store WHERE key LIKE 'smsworks_inbox_%'"
        return database.execute(query).fetchone()[0]


def _wait_until(is_so):
    deadline = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _verify(sandbox, number):
    """Type the passcode that the gateway made for somebody."""
    [text] = [row["content"] for row in sandbox.ledger() if row["to"] == number]
    passcode = re.search(r"\d{12}", text)[0]
    headers = {"Authorization": TOKENS["default"]}
    assert sandbox.client.post("/v1/otp/verify", json={"passcode": passcode}, headers=headers).is_success


def clean(finds):
    """Return the finds that are not an author's own doing."""
    controls = rf"\b(shows|careless_reveal)|^{ANSWERED}$"
    return [find for find in finds if way_of(find) is None and not re.search(controls, find.canary)]


def way_of(find):
    """Return which of the careless author's ways a find is."""
    careless = re.fullmatch(r"(?:phone of|\w+ word to) careless_(\w+)", find.canary)
    ways = {"xcom": "over_xcom", "tag": "labels", "key": "labels", "log": "logs"}
    if find.canary in {canary.name for canary in LITERALS}:
        return find.canary
    if (
        careless is None
        or careless[1].startswith(("sent", "asked"))
        or (careless[1] == "reveal" and "word" in find.canary)
    ):
        return None
    return ways.get(careless[1], careless[1])


def test_every_operator_and_sensor_is_among_the_cases():
    sources = "".join(file.read_text() for file in DAGS.glob("leak_*.py"))
    missing = [
        kind.__name__
        for package in (operators, sensors, transfers)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        if issubclass(kind, BaseOperator) and re.fullmatch(r"\w*SmsWorks\w*(Operator|Sensor)", kind.__name__)
        if not re.search(
            r"Base|SmsWorks(Send|Text|ToOne|TextToOne|TextToMany|Rows|Request|Read|Query)Operator", kind.__name__
        )
        if f"{kind.__name__}(" not in sources and f"{kind.__name__}.partial(" not in sources
    ]
    assert missing == []


def test_the_search_finds_what_is_there(finds):
    """The positive control: a task that shows what it should not."""
    kinds = defaultdict(set)
    for find in finds:
        kinds[find.canary].add(find.place.split()[0])
    for name in (
        "phone of shows",
        "first word to shows",
        "phone of shows_2",
        "phone of shows_3",
        "last word to shows_3",
    ):
        assert kinds[name] == {"file"}, name
    for name in ("phone of shows_4", "first word to shows_4"):
        assert kinds[name] == {"file", "table", "past"}, name


def test_no_secret_anywhere(finds):
    assert [find for find in clean(finds) if find.canary.startswith("secret")] == []


def test_no_number_and_no_passcode_anywhere(finds):
    assert [find for find in clean(finds) if find.canary.startswith(("phone", "passcode"))] == []


def test_texts_are_where_returning_them_is_the_purpose_and_nowhere_else(finds, leaky):
    texts = [find for find in clean(finds) if " word " in find.canary]
    results = re.compile(r"(?:table xcom:value|past xcom)\.(\w+\.\w+)\.return_value")
    returned = {match[1] for find in texts if (match := results.fullmatch(find.place))}
    assert returned == RETURNS_TEXTS
    elsewhere = {find for find in texts if not results.fullmatch(find.place)}
    # The same cells once more, in the database's own files; and Airflow's own log of every result, at DEBUG only.
    assert {find.place.removesuffix("-wal") for find in elsewhere} <= {"file airflow.db", "file logs/scheduler.log"}
    in_results = {find.canary for find in texts if find not in elsewhere}
    assert {find.canary for find in elsewhere} <= in_results
    words = [canary.value for canary in canaries() if canary.name in in_results]
    for line in leaky.component_log("scheduler").splitlines():
        if any(word in line for word in words):
            assert "Received message from task runner" in line
            assert "msg=SetXCom(key='return_value'" in line


def test_an_answer_in_any_words_is_returned_as_it_is(finds):
    places = {find.place.removesuffix("-wal") for find in finds if find.canary == ANSWERED}
    result = {f"{where}.leak_questions.free.return_value" for where in ("table xcom:value", "past xcom")}
    assert result <= places
    assert places - result <= {"file airflow.db", "file logs/scheduler.log"}


def test_what_was_deleted_was_searched(leaky, finds):
    with sqlite3.connect(leaky.home / "airflow.db") as database:
        seen = {row[0] for row in database.execute("SELECT what FROM leak_past")}
        left = {row[0].rsplit(".", 1)[-1] for row in database.execute("SELECT classpath FROM trigger")}
    tables = {name.split(".")[0] for name in seen}
    assert {"trigger", "task_instance", "xcom", "rendered_task_instance_fields", "task_state_store"} <= tables
    waited = {name.rsplit(".", 1)[-1] for name in seen if name.startswith("trigger.")}
    kinds = ("Delivery", "BatchDelivery", "InboxWait", "Inbox", "Approval", "Otp", "Credits")
    assert waited >= {f"SmsWorks{kind}Trigger" for kind in kinds}
    assert left == {"SmsWorksInboxTrigger"}  # all that waited are gone; those of watchers stay


def test_the_gateway_that_quotes_was_asked_in_every_way(leaky):
    logs = "".join(file.read_text() for file in leaky.home.rglob("task_id=every_quote*/*.log"))
    assert {way for way in WAYS if f'"event":"{way}: ' in logs} == set(WAYS)


def test_tables_failed_for_what_is_wrong_with_them(leaky):
    reasons = {
        "bad_rows": "column `bad` is empty",
        "no_column": "`content` needs column `name`, which is not there",
        "bad_query": "The query failed: OperationalError: near",
        "bad_value": "The query failed: OperationalError: malformed JSON",
        "bad_template": "`content` is no template",
        "bad_template_2": "which is a part of a column",
        "no_names": "does the first line name the columns?",
    }
    logs = {name: leaky.home.rglob(f"dag_id=leak_table_failures/**/task_id={name}/*.log") for name in reasons}
    said = {name: "".join(file.read_text() for file in files) for name, files in logs.items()}
    assert [name for name, reason in reasons.items() if reason not in said[name]] == []


def test_what_authors_write_themselves_is_found_where_the_documents_say(finds):
    found = defaultdict(set)
    for find in finds:
        if way_of(find) and (place := re.match(r"(?:table|past) (\w+)|file logs/(dag_id)=", find.place)):
            found[way_of(find)].add(place[1] or "task log")
    page = (DAGS.parents[2] / "docs" / "privacy.md").read_text()
    rows = re.findall(r"^\| `(\w+)`: [^|]+ \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE)
    told = {way: {place.removesuffix(" at DEBUG") for place in places.split(", ")} for way, places in rows}
    assert told == found


def test_the_ways_around_work(leaky, finds):
    """All texts of the careful author went out, and nothing of them is found but the text that came in."""
    logs = [log.parent.name for log in leaky.home.rglob("dag_id=leak_careful/**/attempt=*.log")]
    assert len(logs) >= 8
    careful = [find for find in clean(finds) if "careful" in find.canary]
    assert {find.canary for find in careful} == {"first word to careful_pattern", "last word to careful_pattern"}
