"""
The gateway in plain Python: no Airflow in here.

A call goes through these files, top to bottom: ``operations`` (what there is), ``messages`` (the body,
checked), ``client`` (token, retries, pace), ``exchange`` (HTTP), ``answers`` (errors), ``messages`` again
(the result, read tolerantly).
"""

from __future__ import annotations
