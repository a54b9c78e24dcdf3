"""What an audit says of what the database answers; above all of no answer, which pip-audit takes for a good one."""

from __future__ import annotations

import pytest

from scripts.audit import judge, wrong_licences

FINE = {"name": "httpx", "version": "0.28.1", "vulns": []}
UNKNOWN = {"name": "gsm0338", "skip_reason": "Dependency not found and could not be audited"}
WEAK = {"name": "h11", "version": "0.1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": []}]}


@pytest.mark.parametrize("packages", [[], [UNKNOWN], [UNKNOWN] * 150])
def test_no_answer_is_no_good_answer_and_no_failure(packages):
    said, fine = judge({"dependencies": packages}, {})
    assert (fine, said) == (True, ["the database of known weaknesses could not be asked: NOTHING WAS AUDITED"])


def test_a_known_weakness_fails():
    said, fine = judge({"dependencies": [FINE, WEAK]}, {})
    assert not fine
    assert said == ["h11 0.1: PYSEC-1 IS NOT ALLOWED", "2 packages audited, 1 known weaknesses"]


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-2026-1"])
def test_one_that_is_allowed_by_any_of_its_names_does_not_and_its_reason_is_told(name):
    said, fine = judge({"dependencies": [FINE, WEAK]}, {name: "no server of ours"})
    assert fine
    assert said[0] == "h11 0.1: PYSEC-1 is allowed: no server of ours"


def test_what_is_allowed_for_nothing_and_what_is_not_known_are_told():
    said, fine = judge({"dependencies": [FINE, UNKNOWN]}, {"CVE-2020-1": "old"})
    assert fine
    assert said[:2] == ["not in the database: gsm0338", "CVE-2020-1 is allowed and not there any more: remove it"]


def test_everything_that_is_asked_for_has_a_licence_that_fits():
    assert wrong_licences() == []
