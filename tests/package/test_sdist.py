"""The sdist is the project: whoever has it can read, test and build all of it."""

from __future__ import annotations

import tarfile

from tests.package.conftest import run


def test_it_has_every_file_of_the_project_and_no_other(sdist, project_files):
    with tarfile.open(sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert sorted(project_files - packed) == []
    assert sorted(packed - project_files) == ["PKG-INFO"]


def test_its_unit_tests_run(unpacked):
    """Those that read files of the project, and those that start Python anew; nothing else depends on where it is."""
    names = ["audit", "connector_page", "guards", "house_*", "operations_page", "provider_info"]
    files = [str(file) for name in names for file in sorted(unpacked.glob(f"tests/unit/test_{name}.py"))]
    said = run(["-m", "pytest", "-q", *files, "tests/unit/api/test_boundaries.py"], unpacked)
    assert len(files) > len(names)
    assert int(said.strip().splitlines()[-1].split()[0]) > 150
