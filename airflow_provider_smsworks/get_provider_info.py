"""What Airflow needs to know of this provider: its connection form, and where its classes are."""

from __future__ import annotations

from typing import Any

_TEXT = ["string", "null"]
_NUMBER = ["number", "null"]
_WHOLE = ["integer", "null"]


def _field(label: str, description: str, kind: Any = None, **schema: Any) -> dict[str, Any]:
    return {"label": label, "description": description, "schema": {"type": kind or _TEXT, **schema}}


_CONNECTION_FIELDS = {
    "sender": _field(
        "Sender",
        "Default sender: 3 to 11 letters and digits, or 3 to 15 digits (your reply number).",
    ),
    "default_region": _field(
        "Default region", "Country of numbers without a country code, two letters; default GB.", maxLength=2
    ),
    "customer_id": _field("Customer ID", "Instead of the token: it is then fetched with these three."),
    "api_key": _field("API key", "From the account page; only with customer ID and secret.", format="password"),
    "api_secret": _field("API secret", "From the account page; only with customer ID and key.", format="password"),
    "timeout": _field("Timeout (seconds)", "How long to wait for an answer; default 30.", _NUMBER, minimum=0.1),
    "calls_per_minute": _field(
        "Calls per minute", "Slow down to this many calls in each process; default: no limit.", _WHOLE, minimum=1
    ),
    "batch_limit": _field(
        "Batch limit",
        "Recipients in one call; default 500 (the gateway's documents say 500 and 5,000).",
        _WHOLE,
        minimum=1,
        maximum=5000,
    ),
    "search_lag": _field(
        "Search lag (seconds)",
        "How long a new message may stay invisible to searches; default 10.",
        _NUMBER,
        minimum=0,
    ),
    "delivery_report_url": _field(
        "Delivery report URL", "Where the gateway posts delivery reports; default: the account's."
    ),
    "allowed_numbers": _field(
        "Allowed numbers", "Text nobody but these, with commas between: for a staging copy of a production Dag."
    ),
    "allow_test_numbers": _field(
        "Allow test numbers",
        "Allow 07700 900000 to 900999, the phones of the sandbox.",
        ["boolean", "null"],
        default=False,
    ),
    "allow_http": _field("Allow http", "Hosts other than this machine that may be reached over plain http."),
}


def get_provider_info() -> dict[str, Any]:
    """Return what Airflow needs to know, in the shape of its provider schema."""
    integration = "The SMS Works"

    def modules(*names: str) -> list[dict[str, Any]]:
        python_modules = [f"airflow_provider_smsworks.{name}" for name in names]
        return [{"integration-name": integration, "python-modules": python_modules}]

    return {
        "package-name": "airflow-provider-smsworks",
        "name": integration,
        "description": "Text people through The SMS Works: sent once, waited for nearly free, testable offline.",
        "integrations": [
            {
                "integration-name": integration,
                "external-doc-url": "https://thesmsworks.co.uk/developers",
                "tags": ["service"],
            }
        ],
        "hooks": modules("hooks.smsworks"),
        "operators": modules(
            "operators.account",
            "operators.batch",
            "operators.inbox",
            "operators.message",
            "operators.otp",
            "operators.question",
            "operators.schedule",
        ),
        "sensors": modules("sensors.delivery", "sensors.otp", "sensors.account", "sensors.inbox"),
        "triggers": modules(
            "triggers.delivery",
            "triggers.otp",
            "triggers.account",
            "triggers.inbox",
            "triggers.inbox_wait",
            "triggers.approval",
        ),
        "transfers": [
            {
                "source-integration-name": source,
                "target-integration-name": integration,
                "python-module": f"airflow_provider_smsworks.transfers.{name}",
            }
            for source, name in {"Common SQL": "sql_to_sms", "Common IO": "file_to_sms"}.items()
        ],
        "notifications": ["airflow_provider_smsworks.notifications.smsworks.SmsWorksNotifier"],
        "cli": ["airflow_provider_smsworks.cli.definition.get_smsworks_cli_commands"],
        "extra-links": ["airflow_provider_smsworks.operators.links.SmsWorksSandboxLink"],
        "connection-types": [
            {
                "connection-type": "smsworks",
                "hook-name": integration,
                "hook-class-name": "airflow_provider_smsworks.hooks.smsworks.SmsWorksHook",
                "ui-field-behaviour": {
                    "hidden-fields": ["login", "port", "schema", "extra"],
                    "relabeling": {"password": "Token (JWT)", "host": "Base address"},
                    "placeholders": {
                        "host": "https://api.thesmsworks.co.uk/v1",
                        "password": "as the account page gives it",
                        "sender": "Parcels",
                        "allowed_numbers": "07911123456, +33612345678",
                    },
                },
                "conn-fields": _CONNECTION_FIELDS,
            }
        ],
    }
