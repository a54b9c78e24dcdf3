"""
Text people from Apache Airflow through The SMS Works, a UK SMS gateway.

Where things are (imports point downwards only):

- ``operators``, ``sensors``, ``triggers``: Airflow's own words, thin.
- ``waiting``, ``report``, ``failing``: how to wait for a report, what it means for a task, which errors end one.
- ``sending``: the rule that sends a text once, whatever Airflow repeats.
- ``exceptions``: the errors, under the names that Dags import.
- ``hooks``: a connection becomes a client.
- ``api``: the gateway in plain Python. One table of operations drives the sync and the async client.
- ``sandbox``: the gateway's offline twin. It imports nothing of the above.

Importing this package imports no Airflow.
"""

from __future__ import annotations

__version__ = "0.1.0"
