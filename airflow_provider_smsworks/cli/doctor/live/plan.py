"""What will be sent, to whom and at what cost, and whether the user wants it."""

from __future__ import annotations

import datetime as dt
import logging
import math
import secrets
import string
import sys
from argparse import Namespace
from dataclasses import dataclass

from airflow_provider_smsworks.api.errors import SmsWorksError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.api.operations import SCHEDULE_MESSAGE
from airflow_provider_smsworks.cli.doctor.report import Report
from airflow_provider_smsworks.cli.output import wrapped
from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook
from airflow_provider_smsworks.sending.cost import Bill, Budget, cost_of_text

IN_DAYS = 30
_LONG = 160
"""Characters of one part, of which the £ may count as two."""


@dataclass(frozen=True)
class Plan:
    """
    What will be sent.

    :param phone: in the gateway's spelling
    :param first: a text of one part, or of two if a £ counts as two characters
    :param second: a text that goes out as a collection of one
    :param later: a text that is scheduled for ``moment``, and taken back
    :param price: credits of a part to this phone
    """

    phone: str
    sender: str
    first: str
    second: str
    later: str
    moment: dt.datetime
    price: float
    wait: float
    reads_inbox: bool


def plan(hook: SmsWorksHook, arguments: Namespace, report: Report) -> Plan | None:
    """
    Say what will be done, and ask whether it shall be.

    :return: None if it shall not, or cannot
    """
    first, second, later = (_text(number) for number in ("1 of 2", "2 of 2", "that should have been taken back"))
    first = f"{first} A pound sign: £".ljust(_LONG, ".")
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=IN_DAYS)
    sender = arguments.sender or hook.settings.sender
    try:
        body = SCHEDULE_MESSAGE.prepare(
            hook.settings, to=arguments.live_number, content=later, schedule=moment, sender=sender
        ).body
    except SmsWorksError as error:
        said = str(error).replace("`to`", "--live-number").replace("give it to the task", "give --sender")
        report.add("wrong", "live", said.replace("`sender`", "--sender", 1))
        return None
    phone = body["destination"]
    bill = Bill.of(cost_of_text(phone, text) for text in (first, second))
    try:
        credits = Budget(max_credits=math.inf).check(hook, bill, logging.getLogger(__name__))
        balance = hook.get_credits()
    except SmsWorksError as error:
        report.add("wrong", "live", str(error))
        return None
    told = [
        f"To ask the gateway at {hook.settings.base_url} what its documents leave open, this",
        f"  1. texts {mask_number(phone)}: {first.rstrip('.')}... ({_LONG} characters)",
        f"  2. texts it again: {second}",
        f"  3. schedules a text to it for {moment:%Y-%m-%d %H:%M} UTC, and takes that back at once",
        *(["  4. reads the inbox, which may mark an unread text as read"] if arguments.read_inbox else []),
        f"The two cost {credits.least:g} to {credits.most:g} of the {balance:,g} credits. The third costs nothing if"
        " it is taken back, which cannot be promised. Nothing is sent again, whatever happens.",
    ]
    lines = [wrapped(line.lstrip(), "  ", 5) if line.startswith(" ") else wrapped(line) for line in told]
    print("", *lines, sep="\n", file=sys.stderr, flush=True)
    if balance < credits.most:
        report.add("wrong", "live", f"the account has {balance:g} credits: nothing was sent", "buy credits")
        return None
    if not arguments.yes and not _agrees():
        report.add("note", "live", "nothing was sent")
        return None
    return Plan(
        phone=phone,
        sender=body["sender"],
        first=first,
        second=second,
        later=later,
        moment=moment,
        price=credits.least / bill.by_country[next(iter(bill.by_country))][0],
        wait=arguments.wait,
        reads_inbox=arguments.read_inbox,
    )


def _text(number: str) -> str:
    # It is found by these letters where the gateway shows no metadata. No digits: they could be taken for a phone.
    code = "".join(secrets.choice(string.ascii_uppercase) for _ in range(8))
    return f"smsworks doctor, text {number} ({code}). Somebody checks a connection; nothing to do."


def _agrees() -> bool:
    print("Send them? Type yes: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() == "yes"
