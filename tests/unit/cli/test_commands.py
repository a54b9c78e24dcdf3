"""The table of commands, and the two front ends that read it."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys

import pytest

from airflow_provider_smsworks.cli import program, sandbox
from airflow_provider_smsworks.cli.commands import COMMANDS, SANDBOX
from airflow_provider_smsworks.get_provider_info import get_provider_info
from airflow_provider_smsworks.sandbox import __main__ as sandbox_program

FUNCTION = "airflow_provider_smsworks.cli.definition.get_smsworks_cli_commands"


def airflow_parser():
    from airflow.cli import cli_parser
    from airflow.providers_manager import ProvidersManager

    if not hasattr(ProvidersManager, "cli_command_functions"):
        pytest.skip("this Airflow takes no commands of providers")
    return cli_parser.get_parser()


def actions_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices


def options_of(parser: argparse.ArgumentParser) -> dict[str, tuple]:
    return {
        action.dest: (tuple(action.option_strings), action.nargs, action.default, action.type, action.choices)
        for action in parser._actions
        if action.dest != "help"
    }


def test_both_front_ends_have_the_same_commands_and_options():
    theirs, ours = actions_of(actions_of(airflow_parser())["smsworks"]), actions_of(program.parser())
    assert set(theirs) == set(ours) == {command.name for command in COMMANDS} == {"doctor", "estimate", "sandbox"}
    for name in ours:
        assert options_of(theirs[name]) == options_of(ours[name])
        assert theirs[name].description == ours[name].description


def test_the_sandbox_command_has_the_options_of_the_sandbox_itself():
    own = {action.dest: action for action in sandbox_program._parser()._actions if action.dest != "help"}
    assert set(own) == set(sandbox.OPTIONS)
    assert {tuple(action.option_strings) for action in own.values()} == {tuple(one.flags) for one in SANDBOX.options}
    assert {action.help for action in own.values()} == {option.help for option in SANDBOX.options}


def test_what_the_sandbox_refuses_is_said_by_it(capsys):
    with pytest.raises(SystemExit) as ended:
        program.main(["sandbox", "--port", "eight"])
    assert ended.value.code == 2
    assert "'eight' is not a port number" in capsys.readouterr().err


def test_airflow_finds_them_by_the_provider_info():
    assert get_provider_info()["cli"] == [FUNCTION]


def test_no_help_has_what_airflows_help_takes_for_colours():
    for command in COMMANDS:
        texts = [command.help, command.description, command.epilog("x"), *(option.help for option in command.options)]
        assert not [text for text in texts if "[" in text]


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
@pytest.mark.parametrize("of", ["airflow", "own"])
def test_help_has_examples(command, of, capsys):
    parser, begin = (airflow_parser(), ["smsworks"]) if of == "airflow" else (program.parser(), [])
    with pytest.raises(SystemExit) as ended:
        parser.parse_args([*begin, command, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert f"  {'airflow smsworks' if of == 'airflow' else 'smsworks'} {command}" in said
    assert "%%" not in said


def test_what_every_airflow_command_pays_is_three_small_modules():
    script = """
import sys
import airflow.cli.cli_config
before = set(sys.modules)
from airflow_provider_smsworks.cli.definition import get_smsworks_cli_commands
get_smsworks_cli_commands()
print(*sorted(set(sys.modules) - before))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    package = "airflow_provider_smsworks"
    brought = set(run.stdout.split())
    assert f"{package}.cli.definition" in brought
    assert brought <= {package, f"{package}.cli", f"{package}.cli.commands", f"{package}.cli.definition"}


def test_what_one_text_costs_is_told_without_airflow():
    script = """
import sys
from airflow_provider_smsworks.cli.program import main
code = main(["estimate", "Hello"])
assert "airflow" not in sys.modules
sys.exit(code)
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


def smsworks(*argv: str) -> int:
    try:
        return program.main(argv)
    except SystemExit as ended:
        return int(ended.code or 0)


def test_a_text_that_is_not_gsm(capsys):
    assert smsworks("estimate", "It\u2019s late. Sorry!", "--output", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["encoding"], told["length"], told["parts"]) == ("UCS-2", 17, 1)
    assert told["forced_by"] == ["U+2019 RIGHT SINGLE QUOTATION MARK"]
    assert told["after_replace_typography"]["encoding"] == "GSM-7"
    assert told["after_replace_typography"]["replaced"] == {"U+2019 RIGHT SINGLE QUOTATION MARK": 1}
    assert told["problem"] is None


def test_why_credits_are_a_range(capsys):
    assert smsworks("estimate", "x" * 159 + "\u00a3") == 0
    said = capsys.readouterr().out
    assert "GSM-7" in said
    assert "1 to 2 to a phone in the UK: the gateway's pages count \u00a3" in said


def test_saved_parts_are_told(capsys):
    assert smsworks("estimate", "\u201c" + "x" * 100 + "\u201d") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "parts 2 credits 2" in said
    assert "with plain characters GSM-7, 102 long, 1 part(s), 1 to a phone" in said


@pytest.mark.parametrize(("content", "why"), [("", "is empty"), ("x" * 1281, "1,281 characters")])
def test_what_cannot_be_sent_is_told_and_is_a_failure(content, why, capsys):
    assert smsworks("estimate", content) == 1
    assert why in capsys.readouterr().out


def test_a_file_and_its_last_line_break(tmp_path, capsys):
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeffLate.\r\n".encode())
    assert smsworks("estimate", "--file", str(path), "-o", "json") == 0
    assert json.loads(capsys.readouterr().out)["length"] == 5


def test_standard_input(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Late.\n")))
    assert smsworks("estimate", "-", "-o", "json") == 0
    assert json.loads(capsys.readouterr().out)["length"] == 5


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "give a text, or --file"),
        (["text", "--file", "x.txt"], "give a text, or --file"),
        (["--file", "nowhere.txt"], "--file cannot be read: No such file or directory"),
        (["--file", "late.csv"], "--file names a table: say with --content"),
        (["--file", "{latin}"], "is not utf-8-sig (byte 3): name its --encoding"),
        (["--file", "{latin}", "--encoding", "klingon"], "--encoding must be one that Python knows"),
        (["text", "--conn-id", "x"], "--conn-id: only for a table"),
        (["text", "--key-column", "x"], "--key-column: only for a table"),
        (["--content", "x"], "are for a table in a file: name it with --file"),
        (["--file", "-", "--content", "x", "--to-column", "y"], "are for a table in a file"),
        (["--file", "late.csv", "--content", "x"], "a table needs both"),
        (["--file", "late.txt", "--content", "x", "--to-column", "y"], "--file must end as a table does"),
        (["--file", "late.csv", "--content", "{{ x }}", "--to-column", "y"], "{{ }}, which only a Dag fills in"),
        (["--file", "late.csv", "--content", "{x!r}", "--to-column", "y"], "with `!r`: write columns as {name}"),
        (["--file", "late.csv", "--content", "}", "--to-column", "y"], "--content is no template"),
        (["--file", "late.csv", "--content", "x", "--to-column", "y", "--delimiter", "::"], "--delimiter must be one"),
        (["--file", "late.csv", "--content", "x", "--to-column", "y", "--encoding", "no"], "--encoding must be one"),
        (["--file", "nowhere.csv", "--content", "x", "--to-column", "y"], "--file cannot be read: No such file"),
        (["--file", "nosuch://x/y.csv", "--content", "x", "--to-column", "y"], "--file is at no storage"),
        (["--output", "yaml", "text"], "invalid choice: 'yaml'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(argv, said, tmp_path, capsys):
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Caf\u00e9 is open".encode("latin-1"))
    assert smsworks("estimate", *(argument.replace("{latin}", str(latin)) for argument in argv)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in " ".join(err.split())
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--yes"], "--yes is for --live-number only"),
        (["--read-inbox"], "--read-inbox is for --live-number only"),
        (["--sender", "Parcels"], "--sender is for --live-number only"),
        (["--conn-id", ""], "--conn-id is empty"),
        (["--wait", "0"], "'0' is not a number of seconds, 1 to 3600"),
        (["--wait", "soon"], "'soon' is not a number of seconds"),
        (["--live-number", "07700900000"], "nobody can be asked whether to text (no terminal)"),
        (["07700900000"], "unrecognized arguments"),
    ],
)
def test_a_doctor_that_is_asked_wrongly(argv, said, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert smsworks("doctor", *argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
