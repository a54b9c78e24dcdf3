"""
Prints what pyproject.toml asks for, the build's tools and the extras `sandbox` and `dev` included.

Or, if they are named as arguments, what other extras ask for.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

EXTRAS = ("sandbox", "dev")

if __name__ == "__main__":
    settings = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    named = sys.argv[1:]
    if not named:
        print(*settings["build-system"]["requires"], *project["dependencies"], sep="\n")
    for extra in named or EXTRAS:
        print(*project["optional-dependencies"][extra], sep="\n")
