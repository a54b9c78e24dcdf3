"""How a try ends that neither sends nor adopts, and what its reader is told to do."""

from __future__ import annotations

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.text import Text


class TooOld(Exception):
    """The run was due longer ago than ``max_age``; nothing is sent."""


class TooOldForTheRest(SmsWorksError):
    """A part of the texts went out, and the run was due too long ago for the others."""


def outcome_unknown(reason: str, text: Text, rules: Rules, *, remembers: bool) -> SmsWorksOutcomeUnknownError:
    """
    Return the error of a text that may have gone out, or not.

    :param reason: why nobody knows
    :param remembers: whether what is written down outlives this try
    """
    end = (
        "on_unknown is 'fail', so the task ends and a person decides. Ask the recipient or look at the account page; if"
        " it did not arrive, "
    )
    has_begun = text.many is not None and text.many.has_begun
    if rules.on_unknown == "retry":
        then = "the next try looks again before it sends" if text.find else "the next try sends another one"
        if has_begun:
            then = f"{then}; set on_clear='resend' and clear the task, and who is not found is texted"
    elif has_begun:
        then = f"{end}set on_clear='resend' and clear the task: who is not found is texted"
    elif remembers:
        then = f"{end}set on_clear='resend' or another send_key, and clear the task"
    else:
        looks = "looks, and " if text.find else ""
        then = f"{end}set on_unknown='retry', and clear the task: it {looks}sends"
    return SmsWorksOutcomeUnknownError(f"Whether the text went out is not known ({reason}): {then}.")
