"""A gateway that has no time (429): nobody is left out, nobody is texted twice, and nobody asks in between."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

LIMITED = {"operation": "GET /credits/balance", "when": "before", "kind": "status", "status": 429}


def test_what_the_gateway_asks_of_one_client_all_of_the_process_do(connected):
    connected.faults([{**LIMITED, "headers": {"Retry-After": "2"}, "times": 1}])
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(SmsWorksHook().get_credits)
        time.sleep(0.5)
        # Another hook, another client, the same account.
        second = pool.submit(SmsWorksHook().get_credits)
        first.result()
        second.result()
    assert time.monotonic() - began >= 2
    assert connected.requests() == {"GET /credits/balance": 3}
