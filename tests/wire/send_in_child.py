"""One try of a send task in a process of its own, which is killed at a step: `python -m tests.wire.send_in_child …`."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from airflow_provider_smsworks.operators.message import SmsWorksSendMessageOperator
from tests.task_context import FileStore, task_context


def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore(FileStore):
    """Dies before or after the n-th write."""

    step = ""

    def set(self, key, value, **more):
        state = value["state"]
        if self.step == f"before {state}":
            die()
        super().set(key, value, **more)
        if self.step == f"after {state}":
            die()


def main(store: str, step: str, try_number: int, arguments: dict) -> None:
    operator = SmsWorksSendMessageOperator(task_id="t", **arguments)
    if step == "after the answer":
        call = operator.hook.get_conn().call

        def call_and_die(prepared):
            call(prepared)
            die()

        operator.hook.get_conn().call = call_and_die
    file_store = None
    if store != "none":
        file_store = MortalStore(Path(store))
        file_store.step = step
    result = operator.execute(task_context(file_store, try_number=try_number))
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]))
