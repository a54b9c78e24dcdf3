"""The wheel holds what a user needs and nothing of anybody else's, and works where only it is installed."""

from __future__ import annotations

import configparser
import json
import re
import zipfile
from pathlib import PurePosixPath

import pytest
from packaging.metadata import Metadata
from trove_classifiers import classifiers

from airflow_provider_smsworks import __version__
from tests.package.conftest import ROOT, run

PACKAGE = "airflow_provider_smsworks"


@pytest.fixture(scope="module")
def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def about(contents):
    """Its metadata, which are refused if they are not what the rules of packaging allow."""
    return Metadata.from_email(contents[f"{PACKAGE}-{__version__}.dist-info/METADATA"], validate=True)


def test_it_has_every_file_of_the_package_and_nothing_else(contents, project_files):
    """Also those that are no Python: what says that it is typed, the page of the sandbox."""
    packed = {name for name in contents if not name.startswith(f"{PACKAGE}-{__version__}.dist-info/")}
    assert packed == {name for name in project_files if name.startswith(f"{PACKAGE}/")}
    assert f"{PACKAGE}/py.typed" in packed


def test_it_touches_nothing_of_airflow(contents):
    assert {PurePosixPath(name).parts[0] for name in contents} == {PACKAGE, f"{PACKAGE}-{__version__}.dist-info"}


def test_its_metadata_are_the_projects(about):
    assert (about.name, str(about.version)) == ("airflow-provider-smsworks", __version__)
    assert str(about.requires_python) == ">=3.11"
    assert about.license_expression == "Apache-2.0"
    assert about.license_files == ["LICENSE"]
    assert set(about.classifiers) <= classifiers
    assert {"Framework :: Apache Airflow :: Provider", "Typing :: Typed"} <= set(about.classifiers)
    assert about.description_content_type == "text/markdown"
    assert about.description.strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()


def test_users_get_what_it_needs_and_no_tool(about):
    needed = {one.name for one in about.requires_dist if one.marker is None}
    assert {"apache-airflow", "apache-airflow-providers-common-compat", "httpx"} <= needed
    assert needed.isdisjoint({"fastapi", "hypothesis", "mypy", "pyarrow", "pytest", "ruff"})


def test_its_licence_is_the_projects(contents):
    assert contents[f"{PACKAGE}-{__version__}.dist-info/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()


def test_the_changelog_is_about_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    [newest] = re.findall(r"^## \[(.+)\]", text, re.MULTILINE)[:1]
    told = text.split("\n## ")[1]
    assert newest == __version__ or (newest == "Unreleased" and f"To be {__version__}" in told)


def test_airflow_finds_it_and_its_form(in_python, installed):
    script = f"""
import json, {PACKAGE}
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
info = manager.providers["airflow-provider-smsworks"]
print(json.dumps([{PACKAGE}.__file__, info.version, "smsworks" in manager.hooks]))
"""
    file, version, is_known = json.loads(in_python(script).splitlines()[-1])
    assert file.startswith(str(installed))
    assert (version, is_known) == (__version__, True)


def test_every_module_can_be_imported(in_python):
    script = f"""
import importlib, pkgutil, {PACKAGE}
names = [module.name for module in pkgutil.walk_packages({PACKAGE}.__path__, "{PACKAGE}.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""
    assert int(in_python(script).splitlines()[-1]) > 100


def test_each_entry_point_leads_somewhere(contents, in_python):
    points = configparser.ConfigParser()
    points.read_string(contents[f"{PACKAGE}-{__version__}.dist-info/entry_points.txt"].decode())
    targets = [target for section in points.sections() for target in points[section].values()]
    assert len(targets) >= 2
    for target in targets:
        module, _, name = target.partition(":")
        assert in_python(f"import {module}; print(callable({module}.{name}))").splitlines()[-1] == "True"


def test_its_program_runs(installed):
    programs = [file for file in (installed / "bin").iterdir() if file.name.startswith("smsworks")]
    assert programs
    for program in programs:
        assert "usage" in run([str(program), "--help"], installed, env={"PYTHONPATH": str(installed)}).lower()
