"""The page at ``/``: the phones with their texts, and the balance."""

from __future__ import annotations

from html import escape
from itertools import groupby
from sqlite3 import Row

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from airflow_provider_smsworks.sandbox.calls import CurrentSandbox
from airflow_provider_smsworks.sandbox.dates import write_date
from airflow_provider_smsworks.sandbox.progress import catch_up
from airflow_provider_smsworks.sandbox.statuses import INCOMING

router = APIRouter()

_MOST_MESSAGES = 500
_LATEST = f"""
    SELECT *, CASE status WHEN '{INCOMING}' THEN sender ELSE destination END AS phone
    FROM (SELECT * FROM messages ORDER BY created DESC, seq DESC LIMIT {_MOST_MESSAGES})
    ORDER BY phone, created, seq
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>SMS Works sandbox</title>
<style>
body {{ font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .3em .6em; border-bottom: 1px solid #ddd; vertical-align: top; }}
td.text {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
tr:target, tr:has(:target) {{ background: #fff3bf; }}
</style></head><body>
<h1>SMS Works sandbox</h1>
<p>Balance: {balance} credits</p>
{phones}
</body></html>
"""
_HEAD = "<tr><th>Time</th><th>From</th><th>Text</th><th>Status</th><th>Parts</th><th>Credits</th></tr>"


@router.get("/")
async def show_phones(sandbox: CurrentSandbox) -> HTMLResponse:
    """The latest messages by phone; the page reloads itself."""
    catch_up(sandbox)
    by_phone = groupby(sandbox.database.rows(_LATEST), key=lambda row: str(row["phone"]))
    batches: set[str] = set()
    phones = "\n".join(_phone(number, list(messages), batches) for number, messages in by_phone)
    return HTMLResponse(_PAGE.format(balance=f"{sandbox.balance:g}", phones=phones or "<p>No messages yet.</p>"))


def _phone(number: str, messages: list[Row], batches: set[str]) -> str:
    rows = "\n".join(_message(row, batches) for row in messages)
    return f"<h2>{escape(number)}</h2>\n<table>{_HEAD}\n{rows}</table>"


def _message(row: Row, batches: set[str]) -> str:
    """A message, which links can lead to; the first one of a batch is where links to the batch lead."""
    cells = (row["status"], row["parts"], f"{row['credits']:g}")
    batch_id = row["batch_id"]
    of_batch = "" if not batch_id or batch_id in batches else f'<a id="batch-{escape(batch_id)}"></a>'
    batches.add(batch_id)
    return (
        f'<tr id="message-{escape(row["id"])}"><td>{of_batch}{write_date(row["created"], "iso")}</td>'
        f"<td>{escape(row['sender'])}</td>"
        f'<td class="text">{escape(row["content"])}</td>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
        + "</tr>"
    )
