"""``smsworks sandbox``: what was given goes on to the sandbox's own program, which checks it."""

from __future__ import annotations

from argparse import Namespace

OPTIONS = ("port", "host", "db", "token")


def run(arguments: Namespace) -> int:
    """Run the sandbox until it is interrupted."""
    from airflow_provider_smsworks.sandbox.__main__ import main

    given = {name: getattr(arguments, name) for name in OPTIONS}
    return main([f"--{name}={value}" for name, value in given.items() if value is not None])
