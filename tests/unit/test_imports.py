"""What importing costs, counted in modules: milliseconds differ between machines."""

from __future__ import annotations

import subprocess
import sys

OURS = [
    "airflow_provider_smsworks.operators.account",
    "airflow_provider_smsworks.operators.batch",
    "airflow_provider_smsworks.operators.batch_reads",
    "airflow_provider_smsworks.operators.message",
    "airflow_provider_smsworks.operators.message_reads",
    "airflow_provider_smsworks.operators.otp",
    "airflow_provider_smsworks.operators.otp_reads",
    "airflow_provider_smsworks.operators.schedule",
    "airflow_provider_smsworks.operators.schedule_reads",
    "airflow_provider_smsworks.sensors.delivery",
    "airflow_provider_smsworks.sensors.otp",
    "airflow_provider_smsworks.sensors.account",
    "airflow_provider_smsworks.sensors.inbox",
]
_SCRIPT = """
import sys
from airflow.sdk import BaseOperator, BaseSensorOperator
import airflow.triggers.base
before = set(sys.modules)
import {modules}
print(*sorted(set(sys.modules) - before), sep="\\n")
"""


def modules_after_airflow(*modules: str) -> set[str]:
    script = _SCRIPT.format(modules=", ".join(modules))
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {line.split(".")[0] for line in run.stdout.splitlines()}


def test_operators_bring_nothing_heavy_that_airflow_has_not_loaded_already():
    allowed = {"airflow_provider_smsworks", "airflow", "asgiref", "tenacity"}
    brought = modules_after_airflow(*OURS)
    assert "airflow_provider_smsworks" in brought
    third_party = {name for name in brought if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert third_party <= allowed


def test_the_package_itself_imports_no_airflow():
    imports = "import sys, airflow_provider_smsworks, airflow_provider_smsworks.api.client"
    subprocess.run([sys.executable, "-c", f"{imports}\nassert 'airflow' not in sys.modules"], check=True)
