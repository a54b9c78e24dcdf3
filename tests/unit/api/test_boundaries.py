"""Imports point downwards only, and importing the client brings no Airflow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import airflow_provider_smsworks

PACKAGE = "airflow_provider_smsworks"
ROOT = Path(airflow_provider_smsworks.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
API = [path for path in FILES if path.is_relative_to(ROOT / "api")]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in FILES}


def imports_of(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, also inside functions and relatively."""
    found: set[str] = set()
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] + "." if node.level else ""
            base = f"{above}{node.module or ''}".rstrip(".")
            found |= {full if (full := f"{base}.{alias.name}") in NAMES else base for alias in node.names}
    return found


IMPORTS = {name_of(path): imports_of(path) for path in FILES}


def is_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def test_the_scan_sees_what_is_there():
    assert f"{PACKAGE}.api.answers" in IMPORTS[f"{PACKAGE}.api.exchange"]
    assert f"{PACKAGE}.api.records.messages" in IMPORTS[f"{PACKAGE}.api.operations"]
    assert "phonenumbers" in IMPORTS[f"{PACKAGE}.api.numbers"]
    assert len(API) > 10


@pytest.mark.parametrize("path", API, ids=lambda path: path.stem)
def test_the_client_imports_nothing_above_it(path):
    own = {module for module in imports_of(path) if is_in(module, PACKAGE)}
    assert {module for module in own if not is_in(module, f"{PACKAGE}.api")} == set()
    assert {module for module in imports_of(path) if is_in(module, "airflow")} == set()


def test_the_sandbox_shares_no_code_with_the_rest_in_either_direction():
    twin = f"{PACKAGE}.sandbox"
    for module, imported in IMPORTS.items():
        ours = {name for name in imported if is_in(name, PACKAGE)}
        if is_in(module, twin):
            # The package itself says no more than its version.
            assert {name for name in ours if not is_in(name, twin)} <= {PACKAGE}, module
        elif module != f"{PACKAGE}.cli.sandbox":  # which starts it
            assert {name for name in ours if is_in(name, twin)} == set(), module


def test_one_file_knows_the_http_library():
    users = {module for module, imported in IMPORTS.items() if any(is_in(name, "httpx") for name in imported)}
    assert {module for module in users if not is_in(module, f"{PACKAGE}.sandbox")} == {f"{PACKAGE}.api.exchange"}


def test_no_import_leads_back_to_where_it_came_from():
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path, module])
        if module not in done:
            for imported in sorted(IMPORTS[module] & NAMES - {module}):
                visit(imported, (*path, module))
            done.add(module)

    for module in sorted(NAMES):
        visit(module, ())


def test_importing_the_package_and_the_client_imports_no_airflow():
    modules = sorted(name_of(path) for path in API)
    script = (
        f"import sys, importlib\nfor name in {[PACKAGE, *modules]!r}: importlib.import_module(name)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    loaded = run.stdout.split()
    assert {"airflow_provider_smsworks", "httpx", "tenacity"} <= set(loaded)
    assert {name for name in loaded if name.startswith("airflow")} == {"airflow_provider_smsworks"}
    assert "fastapi" not in loaded
