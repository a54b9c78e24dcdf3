"""The command ``python -m airflow_provider_smsworks.sandbox``, also installed as ``smsworks-sandbox``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from airflow_provider_smsworks.sandbox.signals import ended_by_signals

EXTRA = "airflow-provider-smsworks[sandbox]"
BROUGHT_BY_THE_EXTRA = {"fastapi", "uvicorn", "starlette", "pydantic"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sandbox until it is interrupted. Returns the exit code: 0 in the end, 2 if it cannot start."""
    options = _parser().parse_args(argv)
    with ended_by_signals():
        try:
            from airflow_provider_smsworks.sandbox.server import StartError, serve
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in BROUGHT_BY_THE_EXTRA:
                raise
            print(f"The sandbox needs {missing}: run `pip install '{EXTRA}'`.", file=sys.stderr)
            return 2
        try:
            serve(host=options.host, port=options.port, database=options.db, token=options.token)
        except StartError as reason:
            print(reason, file=sys.stderr)
            return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smsworks-sandbox",
        description="A local twin of The SMS Works gateway. No text leaves this machine.",
    )
    parser.add_argument("--port", type=_port, default=8025, help="TCP port; 0 picks a free one (default 8025)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--db", metavar="FILE", help="keep everything in this SQLite file (default: in memory)")
    parser.add_argument("--token", help="accept this token only, and those of /auth/token (default: any token)")
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to 65535)")


if __name__ == "__main__":
    sys.exit(main())
