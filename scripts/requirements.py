"""Prints what pyproject.toml asks for, the build's tools and the extras `sandbox` and `dev` included."""

from __future__ import annotations

import tomllib
from pathlib import Path

EXTRAS = ("sandbox", "dev")

if __name__ == "__main__":
    settings = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    print(*settings["build-system"]["requires"], *project["dependencies"], sep="\n")
    for extra in EXTRAS:
        print(*project["optional-dependencies"][extra], sep="\n")
