"""A throwaway Airflow and a sandbox gateway on this machine: for the demo, `make up` and the tests."""

from __future__ import annotations
