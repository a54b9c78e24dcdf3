"""
`make test-matrix`: the tests on every Airflow that this package serves, each in an environment of its own.

    make test-matrix ARGS="2.11.2 3.0.6"        # these
    make test-matrix ARGS=--quick PYTHON=...    # of each only what CI has time for

Needs nothing but Python: it installs each Airflow as constraints/airflow-<version>.txt pins it, and this package as a
user's pip would. An environment is kept until its pins, its Python or what it needs change.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / ".venv-matrix"
VERSIONS = ("2.11.2", "3.0.6", "3.1.8", "3.2.2", "3.3.2")
NEWEST = VERSIONS[-1]
UPGRADES = ("2.11.2", "3.2.2")
"""From these to the newest, with tasks that wait."""

LAYERS = {
    "unit": ["tests/unit"],
    "wire": ["tests/wire"],
    "Dags": ["tests/matrix"],
}
QUICK = {
    "unit": ["tests/unit", "--ignore=tests/unit/api", "--ignore=tests/unit/questions"],
    "wire": [f"tests/wire/test_{name}.py" for name in ("waiting", "send_once", "notifier")],
    "Dags": ["tests/matrix"],
}
"""Without what uses nothing of Airflow."""

OPTIONS = ["-q", "-n", "2", "--dist", "worksteal"]
TOOLS = {
    *("common-sql", "sqlite", "asyncpg", "psycopg2-binary"),
    *("hypothesis", "jsonschema", "psutil", "pyarrow", "pytest", "pytest-xdist", "smsutil", "statsd"),
}
"""Of the extras `dev` and `sql`, what the tests on every version need."""


@dataclass(frozen=True)
class Row:
    """A line of the table: what became of a layer on a version."""

    version: str
    python: str
    layer: str
    passed: int
    skipped: int
    seconds: float
    state: str


def main() -> int:
    """Run what is asked for, print one table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make test-matrix", description="The tests on every Airflow.")
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=f"default: {' '.join(VERSIONS)}")
    parser.add_argument("--quick", action="store_true", help="only what CI has time for")
    parser.add_argument("--only", choices=LAYERS, help="of the layers this one")
    parser.add_argument("--no-upgrade", action="store_true", help="without the upgrade with waiting tasks")
    asked = parser.parse_args()
    versions = asked.versions or list(VERSIONS)
    if unknown := sorted(set(versions) - set(VERSIONS)):
        parser.error(f"there are no pins for {', '.join(unknown)}: give of {', '.join(VERSIONS)}")
    rows: list[Row] = []
    layers = QUICK if asked.quick else LAYERS
    if asked.only:
        layers = {asked.only: layers[asked.only]}
    for version in versions:
        rows += run_version(version, layers)
    if not (asked.quick or asked.only or asked.no_upgrade):
        for version in UPGRADES:
            if {version, NEWEST} <= set(versions):
                rows.append(run_upgrade(version))
    print("", *table(rows), sep="\n", flush=True)
    return 0 if all(row.state == "ok" for row in rows) else 1


def run_version(version: str, layers: dict[str, list[str]]) -> list[Row]:
    """Install a version and run the layers on it, also those after one that fails."""
    began = time.monotonic()
    try:
        python = install(version)
    except subprocess.CalledProcessError as error:
        print(f"Airflow {version} cannot be installed: {error}", file=sys.stderr, flush=True)
        return [Row(version, here(), "install", 0, 0, time.monotonic() - began, "FAILED")]
    rows = [Row(version, here(), "install", 0, 0, time.monotonic() - began, "ok")]
    for layer, arguments in layers.items():
        print(f"\n=== Airflow {version}: {layer}", flush=True)
        rows.append(run_tests(version, python, layer, arguments))
    return rows


def run_tests(version: str, python: Path, layer: str, arguments: list[str]) -> Row:
    """Run a layer, and count."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        pytest: list[str | Path] = [python, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}"]
        code = run_patiently([*pytest, *arguments, *OPTIONS])
        suite = ElementTree.parse(report).getroot()[0].attrib if report.exists() else {}
    tests, skipped, bad = (int(suite.get(name, 0)) for name in ("tests", "skipped", "failures"))
    passed = tests - skipped - bad - int(suite.get("errors", 0))
    # A layer of which nothing ran has shown nothing.
    state = "ok" if code == 0 and passed else "FAILED"
    return Row(version, here(), layer, passed, skipped, time.monotonic() - began, state)


def run_upgrade(version: str) -> Row:
    """Upgrade a real Airflow with waiting tasks from a version to the newest."""
    print(f"\n=== Airflow {version} becomes {NEWEST} while tasks wait", flush=True)
    began = time.monotonic()
    code = run_patiently([python_of(NEWEST), "-m", "tests.matrix.upgrade", str(python_of(version)), version])
    return Row(version, here(), "upgrade", 0, 0, time.monotonic() - began, "FAILED" if code else "ok")


def run_patiently(command: list[str | Path]) -> int:
    """Run a program that cleans up after itself, also after Ctrl-C, and return its exit code."""
    process = subprocess.Popen(command, cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def install(version: str) -> Path:
    """
    Make the environment of a version, unless it is there, and install this package into it.

    :return: its Python
    :raises subprocess.CalledProcessError: it cannot be installed
    """
    pins, folder, python = ROOT / "constraints" / f"airflow-{version}.txt", folder_of(version), python_of(version)
    wanted = requirements(version)
    text = "\n".join([sys.version, str(folder), pins.read_text(encoding="utf-8"), *wanted])
    stamp, made_of = folder / "made-of", hashlib.sha256(text.encode()).hexdigest()
    pip: list[str | Path] = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != made_of:
        print(f"Installing Airflow {version} to {folder.relative_to(ROOT)}: about a minute ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([*pip, "--constraint", pins, *wanted], check=True)
        stamp.write_text(made_of, encoding="utf-8")
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--force-reinstall", ROOT], check=True)
    return python


def requirements(version: str) -> list[str]:
    """Return what pyproject.toml asks for, and of the tools what the tests need."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    extras = project["optional-dependencies"]

    def is_needed(line: str) -> bool:
        name = re.split(r"[<>=!~ \[;]", line)[0]
        return name.removeprefix("apache-airflow-providers-") in TOOLS

    tools = [line for extra in ("sql", "dev") for line in extras[extra] if is_needed(line)]
    assert len(tools) == len(TOOLS), tools
    build = settings["build-system"]["requires"]
    return [f"apache-airflow=={version}", *project["dependencies"], *extras["sandbox"], *tools, *build]


def folder_of(version: str) -> Path:
    """Return where the environment of a version is."""
    return ENVIRONMENTS / f"{version}-py{here()}"


def python_of(version: str) -> Path:
    """Return the Python of a version's environment."""
    return folder_of(version) / "bin" / "python"


def here() -> str:
    """Return the version of this Python, as in `python3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def table(rows: list[Row]) -> list[str]:
    """Return the lines of the table."""
    lines = [f"{'Airflow':<9}{'Python':<8}{'layer':<10}{'passed':>8}{'skipped':>9}{'seconds':>9}  "]
    for row in rows:
        counts = f"{row.passed or '':>8}{row.skipped or '':>9}"
        lines.append(f"{row.version:<9}{row.python:<8}{row.layer:<10}{counts}{row.seconds:>9.0f}  {row.state}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
