"""Dags of the leak tests: tables of people, with bad rows, in every way that can quote one."""

from __future__ import annotations

import csv
import os
import sqlite3
from pathlib import Path

from leak_rows import ONE_RETRY, dag, log

from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from airflow_provider_smsworks.transfers.sql_to_sms import SqlToSmsWorksOperator

FOLDER = Path(os.environ["LEAK_TABLE"]).parent
# The phone names the rows: whatever is said of one must mask it.
ROWS = {"key": "phone", "to": "phone", "content": "{words}"}
QUERY = {"conn_id": "leak_rows", **ROWS}
GOOD = "SELECT phone, words FROM people WHERE name LIKE 'table_good%'"
BAD = """
    SELECT phone, words, phone || '9999' AS bad FROM people WHERE name = 'table_bad'
    UNION ALL SELECT phone, NULL, '' FROM people WHERE name = 'table_no_words'
    UNION ALL SELECT phone, words, words FROM people WHERE name = 'table_no_phone'
"""

with dag("leak_tables") as tables:

    @tables.task
    def export():
        """Write files, with names at the top and without."""
        with sqlite3.connect(os.environ["LEAK_TABLE"]) as database:
            rows = database.execute("SELECT phone, words FROM people WHERE name LIKE 'table_file%'").fetchall()
        for name, lines in {"named.csv": [("phone", "words"), *rows], "unnamed.csv": rows}.items():
            with (FOLDER / name).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(lines)

    SqlToSmsWorksOperator(task_id="sql", sql=GOOD, manifest=str(FOLDER / "manifest.csv"), **QUERY)
    SqlToSmsWorksOperator(task_id="sql_dry", sql=GOOD, dry_run=True, **QUERY)
    SqlToSmsWorksOperator(
        task_id="sql_skips",
        sql=f"SELECT bad, phone, words FROM ({BAD})",
        max_failed=3,
        **QUERY | {"to": "bad"},
    )
    SqlToSmsWorksOperator(
        task_id="sql_parameters",
        sql="SELECT phone, words FROM people WHERE phone = ? AND words <> '{{ row('table_parameter').words }}!'",
        parameters=["{{ row('table_parameter').phone }}"],
        **QUERY,
    )
    export() >> FileToSmsWorksOperator(task_id="file", path=str(FOLDER / "named.csv"), **ROWS)

with dag("leak_table_failures"):

    class Loud(SqlToSmsWorksOperator):
        """Logs its error with all that is in it."""

        def execute(self, context):
            """Fail."""
            try:
                return super().execute(context)
            except Exception as error:
                log.error("%s %r %s", error, error, vars(error), exc_info=error)
                raise

    Loud(task_id="bad_rows", sql=BAD, **QUERY | {"to": "bad"})
    Loud(task_id="no_column", sql=GOOD, **QUERY | {"content": "{words} {name}"})
    quoted = "'{{ row('table_quoted').words }} {{ row('table_quoted').phone }}'"
    Loud(task_id="bad_query", sql=f"SELECT phone FROM people WHERE words = {quoted} {quoted}", **QUERY, **ONE_RETRY)
    Loud(
        task_id="bad_value",
        sql="SELECT phone, json_extract(words, '$.x') AS words FROM people WHERE name = 'table_bad_value'",
        **QUERY,
    )
    Loud(task_id="bad_template", sql=GOOD, **QUERY | {"content": "{ {{ row('table_template').words }}"})
    Loud(task_id="bad_template_2", sql=GOOD, **QUERY | {"content": "{ {{- row('table_template').phone }}.x}"})
    FileToSmsWorksOperator(task_id="no_names", path=str(FOLDER / "unnamed.csv"), **ROWS)
