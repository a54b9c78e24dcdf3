"""
The link from a task to its message, on the page of the sandbox.

The gateway itself has no page for a message or a batch that any of its documents mentions, so with a real account
there is no link: Airflow shows no button for one that leads nowhere. Airflow 2 would show a dead button, so there it
is left out.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.providers.common.compat.sdk import BaseOperatorLink
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

if TYPE_CHECKING:
    from airflow.models.taskinstancekey import TaskInstanceKey


def message_anchor(message_id: object) -> str:
    """Return where the sandbox's page has a message."""
    return f"message-{message_id}"


def batch_anchor(batch_id: object) -> str:
    """Return where the sandbox's page has the messages of a batch."""
    return f"batch-{batch_id}"


def sandbox_page(base_url: str, anchor: str) -> str:
    """Return the address of what a task concerns on the sandbox's page; nothing for a gateway that is no sandbox."""
    url = urlsplit(base_url)
    if url.scheme != "http" or not _is_this_machine(url.hostname or ""):
        return ""
    return f"http://{url.netloc}/#{anchor}"


class SmsWorksSandboxLink(BaseOperatorLink):
    """
    The link of a task to its message.

    An operator says what it concerns in ``link_anchor``. Airflow 3 asks for the link in the worker, when the task has
    ended or waits, and keeps it as an XCom; its other processes run none of this.
    """

    name = "Message in the sandbox"

    @property
    def xcom_key(self) -> str:
        """Where Airflow keeps the address."""
        return "smsworks_sandbox_link"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """Return the address, or nothing."""
        anchor = operator.link_anchor
        return sandbox_page(operator.hook.settings.base_url, anchor) if anchor else ""


SANDBOX_LINKS = (SmsWorksSandboxLink(),) if AIRFLOW_V_3_0_PLUS else ()
"""The ``operator_extra_links`` of operators that concern one message or batch."""


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
