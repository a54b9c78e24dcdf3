"""
What one send costs in a real task: calls of the gateway, and where the time of ``execute`` goes.

A real Airflow runs the two Dags of ``dags/sends`` in turn, ours and one that posts the same text with the HTTP
provider, each with a sandbox of its own, whose counter of requests tells how often it was called.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import httpx

from benchmarks.rows import OURS, Options, Row, middle, spread
from scripts.local_airflow import LocalAirflow
from scripts.postgres import check_drivers, find_binaries
from scripts.processes import StackError
from scripts.sandbox_process import SandboxProcess

WHAT = "one send in a real task"
HTTP = "HTTP provider"
NAMES = {"ours": OURS, "theirs": HTTP}
# Of what a task asks of Airflow while it sends; anything else that it asks for is in "other".
ASKED = ("store reads", "store writes", "connection", "XCom")
DAGS = Path(__file__).parent / "dags" / "sends"

Spent = Mapping[str, list[float]]


def rows(options: Options) -> Iterator[Row]:
    """Send, and yield a row for each operator and each question."""
    database = best_database()
    with (
        tempfile.TemporaryDirectory(prefix="bench-sends-") as name,
        SandboxProcess() as ours,
        SandboxProcess() as theirs,
    ):
        figures = Path(name)
        env = {
            "BENCH_FIGURES": name,
            "AIRFLOW_CONN_SMSWORKS_DEFAULT": json.dumps(
                {"conn_type": "smsworks", "host": ours.url, "password": "bench", "extra": {"allow_test_numbers": True}}
            ),
            "AIRFLOW_CONN_HTTP_DEFAULT": json.dumps({"conn_type": "http", "host": theirs.url}),
        }
        with LocalAirflow(DAGS, env, database=database, say=options.say) as airflow:
            tasks = _send_all(airflow, options)
        spent = {who: _read(figures, who, options.sends) for who in NAMES}
        calls = {"ours": _requests(ours), "theirs": _requests(theirs)}
    execute = {who: [each["execute"][0] for each in found] for who, found in spent.items()}
    ratio = middle([mine / other for mine, other in zip(execute["ours"], execute["theirs"], strict=True)])
    for who, name in NAMES.items():
        per_send = calls[who] / options.sends
        is_ours = who == "ours"
        yield Row(
            "sends",
            f"{WHAT} ({database})",
            name,
            {"gateway calls per send": per_send, "sends": options.sends},
            aim="1 call per send" if is_ours else None,
            reached=per_send == 1 if is_ours else None,
        )
    for who, name in NAMES.items():
        figures_of = {"ms": middle(execute[who]), "spread": spread(execute[who]), **_parts(spent[who])}
        is_ours = who == "ours"
        yield Row("sends", "its execute()", name, figures_of, None if is_ours else ratio, None if is_ours else HTTP)
    ratio = middle([mine / other for mine, other in zip(tasks["ours"], tasks["theirs"], strict=True)])
    for who, name in NAMES.items():
        seconds = {"s": middle(tasks[who]), "spread": spread(tasks[who])}
        is_ours = who == "ours"
        yield Row("sends", "its whole task", name, seconds, None if is_ours else ratio, None if is_ours else HTTP)
    yield Row("sends", "its state store, apart", OURS, _store(spent["ours"]))


def best_database() -> Literal["sqlite", "postgresql"]:
    """Return the database that a site would have, if this machine can run it."""
    try:
        check_drivers()
        find_binaries()
    except StackError:
        return "sqlite"
    return "postgresql"


def _send_all(airflow: LocalAirflow, options: Options) -> dict[str, list[float]]:
    """Run the Dags in turn; return how many seconds each task took."""
    took: dict[str, list[float]] = defaultdict(list)
    for number in range(options.sends):
        options.say(f"sends: {number + 1} of {options.sends}")
        for dag_id in NAMES:
            # Texts of their own: the gateway drops what it gets too often.
            conf = {"phone": f"44770090{number % 900 + 100:04}", "content": f"Your parcel {number} is late. Sorry!"}
            run_id = airflow.trigger(dag_id, conf)
            run = airflow.wait_for(dag_id, run_id)
            if run["state"] != "success":
                raise RuntimeError(f"the send of {NAMES[dag_id]} failed: {_last_error(airflow, dag_id, run_id)}")
            [task] = airflow.task_instances(dag_id, run_id)
            began, ended = (dt.datetime.fromisoformat(task[name]) for name in ("start_date", "end_date"))
            took[dag_id].append((ended - began).total_seconds())
    return took


def _last_error(airflow: LocalAirflow, dag_id: str, run_id: str) -> str:
    errors = [
        line for line in airflow.log_lines(dag_id, run_id) if line.startswith(("error", "critical")) or "Error" in line
    ]
    return errors[-1] if errors else "its log says nothing"


def _read(folder: Path, who: str, sends: int) -> list[Spent]:
    found: list[Spent] = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob(f"{who}-*.json"))]
    if len(found) != sends:
        raise RuntimeError(f"{len(found)} of {sends} sends of {NAMES[who]} were measured")
    return found


def _requests(sandbox: SandboxProcess) -> int:
    """Return how often the gateway was called."""
    counted: dict[str, int] = httpx.get(f"{sandbox.url}/sandbox/requests", trust_env=False).raise_for_status().json()
    return sum(counted.values())


def _parts(found: list[Spent]) -> dict[str, Any]:
    """Return the median time of each part of ``execute``, in ms; what is left is the operator's own."""
    total = {kind: [sum(each.get(kind, ())) for each in found] for kind in ("gateway", "imports", *ASKED)}
    other = [sum(sum(times) for kind, times in each.items() if kind not in ("execute", *total)) for each in found]
    own = [
        each["execute"][0] - sum(times[place] for times in total.values()) - other[place]
        for place, each in enumerate(found)
    ]
    parts = {"gateway": total["gateway"], "imports": total["imports"]}
    parts["state store"] = [sum(both) for both in zip(total["store reads"], total["store writes"], strict=True)]
    parts |= {"connection": total["connection"], "XCom": total["XCom"], "other": other, "own": own}
    return {f"{name} ms": middle(times) for name, times in parts.items() if any(times)}


def _store(found: list[Spent]) -> dict[str, Any]:
    """Return how often a send reads and writes the state store, and how long each takes."""
    shown: dict[str, Any] = {}
    for kind in ("store reads", "store writes"):
        shown[kind] = statistics.median([len(each.get(kind, ())) for each in found])
        if times := [time for each in found for time in each.get(kind, ())]:
            shown |= {f"ms per {kind[6:-1]}": middle(times), f"spread of {kind[6:]}": spread(times)}
    store = [sum(sum(each.get(kind, ())) for kind in ("store reads", "store writes")) for each in found]
    shown["% of execute"] = middle([100 * part / each["execute"][0] for part, each in zip(store, found, strict=True)])
    return shown
