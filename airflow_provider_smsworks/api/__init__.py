"""
The gateway in plain Python: no Airflow in here.

A call goes through these files, top to bottom: ``operations`` (what there is), ``requests`` (the body,
checked), ``client`` (token, retries, pace), ``exchange`` (HTTP), ``answers`` (errors), ``records`` (the result,
read tolerantly).
"""

from __future__ import annotations
