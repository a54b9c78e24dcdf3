"""`make test`: the tests in layers, the quick ones first; stops at the first layer that fails."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

LAYERS = {
    "unit": ["tests/unit"],
    "sandbox and wire": ["tests/sandbox", "tests/wire"],
    "real Airflow": ["tests/airflow"],
    "local stack": ["tests/stack"],
}
OPTIONS = {
    # They wait more than they work; each of the processes has a sandbox of its own.
    "sandbox and wire": ["-n", "3", "--dist", "worksteal"],
    # So do these; each of the processes has an Airflow of its own.
    "real Airflow": ["-n", "2", "--dist", "loadfile"],
}


def run_layer(paths: list[str], arguments: list[str]) -> int:
    """Run pytest on these folders and return its exit code."""
    process = subprocess.Popen([sys.executable, "-m", "pytest", "-q", *paths, *arguments])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest has got it as well and cleans up


def main() -> int:
    """Run all layers and return the exit code; arguments are passed on to pytest."""
    told, code = [], 0
    for name, folders in LAYERS.items():
        paths = [folder for folder in folders if Path(folder).is_dir()]
        if not paths:
            told.append(f"{name:<18} left out: no {' or '.join(folders)}")
            continue
        print(f"\n=== {name} ({', '.join(paths)})", flush=True)
        began = time.monotonic()
        code = run_layer(paths, [*OPTIONS.get(name, []), *sys.argv[1:]])
        told.append(f"{name:<18} {'ok' if code == 0 else 'FAILED':<8} {time.monotonic() - began:6.1f} s")
        if code:
            break
    print("", *told, sep="\n", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
