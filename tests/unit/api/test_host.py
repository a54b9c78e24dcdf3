"""The token goes to the host of the connection and to no other, and never in the clear through a network."""

from __future__ import annotations

import pytest

from airflow_provider_smsworks.api.errors import SmsWorksConfigError
from airflow_provider_smsworks.api.settings import read_settings
from tests.unit.api.secrecy import TOKEN, assert_clear


def base_url(host, allow_http=None, **fields) -> str:
    extra = {} if allow_http is None else {"allow_http": allow_http}
    return read_settings("smsworks_default", host=host, password=TOKEN, extra=extra, **fields).base_url


@pytest.mark.parametrize(
    ("host", "fields", "url"),
    [
        (None, {}, "https://api.thesmsworks.co.uk/v1"),
        ("", {}, "https://api.thesmsworks.co.uk/v1"),
        ("  ", {}, "https://api.thesmsworks.co.uk/v1"),
        ("api.thesmsworks.co.uk", {}, "https://api.thesmsworks.co.uk/v1"),
        ("api.thesmsworks.co.uk/", {}, "https://api.thesmsworks.co.uk/v1"),
        ("https://api.thesmsworks.co.uk", {}, "https://api.thesmsworks.co.uk/v1"),
        ("https://api.thesmsworks.co.uk/v1/", {}, "https://api.thesmsworks.co.uk/v1"),
        ("https://proxy.example.com/sms/v1", {}, "https://proxy.example.com/sms/v1"),
        ("HTTPS://API.example.com", {}, "https://api.example.com/v1"),
        ("example.com", {"port": 8443}, "https://example.com:8443/v1"),
        ("https://example.com:444", {"port": 8443}, "https://example.com:444/v1"),
        ("example.com", {"schema": "v2"}, "https://example.com/v2"),
        ("https://example.com/v1", {"schema": "v2"}, "https://example.com/v1"),
        ("http://localhost:8025/v1", {}, "http://localhost:8025/v1"),
        ("http://127.0.0.1:8025", {}, "http://127.0.0.1:8025/v1"),
        ("http://127.9.9.9:8025", {}, "http://127.9.9.9:8025/v1"),
        ("http://[::1]:8025", {}, "http://[::1]:8025/v1"),
        ("https://[2001:db8::1]", {}, "https://[2001:db8::1]/v1"),
    ],
)
def test_what_host_port_and_schema_mean(host, fields, url):
    assert base_url(host, **fields) == url


@pytest.mark.parametrize(
    "host",
    [
        "http://gateway.internal:8025",
        "http://10.0.0.1",
        "http://0.0.0.0:8025",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://api.thesmsworks.co.uk/v1",
    ],
)
def test_plain_http_to_another_machine_is_refused_with_the_remedy(host):
    with pytest.raises(SmsWorksConfigError) as caught:
        base_url(host)
    assert_clear(caught.value, "`host` is plain http", "use https://", "`allow_http` in extra")


@pytest.mark.parametrize("allow_http", ["gateway.internal", "other, Gateway.Internal", ["gateway.internal"]])
def test_plain_http_to_a_host_that_is_named(allow_http):
    assert base_url("http://Gateway.internal:8025", allow_http) == "http://gateway.internal:8025/v1"


@pytest.mark.parametrize("allow_http", ["other.internal", "internal", "*", "gateway.internal:8025"])
def test_naming_another_host_does_not_help(allow_http):
    with pytest.raises(SmsWorksConfigError, match=r"name `gateway\.internal` in `allow_http`"):
        base_url("http://gateway.internal:8025", allow_http)


@pytest.mark.parametrize(
    "host",
    [
        f"https://user:{TOKEN}@example.com",
        f"https://:{TOKEN}@example.com",
        "https://user@example.com",
        "https://api.thesmsworks.co.uk\\@example.com",
        "https://example.com/v1?key=1",
        "https://example.com/v1#part",
        "ftp://example.com",
        "https://",
        "https:///v1",
        "/",
        "http:/localhost:8025",
        "https://example.com:port",
        "https://example.com:99999",
        "https://[::1",
    ],
)
def test_what_is_no_plain_web_address_is_refused(host):
    with pytest.raises(SmsWorksConfigError) as caught:
        base_url(host)
    assert_clear(caught.value, "`host` must be a web address such as https://api.thesmsworks.co.uk/v1", "without user")
