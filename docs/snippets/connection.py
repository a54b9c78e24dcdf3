"""A connection, written by Python: on its page."""

from __future__ import annotations

import json

# [START howto_connection]
from airflow.models import Connection

connection = Connection(
    conn_id="smsworks_default",
    conn_type="smsworks",
    password="<the JWT of your account page>",
    extra=json.dumps({"sender": "Parcels", "batch_limit": 500}),
)
print(f"export AIRFLOW_CONN_{connection.conn_id.upper()}='{connection.as_json()}'")
# [END howto_connection]
