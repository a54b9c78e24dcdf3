"""Which rows of a list went out, by what the gateway shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from airflow_provider_smsworks.api.errors import SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.records.fields import Record
from airflow_provider_smsworks.sending.identity import KEY_PAIR
from airflow_provider_smsworks.sending.lookup import by_phone, find_by_words, phone_of
from airflow_provider_smsworks.sending.messages import shortens
from airflow_provider_smsworks.sending.rows import Row
from airflow_provider_smsworks.sending.text import Sought


def find_rows(
    rows: Iterable[Row],
    messages: Sequence[Record],
    sought: Sought,
    *,
    everybody: Iterable[Row],
    batch_ids: Collection[str],
    is_same: bool,
) -> dict[str, Record]:
    """
    Return the message of each row that has one, by the row's name.

    :param messages: all that the account sent since the first attempt
    :param everybody: all rows of the list
    :param batch_ids: of calls of this text, whatever their messages say
    :param is_same: whether the list says what it said when it was attempted; else what a row said is written down
        nowhere
    :raises SmsWorksOutcomeUnknownError: a message may be that of a row, or not
    """
    by_key = {message["metadata"].get(KEY_PAIR): message for message in messages}
    shows_metadata = any(message["metadata"] for message in messages)
    to_phone = {} if shows_metadata else by_phone(messages)
    texts_to = Counter(phone_of(row.cost.to) for row in everybody)
    found = {}
    for row in rows:
        message = by_key.get(row.key(sought.key))
        phone = phone_of(row.cost.to)
        candidates = to_phone.get(phone, [])
        if message is None and texts_to[phone] == 1:
            message = next((one for one in candidates if one["batch_id"] in batch_ids), None)
        if message is None and candidates:
            try:
                message = find_by_words(
                    candidates,
                    row.cost.to,
                    row.has_words,
                    shortens(row.body) if is_same else row.has_sender,
                    sought.since,
                )
            except SmsWorksOutcomeUnknownError:
                if not sought.is_decided:
                    raise
        if message is not None:
            found[row.name] = message
    return found
