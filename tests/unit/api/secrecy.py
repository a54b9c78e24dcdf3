"""A number and secrets that no test may find again in what an error says, shows or pickles."""

from __future__ import annotations

import pickle
import re
import traceback

from airflow_provider_smsworks.api.errors import SmsWorksError

NUMBER = "447400123456"
NATIONAL = "07400123456"
TOKEN = "JWT eyJ0b2tlbi1vZi10aGUtdGVzdHM.eyJzZWNyZXQiOiI.c2lnbmF0dXJl"
FETCHED = "JWT eyJmZXRjaGVkLXRva2Vu.eyJvZi10aGUtdGVzdHM.c2lnbmVk"
API_KEY = "key-0a1b2c3d-of-the-tests"
API_SECRET = "secret-4e5f6a7b-of-the-tests"

_BETWEEN_DIGITS = re.compile(r"[ \xa0().\-/]")


def assert_tells_nothing(error: BaseException) -> None:
    """Check that an error holds no full phone number and no secret, however one looks at it."""
    shown = "".join(traceback.format_exception(error))
    pickled = pickle.dumps(error).decode("latin-1")
    for text in (str(error), repr(error), shown, pickled):
        assert NUMBER[2:] not in _BETWEEN_DIGITS.sub("", text)
        for secret in (TOKEN, FETCHED, API_KEY, API_SECRET):
            for word in secret.split():
                assert word == "JWT" or word not in text


def assert_survives_pickling(error: SmsWorksError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert (again.transient, again.nothing_sent) == (error.transient, error.nothing_sent)


def assert_clear(error: SmsWorksError, *words: str) -> None:
    """Check that an error is one sentence or two with the words that its reader needs, and tells nothing else."""
    for word in words:
        assert word in str(error)
    assert "\n" not in str(error)
    assert_tells_nothing(error)
    assert_survives_pickling(error)
