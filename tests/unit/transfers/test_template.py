from __future__ import annotations

import datetime as dt
import string
import uuid
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from airflow_provider_smsworks.exceptions import SmsWorksValidationError
from airflow_provider_smsworks.transfers.table.cells import RowProblem
from airflow_provider_smsworks.transfers.table.template import RowTemplate

FRIDAY = dt.date(2026, 11, 27)

NAMES = st.text(string.ascii_letters + "_ ", min_size=1, max_size=6)
LITERALS = st.text(max_size=20).map(lambda text: text.replace("{", "{{").replace("}", "}}"))


@given(pieces=st.lists(st.tuples(LITERALS, NAMES), max_size=5), end=LITERALS, data=st.data())
def test_it_writes_what_pythons_own_format_writes(pieces, end, data):
    content = "".join(f"{literal}{{{name}}}" for literal, name in pieces) + end
    template = RowTemplate(content)
    cells = {name: data.draw(st.one_of(st.text(), st.integers(), st.dates())) for name in template.columns}
    assert template.write(list(cells.values())) == content.format_map(cells)


@pytest.mark.parametrize(
    ("content", "cell", "text"),
    [
        ("It comes on {x:%A}.", FRIDAY, "It comes on Friday."),
        ("It comes at {x:%H:%M}.", dt.datetime(2026, 11, 27, 9, 5, tzinfo=dt.UTC), "It comes at 09:05."),
        ("It costs {x:.2f}.", Decimal("12.5"), "It costs 12.50."),
        ("It costs {x:,}.", 1200, "It costs 1,200."),
        ("{x} and {x:>4}", 7, "7 and    7"),
        ("{{x}} is {x}", "a {brace}", "{x} is a {brace}"),
        ("{x}", uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ("{x}", "", ""),
        ("Nothing to fill in", None, "Nothing to fill in"),
    ],
)
def test_cells_are_written_as_the_author_says(content, cell, text):
    template = RowTemplate(content)
    assert template.write([cell] * len(template.columns)) == text


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (None, "column `x` is empty"),
        (float("nan"), "column `x` is empty"),
        (Decimal("NaN"), "column `x` is empty"),
        (Decimal("sNaN"), "column `x` is empty"),
        (b"Ada", "column `x` is bytes: make it text, a number or a date"),
        (["Ada"], "column `x` is list: make it text, a number or a date"),
        ({"name": "Ada"}, "column `x` is dict: make it text, a number or a date"),
    ],
)
def test_nobody_is_texted_what_is_not_there_or_cannot_be_read(cell, why):
    with pytest.raises(RowProblem) as caught:
        RowTemplate("{y} {x}").write(["Bob", cell])
    assert str(caught.value) == why


@pytest.mark.parametrize(("form", "cell", "kind"), [("%A", "Ada", "str"), (".2f", FRIDAY, ""), ("d", 1.5, "float")])
def test_a_cell_of_another_kind_than_the_form_needs_is_told_without_the_cell(form, cell, kind):
    template = RowTemplate(f"{{y}} {{x:{form}}}")
    if not kind:
        # A date takes any form for one of its own.
        assert template.write(["Bob", cell]) == "Bob .2f"
        return
    with pytest.raises(RowProblem) as caught:
        template.write(["Bob", cell])
    assert str(caught.value) == f"column `x` is {kind}, which `{form}` does not fit"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{a.b}", r"`\{a.b\}`, which is a part of a column"),
        ("{a[0]}", r"`\{a\[0\]\}`, which is a part of a column"),
        ("{a.__class__}", "a part of a column"),
        ("{}", r"`\{\}`, which names no column"),
        ("{0}", "which names no column"),
        ("{a!r}", "with `!r`"),
        ("{a:{b}}", "with a column in how it is written"),
        ("{a", "is no template"),
        ("a}", "is no template"),
        ("{a 07700900123.x}", r"`\{a \*+23.x\}`"),
    ],
)
def test_what_is_more_than_a_column_is_refused(content, why):
    with pytest.raises(SmsWorksValidationError, match=why):
        RowTemplate(content)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(SmsWorksValidationError) as caught:
        RowTemplate("{a.b} {} {c}")
    assert len(caught.value.problems) == 2
