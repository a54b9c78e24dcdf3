"""``--live-number``: what only the real gateway can answer, asked with two texts and a schedule that is taken back."""

from __future__ import annotations

from airflow_provider_smsworks.cli.doctor.live.interview import ask_gateway

__all__ = ["ask_gateway"]
