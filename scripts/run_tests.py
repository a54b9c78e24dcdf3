"""
`make test`: the tests in layers, the quick ones first; stops at the first layer that fails.

`--coverage` runs the layers without an Airflow of processes only, and measures which lines and branches they run.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

LAYERS = {
    "unit": ["tests/unit"],
    "package": ["tests/package"],
    "sandbox and wire": ["tests/sandbox", "tests/wire"],
    "browser": ["tests/browser"],
    "real Airflow": ["tests/airflow"],
    "local stack": ["tests/stack"],
}
OPTIONS = {
    "unit": ["-n", "2", "--dist", "worksteal"],
    # They wait more than they work; each of the processes has a sandbox of its own.
    "sandbox and wire": ["-n", "6", "--dist", "worksteal"],
    "browser": ["-n", "2", "--dist", "worksteal"],
    # One process runs what shares an Airflow, the other what needs one of its own. Three side by side on two cores are
    # quicker, but now and then an API server with SQLite stands still for a minute then.
    "real Airflow": ["-n", "2", "--dist", "loadgroup"],
    "local stack": ["-n", "2", "--dist", "loadfile"],
}
COVERED = ("unit", "sandbox and wire")


def run_layer(paths: list[str], arguments: list[str], *, is_measured: bool = False) -> int:
    """Run pytest on these folders and return its exit code."""
    measure = ["coverage", "run", "-m"] if is_measured else []
    process = subprocess.Popen([sys.executable, "-m", *measure, "pytest", "-q", *paths, *arguments])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest has got it as well and cleans up


def coverage(*arguments: str) -> int:
    """Run the program coverage and return its exit code."""
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], check=False).returncode


def main() -> int:
    """Run all layers and return the exit code; other arguments than `--coverage` are passed on to pytest."""
    is_measured = "--coverage" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--coverage"]
    layers = {name: LAYERS[name] for name in COVERED} if is_measured else LAYERS
    told, code = [], 0
    if is_measured:
        coverage("erase")
    for name, folders in layers.items():
        paths = [folder for folder in folders if Path(folder).is_dir()]
        if not paths:
            told.append(f"{name:<18} left out: no {' or '.join(folders)}")
            continue
        print(f"\n=== {name} ({', '.join(paths)})", flush=True)
        began = time.monotonic()
        code = run_layer(paths, [*OPTIONS.get(name, []), *arguments], is_measured=is_measured)
        told.append(f"{name:<18} {'ok' if code == 0 else 'FAILED':<8} {time.monotonic() - began:6.1f} s")
        if code:
            break
    print("", *told, sep="\n", flush=True)
    if is_measured and not code:
        code = coverage("combine", "--quiet") or coverage("report")
    return code


if __name__ == "__main__":
    sys.exit(main())
