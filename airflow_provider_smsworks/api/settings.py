"""What a connection says, checked: every problem at once, each naming its field and the remedy."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.numbers import NumberProblem, is_region, parse_number
from airflow_provider_smsworks.api.rules import sender_problem, web_address_problem
from airflow_provider_smsworks.api.unwritten import Unwritten

DEFAULT_BASE_URL = "https://api.thesmsworks.co.uk/v1"


@dataclass(frozen=True)
class Credentials(Unwritten):
    """What a token is fetched with."""

    customer_id: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)


@dataclass(frozen=True)
class Settings(Unwritten):
    """
    Everything that a connection says about an account.

    ``timeout`` and ``search_lag`` are seconds; ``allowed_numbers`` are in the gateway's spelling (None: all).
    """

    conn_id: str
    base_url: str = DEFAULT_BASE_URL
    token: str | None = field(default=None, repr=False)
    credentials: Credentials | None = field(default=None, repr=False)
    sender: str | None = None
    default_region: str = "GB"
    timeout: float = 30.0
    calls_per_minute: int | None = None
    batch_limit: int = 500
    search_lag: float = 10.0
    delivery_report_url: str | None = field(default=None, repr=False)
    allow_test_numbers: bool = False
    allowed_numbers: frozenset[str] | None = field(default=None, repr=False)

    @property
    def longest_call(self) -> float:
        """Return how many seconds a call can take before it is given up, see :mod:`exchange`."""
        return 2 * self.timeout

    @property
    def secrets(self) -> list[str]:
        """Return what must not be shown to anybody."""
        given = self.credentials
        return [secret for secret in (self.token, given and given.api_key, given and given.api_secret) if secret]


def read_settings(
    conn_id: str,
    *,
    host: str | None = None,
    port: int | None = None,
    schema: str | None = None,
    password: str | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Settings:
    """
    Turn the fields of a connection into settings.

    :raises SmsWorksConfigError: naming every field that is missing, unknown or wrong
    """
    return _Reader(conn_id, extra or {}).read(host, port, schema, password)


class _Reader:
    def __init__(self, conn_id: str, extra: Mapping[str, Any]) -> None:
        self.conn_id = conn_id
        self.extra = dict(extra)
        self.problems: list[str] = []

    def read(self, host: str | None, port: int | None, schema: str | None, password: str | None) -> Settings:
        region = str(self._take("default_region", _region, "GB"))
        test_numbers = bool(self._take("allow_test_numbers", _flag, False))
        settings = Settings(
            conn_id=self.conn_id,
            base_url=self._base_url(host, port, schema, self._take("allow_http", _words, [])),
            token=self._token(password),
            credentials=self._credentials(password),
            sender=self._take("sender", _sender, None),
            default_region=region,
            timeout=self._take("timeout", _seconds(0.1, 600), 30.0),
            calls_per_minute=self._take("calls_per_minute", _whole(1, 100_000), None),
            batch_limit=self._take("batch_limit", _whole(1, 5000), 500),
            search_lag=self._take("search_lag", _seconds(0, 3600), 10.0),
            delivery_report_url=self._take("delivery_report_url", _web_address, None),
            allow_test_numbers=test_numbers,
            allowed_numbers=self._take("allowed_numbers", _numbers(region, test_numbers), None),
        )
        self.problems += [
            f"extra has an unknown key `{name}`: remove it or correct its spelling" for name in self.extra
        ]
        if self.problems:
            raise SmsWorksConfigError(f"Connection `{self.conn_id}`: " + "; ".join(self.problems) + ".")
        return settings

    def _take(self, name: str, convert: Callable[[Any], Any], default: Any) -> Any:
        # The connection form stores null for fields that nobody filled in.
        value = self.extra.pop(name, None)
        # An empty `allowed_numbers` may have meant "nobody" and must not mean "everybody".
        if value is None or (value == "" and name != "allowed_numbers"):
            return default
        try:
            return convert(value)
        except ValueError as problem:
            self.problems.append(f"`{name}` in extra {problem}")
            return default

    def _token(self, password: str | None) -> str | None:
        token = (password or "").strip()
        if not token:
            return None
        if not (token.isascii() and token.isprintable()):
            self.problems.append("`password` (the JWT) holds characters that a token cannot have: copy it again")
            return None
        return token

    def _credentials(self, password: str | None) -> Credentials | None:
        names = ("customer_id", "api_key", "api_secret")
        values = {name: str(self.extra.pop(name, None) or "").strip() for name in names}
        given = {name: value for name, value in values.items() if value}
        token = bool((password or "").strip())
        missing = [f"`{name}`" for name in names if not given.get(name)]
        if given and token:
            self.problems.append("give either `password` (the JWT) or customer_id, api_key and api_secret, not both")
        elif given and missing:
            self.problems.append(f"extra lacks {' and '.join(missing)}, which the token is fetched with")
        elif not given and not token:
            self.problems.append(
                "there is no token: put the JWT of your account page into `password`,"
                " or `customer_id`, `api_key` and `api_secret` into extra"
            )
        return Credentials(**given) if given and not missing else None

    def _base_url(self, host: str | None, port: int | None, schema: str | None, allow_http: list[str]) -> str:
        address = (host or "").strip()
        if not address:
            return DEFAULT_BASE_URL
        # Some write the scheme into the connection's schema, as Airflow's HTTP connections have it.
        scheme, schema = (schema, None) if schema in ("http", "https") else ("https", schema)
        if "://" not in address:
            address = f"{scheme}://{address}"
        try:
            url = urlsplit(address)
            port = url.port or port
        except ValueError:
            url, port = SplitResult("", "", "", "", ""), None
        wrong = "@" in url.netloc or url.netloc.endswith(":") or url.query or url.fragment
        if url.scheme not in ("http", "https") or not url.hostname or wrong:
            self.problems.append(f"`host` must be a web address such as {DEFAULT_BASE_URL}, without user or query")
            return DEFAULT_BASE_URL
        if url.scheme == "http" and not _is_loopback(url.hostname) and url.hostname not in map(str.lower, allow_http):
            self.problems.append(
                f"`host` is plain http, which shows the token to the network: use https://,"
                f" or name `{url.hostname}` in `allow_http` in extra"
            )
        name = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        path = url.path.rstrip("/") or "/" + (schema or "v1").strip("/")
        return f"{url.scheme}://{name}{f':{port}' if port else ''}{path}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sender(value: Any) -> str:
    if problem := sender_problem(str(value)):
        raise ValueError(problem)
    return str(value)


def _region(value: Any) -> str:
    region = str(value).upper()
    if not is_region(region):
        raise ValueError("must be the two letters of a country (ISO 3166): the United Kingdom is GB")
    return region


def _flag(value: Any) -> bool:
    flags = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in flags:
        raise ValueError("must be true or false")
    return flags[str(value).lower()]


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list | tuple) or not all(isinstance(word, str | int) for word in value):
        raise ValueError("must be a list, or text with commas between")
    return [str(word).strip() for word in value]


def _numbers(region: str, allow_test_numbers: bool) -> Callable[[Any], frozenset[str]]:
    def convert(value: Any) -> frozenset[str]:
        if value == "":
            raise ValueError("is empty: name the numbers, or remove it to allow all of them")
        entries = value.split(",") if isinstance(value, str) else [value] if isinstance(value, int) else value
        if not isinstance(entries, list | tuple):
            raise ValueError("must be a list of numbers, or text with commas between")
        numbers = set()
        for place, entry in enumerate(entries, start=1):
            try:
                numbers.add(parse_number(entry, region=region, allow_test_numbers=allow_test_numbers))
            except NumberProblem as problem:
                raise ValueError(f"entry {place} {problem}") from None
        return frozenset(numbers)

    return convert


def _seconds(least: float, most: float) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        try:
            seconds = float(value)
        except (TypeError, ValueError, OverflowError):
            seconds = float("nan")
        if isinstance(value, bool) or not least <= seconds <= most:
            raise ValueError(f"must be a number of seconds, {least:g} to {most:g}")
        return seconds

    return convert


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool) or not str(value).isdecimal() or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number, {least} to {most}")
        return int(value)

    return convert


def _web_address(value: Any) -> str:
    if problem := web_address_problem(str(value)):
        raise ValueError(problem)
    return str(value)
