"""Sending once what a gateway may accept, or show, in parts."""

from __future__ import annotations

import logging

import pytest

from airflow_provider_smsworks.api.errors import (
    SmsWorksCreditError,
    SmsWorksError,
    SmsWorksOutcomeUnknownError,
    SmsWorksUnavailableError,
)
from airflow_provider_smsworks.sending.choices import Rules
from airflow_provider_smsworks.sending.once import SendOnce
from airflow_provider_smsworks.sending.text import Text
from tests.unit.sending.world import Store, World

RULES = Rules(search_lag=10.0)


class Left:
    """Those who have not got their text yet."""

    so_far = "..."
    is_empty = has_begun = is_doubtful = needs_its_order = is_open = False

    def __init__(self, people):
        self.people = people
        self.progress = {"parts": []}

    def missing(self, found):
        return len(self._left(found))

    def take_found(self, found):
        self.people = self._left(found)
        self.is_open = bool(self.people)

    def resume(self, written):
        pass

    def send(self, key, call, note, at_once):
        note()
        try:
            call(self.people)
        except SmsWorksError as error:
            # What one before may have sent stays open if this one sent nothing.
            self.is_open = self.is_open or not error.nothing_sent
            return (None, error) if error.nothing_sent else (error, None)
        self.people = []
        return None, None

    @property
    def is_done(self):
        return not self.people

    def _left(self, found):
        return [person for person in self.people if person not in found["found"]]


class Many:
    """Texts to several people in one call; searches do not show the ``hidden`` ones."""

    def __init__(self, *people):
        self.people = people
        self.world = World(store=Store())
        self.accepted = []
        self.hidden = set()

    def text(self, people):
        def find(sought):
            found = [person for person in people if person in self.accepted and person not in self.hidden]
            return {"batch_ids": [], "found": found} if found else None

        def result(answer, adopted):
            return {"batch_ids": ["1"], "adopted": adopted}

        return Text("key", "words", lambda key: people, find, result, many=Left(list(people)))

    def send(self, gateway=None, try_number=1):
        once = SendOnce(
            attempt=self.world.attempt(try_number),
            rules=RULES,
            journal=self.world.store,
            call=gateway or self.accepted.extend,
            log=logging.getLogger("test"),
            now=lambda: self.world.now,
            sleep=self.world.sleep,
        )
        return once.send(self.text(self.people))

    def only_the_first(self, people):
        self.accepted.append(people[0])
        raise SmsWorksUnavailableError("the exchange broke")


def test_a_part_that_is_found_after_a_lost_answer_is_not_all():
    many = Many("Ann", "Bob")
    with pytest.raises(SmsWorksOutcomeUnknownError):
        many.send(many.only_the_first)
    assert many.world.slept == [10.0]
    many.world.pass_time(60)
    many.send(try_number=2)
    assert many.accepted == ["Ann", "Bob"]


def test_a_part_that_is_not_visible_yet_is_waited_for():
    many = Many("Ann", "Bob")

    def lost(people):
        many.accepted.extend(people)
        raise SmsWorksUnavailableError("the exchange broke")

    many.hidden = {"Bob"}
    many.world.sleep = lambda seconds: many.hidden.clear()
    assert many.send(lost)["adopted"] is True
    assert many.accepted == ["Ann", "Bob"]


def test_a_rest_that_is_refused_does_not_make_the_whole_go_out_again():
    many = Many("Ann", "Bob")
    with pytest.raises(SmsWorksOutcomeUnknownError):
        many.send(many.only_the_first)

    def refused(people):
        raise SmsWorksCreditError("too little credit")

    for try_number in (2, 3):
        many.world.pass_time(60)
        with pytest.raises(SmsWorksCreditError):
            many.send(refused, try_number)
    many.send(try_number=4)
    assert many.accepted == ["Ann", "Bob"]
