"""A local twin of The SMS Works gateway, for trying things out and for tests.

Start it with ``python -m airflow_provider_smsworks.sandbox --port 8025``. It serves the gateway's
operations under ``/v1`` and, for tests and scripts, its own controls under ``/sandbox``.

It imports nothing from the rest of the package, on purpose: where the client and the twin need the same
knowledge (valid numbers, parts of a text, error codes), each has it from a source of its own, so that
they cannot agree on a mistake. Importing this package imports no web framework.
"""
