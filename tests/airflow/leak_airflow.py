"""An Airflow of its own for the leak tests: everything logs at DEBUG, and its database forgets nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.local_airflow import LocalAirflow
from tests.airflow.leak_canaries import Person, canaries_of, person, secret, write_rows
from tests.airflow.leak_gateway import WAYS
from tests.airflow.leak_places import remember_everything
from tests.leaks import Canary
from tests.sandbox_process import RunningSandbox

DAGS = Path(__file__).parent / "dags"
NAMES = """
    one polled whole flash binary schedule schedule_batch schedule_batch_2 batch batch_2 unreached_batch collection
    collection_2 otp made_otp mapped mapped_2 wrong_passcode
    hook hook_async unreached inbox_poked inbox_deferred reply_poked reply_deferred
    killed cleared fetched_token
    too_many_digits no_number too_long divides no_row no_variable no_filter list wrong_token stored no_such_host
    unreached_2 otp_twice unknown_passcode quoted_passcode nobody bad_pattern bad_search bad_collection every_quote
    every_quote_async says_message says_half says_commas says_reason says_garbage says_moved
    ask_poked ask_deferred ask_unclear ask_free ask_nobody answer_poked answer_deferred answer_unclear answer_free
    answer_wrong approve_text approve_second approve_rejected approve_nobody approve_approved_after
    approve_rejected_after approve_nobody_after approve_unclear approve_wrong
    watched watched_before watched_ask watched_thank unwatched
    ask_in_vain ask_by_name bad_options bad_options_2 ask_refused approve_in_vain approve_refused approve_bad
    shows shows_2 shows_3 shows_4
    careless_xcom careless_sent careless_reference careless_sent_2 careless_tag careless_key careless_log
    careless_reveal careless_pattern
    careless_subject careless_asked
    careful careful_param careful_conf careful_mapped careful_xcom careful_labels careful_pattern
    table_good table_good_2 table_good_3 table_bad table_no_words table_no_phone table_parameter table_file
    table_file_2 table_quoted table_bad_value table_template
"""
TOKENS = {name: secret(name) for name in ("default", "wrong", "stored", "nowhere", "key", "api_secret")}
TOKENS |= {f"echo_{way}": secret(way) for way in WAYS}


def people() -> dict[str, Person]:
    return {name: person(name, number) for number, name in enumerate(NAMES.split(), start=100)}


def canaries() -> list[Canary]:
    found = {canary.name: canary for row in people().values() for canary in row.canaries}
    return [*found.values(), *(canary for name, token in TOKENS.items() for canary in canaries_of(name, token))]


@contextmanager
def leak_airflow(sandbox: RunningSandbox, gateway: str, folder: Path) -> Iterator[LocalAirflow]:
    """Start it, with connections to the sandbox and to a gateway that quotes."""
    dags, rows = folder / "dags", folder / "rows"
    dags.mkdir()
    rows.mkdir()
    for file in DAGS.glob("leak_*.py"):
        shutil.copy(file, dags)
    env = {
        **write_rows(rows, list(people().values())),
        "LEAK_WAYS": " ".join(WAYS),
        "AIRFLOW_CONN_LEAK_ROWS": json.dumps({"conn_type": "sqlite", "host": str(rows / "rows.db")}),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
        "AIRFLOW__CORE__PARALLELISM": "6",
        "AIRFLOW_CONN_SMSWORKS_DEFAULT": connection(sandbox.url, TOKENS["default"]),
        "AIRFLOW_CONN_LEAK_WRONG_TOKEN": connection(sandbox.url, TOKENS["wrong"]),
        "AIRFLOW_CONN_LEAK_NO_SUCH_HOST": connection("https://gateway.invalid", TOKENS["nowhere"]),
        "AIRFLOW_CONN_LEAK_FETCHES": connection(
            sandbox.url, None, customer_id="customer", api_key=TOKENS["key"], api_secret=TOKENS["api_secret"]
        ),
        **{
            f"AIRFLOW_CONN_LEAK_ECHO_{way.upper()}": connection(f"{gateway}/{way}/v1", TOKENS[f"echo_{way}"])
            for way in WAYS
        },
    }
    with LocalAirflow(dags, env) as airflow:
        remember_everything(airflow.home / "airflow.db")
        stored = json.loads(connection(sandbox.url, TOKENS["stored"]))
        stored |= {"connection_id": "leak_stored", "extra": json.dumps(stored["extra"])}
        airflow.call("POST", "/connections", json=stored)
        yield airflow


def connection(host: str, token: str | None, **extra: object) -> str:
    extra = {"sender": "Parcels", "allow_test_numbers": True, "search_lag": 0.5, "timeout": 2} | extra
    return json.dumps({"conn_type": "smsworks", "host": host, "password": token, "extra": extra})
