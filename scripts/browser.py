"""A Chromium that is installed here, without a window, for pictures and tests of the sandbox's page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium here: install the package `chromium` (Debian, Fedora) or `chromium-browser` (Ubuntu)"


def chromium() -> str | None:
    """Return the path of the program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run the browser; it ends with the block. Raises RuntimeError if there is none."""
    program = chromium()
    if program is None:
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        try:
            yield browser
        finally:
            browser.close()
