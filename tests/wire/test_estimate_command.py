"""``estimate`` of a table: the figures of the operator's own dry run, and every row that is wrong."""

from __future__ import annotations

import json

import pyarrow
import pyarrow.parquet
import pytest

from airflow_provider_smsworks.cli.program import main
from airflow_provider_smsworks.transfers.file_to_sms import FileToSmsWorksOperator
from tests.task_context import task_context

CONTENT = "Dear {name}, your parcel is late."
HEADER = "order,phone,name"
MIXED = [
    "1042,07700900010,Ann",
    "1043,07700900011,Zo\u00eb \u201cZ\u201d" + "x" * 40,  # UCS-2, two parts
    "1044,12345678,Bob",
    "1045,,Cy",
    "1046,07700 900010,Ann again",
    "1047,+33612345678,Lu",
    "1048,07700900012,",
    "1049,1,2,3",
    "1050,07700900013," + "x" * 200,
]


def table(path, lines, encoding="utf-8"):
    path.write_bytes("\n".join([HEADER, *lines, ""]).encode(encoding))
    return str(path)


def estimate(capsys, *argv: str):
    code = main(["estimate", *argv, "--output", "json"])
    out, err = capsys.readouterr()
    assert err == "" or "airflow" not in err
    return code, json.loads(out)


def dry_run(path, *, max_failed, key="order"):
    operator = FileToSmsWorksOperator(
        task_id="late", path=path, key=key, to="phone", content=CONTENT, max_failed=max_failed, dry_run=True
    )
    return operator.execute(task_context())


def test_the_figures_are_those_of_the_operators_dry_run(connected, tmp_path, capsys):
    path = table(tmp_path / "late.csv", MIXED)
    code, told = estimate(
        capsys, "--file", path, "--content", CONTENT, "--to-column", "phone", "--key-column", "order",
        "--conn-id", "smsworks_default",
    )  # fmt: skip
    theirs = dry_run(path, max_failed=100)
    shared = ["recipients", "failed", "duplicates", "parts", "least_credits", "most_credits"]
    assert {name: told[name] for name in shared} == {name: theirs[name] for name in shared}
    assert (told["recipients"], told["failed"], told["duplicates"], code) == (4, 4, 1, 1)
    # A number in France costs what the gateway says.
    assert told["countries"] == ["FR", "GB"]
    assert connected.requests()["GET /credits/{countrycode}"] == 2
    assert connected.ledger() == []


def test_wrong_rows_are_told_by_place_key_and_reason_and_without_numbers(connected, tmp_path, capsys):
    path = table(tmp_path / "late.csv", MIXED)
    _, told = estimate(
        capsys, "--file", path, "--content", CONTENT, "--to-column", "phone", "--key-column", "order",
        "--conn-id", "smsworks_default",
    )  # fmt: skip
    assert [(row["row"], row["key"]) for row in told["wrong_rows"]] == [
        (3, "1044"),
        (4, "1045"),
        (7, "1048"),
        (8, None),
    ]
    reasons = [row["reason"] for row in told["wrong_rows"]]
    assert "is not a number that exists" in reasons[0]
    assert reasons[1:] == [
        "column `phone` is empty",
        "column `name` is empty",
        "has 4 cell(s), and there are 3 columns",
    ]
    assert "12345678" not in json.dumps(told)


def test_people_read_the_same_and_no_log(connected, tmp_path, capfd):
    path = table(tmp_path / "late.csv", MIXED)
    argv = ["--file", path, "--content", CONTENT, "--to-column", "phone", "--conn-id", "smsworks_default"]
    assert main(["estimate", *argv]) == 1
    out, err = capfd.readouterr()
    assert "wrong rows  4" in out
    assert "row 3: column `phone` is not a number that exists" in out
    assert "U+00EB LATIN SMALL LETTER E WITH DIAERESIS (in 1)" in " ".join(out.split())
    assert "would save" not in out  # an e with two dots remains
    for said in (out, err):
        assert "12345678" not in said
        assert "07700" not in said
        assert "max_failed" not in said


def test_without_a_connection_nobody_is_asked(sandbox, tmp_path, capsys):
    lines = ["1,07911123456,Ann", "2,+33612345678,Lu"]
    path = table(tmp_path / "late.csv", lines)
    code, told = estimate(capsys, "--file", path, "--content", CONTENT, "--to-column", "phone")
    assert (code, told["recipients"], told["prices_of_countries"]) == (0, 2, False)
    main(["estimate", "--file", path, "--content", CONTENT, "--to-column", "phone"])
    said = " ".join(capsys.readouterr().out.split())
    assert "credits 2, and more for numbers abroad (FR): --conn-id asks their prices" in said
    assert sandbox.requests() == {}


def test_plain_characters_that_would_save_parts_are_told(tmp_path, capsys):
    path = table(tmp_path / "late.csv", [f"{n},0791112345{n},\u2018Ann\u2019" + "x" * 60 for n in range(3)])
    _, told = estimate(capsys, "--file", path, "--content", CONTENT, "--to-column", "phone")
    assert (told["ucs2"], told["parts"], told["parts_saved_by_replace_typography"]) == (3, 6, 3)
    assert told["forced_by"]["U+2018 LEFT SINGLE QUOTATION MARK"] == 3


def test_parquet_another_encoding_and_another_delimiter(tmp_path, capsys):
    arrow = pyarrow.table({"order": [1], "phone": [447911123456], "name": ["Ann"]})
    pyarrow.parquet.write_table(arrow, tmp_path / "late.parquet")
    options = ["--content", CONTENT, "--to-column", "phone"]
    for address in (str(tmp_path / "late.parquet"), f"file://{tmp_path}/late.parquet"):
        assert estimate(capsys, "--file", address, *options)[1]["recipients"] == 1
    path = tmp_path / "late.csv"
    path.write_bytes("order;phone;name\n1;07911123456;Ren\u00e9".encode("cp1252"))
    told = estimate(capsys, "--file", str(path), *options, "--encoding", "cp1252", "--delimiter", ";")[1]
    assert (told["recipients"], told["ucs2"]) == (1, 0)


@pytest.mark.parametrize(
    ("argv", "lines", "said"),
    [
        (["--to-column", "fone"], MIXED, "--to-column needs column `fone`, which is not there; the columns are order"),
        (["--key-column", "id"], MIXED, "--key-column needs column `id`, which is not there"),
        (["--content", "Hi {nom}"], MIXED, "--content needs column `nom`, which is not there"),
        ([], ['1,"07911'], "is no CSV"),
        (["--encoding", "utf-16"], MIXED, "--file cannot be read: behind line 0 it is not utf-16: give its `encoding`"),
        (["--conn-id", "nowhere"], MIXED, "There is no connection `nowhere`"),
    ],
)
def test_what_cannot_be_read_is_said_by_the_names_of_options(argv, lines, said, tmp_path, capsys):
    path = table(tmp_path / "late.csv", lines)
    options = {"--content": CONTENT, "--to-column": "phone"} | dict(zip(argv[::2], argv[1::2], strict=True))
    code = main(["estimate", "--file", path, *(part for option in options.items() for part in option)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err


def test_a_gateway_that_names_no_price_or_is_not_there(connected, connect, tmp_path, capsys):
    path = table(tmp_path / "late.csv", ["1,+33612345678,Lu"])
    options = ["--file", path, "--content", CONTENT, "--to-column", "phone", "--conn-id", "smsworks_default"]
    connected.faults([{"operation": "GET /credits/{countrycode}", "when": "before", "kind": "status", "status": 401}])
    assert main(["estimate", *options]) == 2
    assert "the gateway refused the token" in capsys.readouterr().err
    connect("http://127.0.0.1:9", timeout=1)
    assert main(["estimate", *options]) == 2
    assert "cannot be reached" in capsys.readouterr().err
