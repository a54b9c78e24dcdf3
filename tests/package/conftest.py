"""The package as its users get it: the sdist is built here, the wheel out of it, and installed beside Airflow."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(command, cwd, **more):
    done = subprocess.run([sys.executable, *command], cwd=cwd, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def build(target, source, folder):
    """Build a ``wheel`` or an ``sdist`` with what is installed, and return its file."""
    run(["-m", "hatchling", "build", "--target", target, "--directory", str(folder)], source)
    [file] = folder.iterdir()
    return file


@pytest.fixture(scope="session")
def sdist(tmp_path_factory):
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def unpacked(sdist, tmp_path_factory):
    """The folder that unpacking the sdist makes."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [project] = folder.iterdir()
    return project


@pytest.fixture(scope="session")
def wheel(unpacked, tmp_path_factory):
    return build("wheel", unpacked, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """A folder with nothing but what pip installs of the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--no-index", "--no-deps", "--no-compile", "--target", str(folder)]
    run(["-m", "pip", "--disable-pip-version-check", "install", *options, str(wheel)], folder)
    return folder


@pytest.fixture(scope="session")
def in_python(installed, tmp_path_factory):
    """Run a script in a Python that has the wheel, Airflow, and nothing of this folder; returns what it prints."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_")}
    environment |= {"PYTHONPATH": str(installed), "AIRFLOW_HOME": str(elsewhere)}
    return lambda script: run(["-c", script], elsewhere, env=environment)


@pytest.fixture(scope="session")
def project_files():
    """The files of the project, as far as git keeps them or would."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    if done.returncode:
        pytest.skip("this is no clone")
    return {name for name in done.stdout.splitlines() if Path(ROOT, name).is_file()}
