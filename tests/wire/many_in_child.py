"""A process that texts 400 people, ten in a call, four calls at once, and dies when some of them were answered."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from airflow_provider_smsworks.operators.batch import SmsWorksSendBatchOperator
from tests.task_context import FileStore, task_context

state, dies_after = sys.argv[1], int(sys.argv[2])
operator = SmsWorksSendBatchOperator(task_id="t", to=[f"07700900{number:03}" for number in range(400)], content="All")
client = operator.hook.get_conn()
call, counting, answered = client.call, threading.Lock(), 0


def call_and_die(prepared):
    global answered
    answer = call(prepared)
    with counting:
        if prepared.operation.sends and answered == dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        answered += prepared.operation.sends
    return answer


client.call = call_and_die
operator.execute(task_context(FileStore(Path(state)) if state else None))
