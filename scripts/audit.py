"""
`make audit`: known weaknesses of the pinned packages, packages that do not fit together, and licences.

pip-audit lets everything pass that its database does not answer for, so its report is read here: no answer at all is
told as such, and is no failure, because many a machine that builds cannot reach the database; a few missing answers
are named; a known weakness fails, unless it is allowed below with a reason.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PINS = ROOT / "constraints" / "airflow-3.3.2.txt"

ALLOWED: dict[str, str] = {}
"""What is known and does not concern this package: its id (CVE, GHSA or PYSEC) and why."""

LICENCES = re.compile(r"\b(Apache|MIT|BSD|ISC|PSF|MPL)\b", re.IGNORECASE)
"""What may be used by something under Apache-2.0."""


def judge(report: dict[str, Any], allowed: dict[str, str]) -> tuple[list[str], bool]:
    """
    Return what is to be said about a report of pip-audit, and whether it is all right.

    :param report: with ``dependencies``, each with ``vulns``, or with ``skip_reason``
    """
    packages = report["dependencies"]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if len(unknown) == len(packages):
        return ["the database of known weaknesses could not be asked: NOTHING WAS AUDITED"], True
    found = [
        (f"{package['name']} {package['version']}: {weakness['id']}", {weakness["id"], *weakness.get("aliases", [])})
        for package in packages
        for weakness in package.get("vulns", [])
    ]
    said = [f"not in the database: {', '.join(unknown)}"] if unknown else []
    for name, ids in found:
        reasons = [allowed[one] for one in ids & allowed.keys()]
        said.append(f"{name} is allowed: {reasons[0]}" if reasons else f"{name} IS NOT ALLOWED")
    stale = allowed.keys() - {one for _, ids in found for one in ids}
    said += [f"{one} is allowed and not there any more: remove it" for one in sorted(stale)]
    said.append(f"{len(packages) - len(unknown)} packages audited, {len(found)} known weaknesses")
    return said, not any(ids.isdisjoint(allowed) for _, ids in found)


def read_report() -> dict[str, Any]:
    """Ask pip-audit about every pin; without an answer nothing is known of any."""
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(PINS), *options]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report: dict[str, Any] = json.loads(answer.stdout)
    except ValueError:
        print(answer.stderr.strip()[-1000:])
        return {"dependencies": []}
    return report


def wrong_licences() -> list[str]:
    """Return the packages that this one asks for and whose licence is not known to fit."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["sandbox"]]
    wrong = []
    for name in (re.split(r"[<>=~!\[; ]", line)[0] for line in wanted):
        about = distribution(name).metadata
        fields = [about.get_all(field) or [] for field in ("License-Expression", "License", "Classifier")]
        names = [*fields[0], *fields[1], *(line for line in fields[2] if line.startswith("License"))]
        if not any(map(LICENCES.search, names)):
            wrong.append(name)
    return wrong


def main() -> int:
    """Say what was found; return 1 if something must be done."""
    fits = subprocess.run([sys.executable, "-m", "pip", "check"], check=False).returncode == 0
    if unclear := wrong_licences():
        print(f"licences that are not known to fit Apache-2.0: {', '.join(unclear)}")
    said, fine = judge(read_report(), ALLOWED)
    print(*said, sep="\n")
    return 0 if fits and fine and not unclear else 1


if __name__ == "__main__":
    sys.exit(main())
