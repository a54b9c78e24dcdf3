"""What `make lint` refuses in files of any kind."""

from __future__ import annotations

import pytest

from scripts.check_files import check

REGISTRY = "pypi" + ".org"
MACHINE = "/ho" + "me/ann/project"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"See https://{REGISTRY}/project/x.\n", "a package registry"),
        (f"pip install --index{'-'}url http://mirror x\n", "a package registry"),
        (f"cd {MACHINE}\n", "a path of somebody's machine"),
        (f'PATH = "{MACHINE}"\n', "a path of somebody's machine"),
        ("one\ntwo \n", "space at the end of the line"),
        ("<" * 7 + " HEAD\n", "a mark of a merge"),
        ("one", "no end of the last line"),
    ],
)
def test_it_is_told_with_its_line(tmp_path, text, what):
    file = tmp_path / "page.md"
    file.write_text(text)
    assert check(file) == [f"{file}:{len(text.splitlines())}: {what}"]


def test_what_only_looks_like_it_is_let_pass(tmp_path):
    file = tmp_path / "page.md"
    file.write_text("GET /v1/home/x\nhttps://example.com/home/x\n~/work/dags\nsome-network/works\n\n")
    assert check(file) == []


@pytest.mark.parametrize(
    ("pins", "wrong"),
    [
        ("aiohttp-jinja2==1.6\naiohttp==3.13.3\nboolean.py==5.0\nbuild==1.6.1.post1\n", []),
        ("b==1\na==1\n", ["2: not sorted, or twice"]),
        ("a==1\na==1\n", ["2: not sorted, or twice"]),
        ("a>=1\n", ["1: no pin like `name==version`"]),
        ("-e .\n# via pip\n", ["1: no pin like `name==version`", "2: no pin like `name==version`"]),
    ],
)
def test_pins_are_pins_in_their_order(tmp_path, pins, wrong):
    file = tmp_path / "constraints" / "airflow.txt"
    file.parent.mkdir()
    file.write_text(pins)
    assert check(file) == [f"{file}:{line}" for line in wrong]
