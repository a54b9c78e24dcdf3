"""Incoming messages: a phone has sent a text to one of the account's numbers."""

from __future__ import annotations

import re

from airflow_provider_smsworks.sandbox.parts import count_parts
from airflow_provider_smsworks.sandbox.state import Sandbox
from airflow_provider_smsworks.sandbox.statuses import INCOMING


def receive(sandbox: Sandbox, *, phone: str, to: str, content: str, at: float, hidden: float = 0.0) -> str:
    """Store a text from ``phone`` to the account's number ``to``; returns its message id.

    ``hidden``: seconds after ``at`` in which searches and the inbox do not find it.
    """
    message_id = sandbox.new_id()
    sandbox.database.insert(
        "messages",
        {
            "id": message_id,
            "status": INCOMING,
            "sender": phone,
            "destination": to,
            "international": False,
            "content": content,
            "tag": "",
            "keyword": _keyword(content),
            "metadata": "[]",
            "report_url": "",
            "parts": count_parts(content),
            "credits": 0.0,
            "created": sandbox.dated(at),
            "modified": sandbox.dated(at),
            "unread": True,
            "visible": at + hidden,
        },
    )
    return message_id


def _keyword(content: str) -> str:
    """The first word in capitals. The specification's examples look like that; no document says more."""
    word = re.search(r"\w+", content)
    return word[0].upper() if word else ""
