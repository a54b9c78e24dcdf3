"""The way to the gateway, step by step, so that a name, a network, a proxy and a certificate are told apart."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from airflow_provider_smsworks.api.exchange import tls_context
from airflow_provider_smsworks.api.settings import Settings
from airflow_provider_smsworks.cli.doctor.report import Report

_LONGEST = 10.0
"""Seconds for one step."""


def look_at_network(settings: Settings, report: Report) -> bool:
    """Tell whether the gateway can be reached; True: it is worth calling."""
    url = urlsplit(settings.base_url)
    host = url.hostname or ""
    proxy = _proxy(url)
    if proxy is None:
        reached = _reach(host, url.port or (443 if url.scheme == "https" else 80), settings, report, "`host`")
        if reached is None:
            return False
        with reached as connection:
            return url.scheme != "https" or _encrypt(connection, host, report)
    # Not quoted as a whole: it may hold a password.
    name, port = proxy.hostname or "", proxy.port or 8080
    report.add("note", "network", f"{host} is called through the proxy {name}:{port} (HTTPS_PROXY or ALL_PROXY)")
    reached = _reach(name, port, settings, report, "HTTPS_PROXY (or name the gateway in NO_PROXY)")
    if reached is None:
        return False
    reached.close()
    return True


def _proxy(url: SplitResult) -> SplitResult | None:
    """Return the proxy of the environment, as the client will use it; not for plain http, see its exchange."""
    if url.scheme != "https" or proxy_bypass(url.hostname or ""):
        return None
    proxies = getproxies()
    address = proxies.get("https") or proxies.get("all")
    return urlsplit(address if "://" in address else f"http://{address}") if address else None


def _reach(host: str, port: int, settings: Settings, report: Report, what: str) -> socket.socket | None:
    patience = min(settings.timeout, _LONGEST)
    addresses = _resolve(host, port, patience)
    if not isinstance(addresses, list):
        report.add("wrong", "network", f"the name {host} does not resolve ({addresses})", f"check {what} and the DNS")
        return None
    began = time.monotonic()
    why = ""
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(patience)
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            why = _words(error)
            continue
        took = (time.monotonic() - began) * 1000
        report.add("ok", "network", f"{host} resolves, and port {port} answers in {took:.0f} ms")
        return connection
    report.add("wrong", "network", f"{host} resolves, but port {port} {why}", f"check {what}, firewall and network")
    return None


def _resolve(host: str, port: int, patience: float) -> list[Any] | str:
    """Return the addresses, or why there are none. On a thread: a resolver cannot be interrupted."""
    found: list[list[Any] | str] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(getattr(error, "strerror", None) or "it cannot be a name")

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(patience)
    return found[0] if found else f"no answer in {patience:g} seconds"


def _encrypt(connection: socket.socket, host: str, report: Report) -> bool:
    try:
        with tls_context().wrap_socket(connection, server_hostname=host) as encrypted:
            version = encrypted.version()
    except ssl.SSLCertVerificationError as error:
        report.add(
            "wrong",
            "network",
            f"the certificate of {host} is not trusted: {error.verify_message}",
            "check `host`; where a proxy of your company opens TLS, name its certificates in SSL_CERT_FILE",
        )
        return False
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or _words(error)
        report.add("wrong", "network", f"{host} does not speak TLS ({reason})", "check `host`: its port, and https://")
        return False
    report.add("ok", "network", f"its certificate is trusted ({version})")
    return True


def _words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refuses connections: nothing listens there"
    if isinstance(error, TimeoutError):
        return "does not answer: a firewall may swallow it"
    return f"fails ({getattr(error, 'strerror', None) or type(error).__name__})"
