"""The benchmark's frame: what cannot be measured is said in the table and by the exit code."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as program
from benchmarks.rows import Options, Row, middle, spread
from benchmarks.table import as_table


def run(monkeypatch, tmp_path, rows):
    monkeypatch.setitem(sys.modules, "benchmarks.bulk", SimpleNamespace(rows=rows))
    file = tmp_path / "deep" / "bench.json"
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "bulk", "--sizes", "10,20", "--json", str(file)])
    return program.main(), json.loads(file.read_text())


def test_what_was_measured_is_in_the_table_and_in_the_file(monkeypatch, tmp_path, capsys):
    def rows(options):
        assert options.sizes == (10, 20)
        yield Row("bulk", "10 texts", "us", {"calls": 1}, ratio=0.5, against="them", aim="half", reached=True)
        yield {"what": "20 texts", "who": "us", "calls": 2, "reached": False}

    code, written = run(monkeypatch, tmp_path, rows)
    table = capsys.readouterr().out
    assert code == 0
    assert [row["figures"] for row in written["rows"]] == [{"calls": 1}, {"calls": 2}]
    assert {"cores", "memory", "Python", "apache-airflow", "date"} <= written["machine"].keys()
    first, second = (line.split(" | ") for line in table.splitlines() if "texts" in line)
    assert [cell.strip(" |") for cell in first[3:]] == ["calls 1", "0.5 (them)", "half", "yes"]
    assert second[-1].strip(" |") == "NO"


def test_a_part_that_breaks_off_says_why_and_keeps_what_it_has(monkeypatch, tmp_path, capsys):
    def rows(options):
        yield Row("bulk", "10 texts", "us", {"calls": 1})
        raise OSError("no room\nfor all that")

    code, written = run(monkeypatch, tmp_path, rows)
    assert code == 1
    assert [row["problem"] for row in written["rows"]] == [None, "OSError: no room"]
    assert "FAILED: OSError: no room" in capsys.readouterr().out


def test_a_part_that_is_not_there_is_a_row_too():
    [row] = program.measure("of_another_world", Options())
    assert row.part == "of_another_world"
    assert "of_another_world" in row.problem


def test_a_part_that_nobody_knows_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "imports,sents"])
    with pytest.raises(SystemExit):
        program.main()
    assert "there is no sents" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "expected"), [([3.0], "3-3"), ([1.0, 9.0], "1-9"), ([1.0, 2.0, 3.0, 4.0, 5.0], "1.5-4.5")]
)
def test_the_spread_is_the_middle_half_or_all_of_a_few(values, expected):
    assert spread(values) == expected


def test_figures_have_three_digits():
    assert middle([123456.0]) == 123000
    assert "calls 123,000 " in as_table([Row("bulk", "texts", "us", {"calls": middle([123456.0])})])
