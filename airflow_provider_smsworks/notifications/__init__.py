"""Texts about what happens in Airflow: callbacks, Deadline Alerts, requests for a person's input."""
