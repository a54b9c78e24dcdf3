"""What to set, from what was seen."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.cli.doctor.live.interview import Interview
from airflow_provider_smsworks.cli.doctor.report import Report
from airflow_provider_smsworks.cli.output import wrapped

_LEAST_LAG, _LONGEST_LAG = 10, 3600
_TIMES = 3
"""One or two texts are few: another day may be slower."""

_BATCH_LIMIT = 500


def tell(interview: Interview) -> None:
    """Tell which settings to use, and with which the sandbox behaves as the gateway did."""
    report, now = interview.report, interview.line.settings
    if interview.lags:
        _tell_settings(interview.lags, interview.plan.wait, now, report)
    if report.readings:
        report.say("\nThe sandbox behaves as your gateway did with these settings (POST /sandbox/settings):")
        report.say(wrapped(json.dumps(report.readings), "  "))


def _tell_settings(lags: Sequence[float], wait: float, now: Settings, report: Report) -> None:
    slowest = max(lags)
    seen = math.ceil(2 * wait if slowest == math.inf else _TIMES * slowest)
    report.advice = {
        # What somebody has set so that less is sent at once, or more is waited for, may have its reasons.
        "batch_limit": min(_BATCH_LIMIT, now.batch_limit),
        "search_lag": min(max(_LEAST_LAG, seen, math.ceil(now.search_lag)), _LONGEST_LAG),
    }
    report.say("\nUse these settings in the connection's extra:\n  " + json.dumps(report.advice))
    report.say(
        wrapped(
            f"search_lag is {_TIMES} times what was seen, and no less than {_LEAST_LAG} seconds or what is set."
            if slowest < math.inf
            else "search_lag is twice the time in which a text did not show; try again with a longer --wait.",
            "  ",
        )
    )
    report.say(
        wrapped(
            "batch_limit was not asked, for that would text hundreds of phones: 500 is what all documents allow, 5,000"
            " what one of them does. Ask The SMS Works for your account.",
            "  ",
        )
    )
