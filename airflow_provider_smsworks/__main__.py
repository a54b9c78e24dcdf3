"""The command ``python -m airflow_provider_smsworks``, also installed as ``smsworks``."""

from __future__ import annotations

import sys

from airflow_provider_smsworks.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
