"""One try of a transfer in its own process, killed after some calls: `python -m tests.wire.transfer_in_child …`."""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator
from tests.task_context import FileStore, task_context


def main(store: str, dies_after: int, arguments: dict) -> None:
    operator = (SqlToSmsWorksOperator if "sql" in arguments else FileToSmsWorksOperator)(**arguments)
    call, answers = operator.hook.get_conn().call, count(1)

    def call_and_die(prepared):
        answer = call(prepared)
        if prepared.operation.sends and next(answers) >= dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    operator.hook.get_conn().call = call_and_die
    operator.execute(task_context(FileStore(Path(store))))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
