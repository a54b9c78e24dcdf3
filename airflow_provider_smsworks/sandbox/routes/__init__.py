"""The operations, one module per subject of the specification, and the sandbox's own controls.

A new operation is a function in the module of its subject; a new module makes its router with
``gateway_router()`` and has it listed here. The prefix /v1, the token, the limit of calls, the count of
requests and the faults then come by themselves.
"""

from __future__ import annotations

from airflow_provider_smsworks.sandbox.routes import (
    auth,
    batch,
    binary,
    control,
    credits,
    ledger,
    message,
    messages,
    otp,
    page,
    phones,
    schedule,
    utils,
)

# In the order in which they are tried: /messages/schedule comes before /messages/{messageid}.
GATEWAY = (
    auth.router,
    message.router,
    schedule.router,
    messages.router,
    batch.router,
    otp.router,
    binary.router,
    credits.router,
    utils.router,
)
CONTROLS = (control.router, ledger.router, phones.router, page.router)
