"""The errors of this provider, under the name that Dags import them by."""

from __future__ import annotations

from airflow_provider_smsworks.api.errors import (
    SmsWorksAccountError,
    SmsWorksAuthError,
    SmsWorksConfigError,
    SmsWorksCreditError,
    SmsWorksError,
    SmsWorksNotFoundError,
    SmsWorksOutcomeUnknownError,
    SmsWorksRateLimitError,
    SmsWorksRejectedError,
    SmsWorksUnavailableError,
    SmsWorksUndeliveredError,
    SmsWorksUnreadableError,
    SmsWorksValidationError,
)

__all__ = [
    "SmsWorksAccountError",
    "SmsWorksAuthError",
    "SmsWorksConfigError",
    "SmsWorksCreditError",
    "SmsWorksError",
    "SmsWorksNotFoundError",
    "SmsWorksOutcomeUnknownError",
    "SmsWorksRateLimitError",
    "SmsWorksRejectedError",
    "SmsWorksUnavailableError",
    "SmsWorksUndeliveredError",
    "SmsWorksUnreadableError",
    "SmsWorksValidationError",
]
