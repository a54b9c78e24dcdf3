"""A method of the hook, called by its name: itself, or its async twin on an event loop."""

from __future__ import annotations

import asyncio

from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook


def call_sync(name, *args, **kwargs):
    return getattr(SmsWorksHook(), name)(*args, **kwargs)


def call_async(name, *args, **kwargs):
    async def call():
        hook = SmsWorksHook()
        try:
            return await getattr(hook, f"a{name}")(*args, **kwargs)
        finally:
            await hook.aclose()

    return asyncio.run(call())
