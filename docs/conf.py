"""How Sphinx makes a site of this folder: `make docs`."""

from __future__ import annotations

import atexit
import inspect
import logging
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

# Airflow is imported for the operators' docstrings only; it shall not touch the home of whoever builds the site.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="smsworks-docs-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
# It tells of every file that it reads.
logging.getLogger("airflow").setLevel(logging.WARNING)

from docutils import nodes
from sphinx.util.nodes import make_refnode

from airflow_provider_smsworks import __version__

project = "airflow-provider-smsworks"
author = copyright = "the authors of airflow-provider-smsworks, Apache-2.0"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build", "snippets"]
myst_enable_extensions = ["deflist"]
# Headings are addresses, as they are on the forge: [text](page.md#the-heading).
myst_heading_anchors = 4
# What says nothing of its language is what a program printed.
highlight_language = "none"

# Types stand with the parameters: in a signature they would hide the names.
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
# Names of our own must lead somewhere; those of Python and Airflow cannot, for nothing is fetched from their sites.
nitpick_ignore_regex = [("py:.*", r"(?!.*SmsWorks)(?!airflow_provider_smsworks\.exceptions).*")]

html_theme = "furo"
html_title = f"SMS Works for Airflow {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

_FROM_THE_TOP = {"changelog": "CHANGELOG.md", "security": "SECURITY.md"}


def read_from_the_top(app: Any, docname: str, source: list[str]) -> None:
    """Let a page be a file of the folder above, with links as they are from here."""
    if docname not in _FROM_THE_TOP:
        return
    path = Path(app.srcdir).parent / _FROM_THE_TOP[docname]
    app.env.note_dependency(str(path))
    text = path.read_text(encoding="utf-8").replace("](docs/", "](")
    for page, name in _FROM_THE_TOP.items():
        text = text.replace(f"]({name}", f"]({page}.md")
    source[0] = re.sub(r"\]\((?=(?:README|CONTRIBUTING|AGENTS)\.md|LICENSE|example_dags)", "](../", text)


def leave_out_twins(app: Any, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the async twin of each method: the page says that there is one."""
    return True if hasattr(value, "operation") and inspect.iscoroutinefunction(value) else None


def name_templated_fields(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Name the fields that Airflow renders, also those that another class documents."""
    if what == "class" and isinstance(fields := getattr(value, "template_fields", None), tuple):
        lines += ["", "Templated: " + ", ".join(f"``{field}``" for field in fields) + ".", ""]


def end_code_with_code(app: Any, doctree: Any) -> None:
    """Drop the empty lines that a formatter wants between a piece of code and the marker of its end."""
    for block in doctree.findall(nodes.literal_block):
        text = block.astext().strip("\n")
        block[:] = [nodes.Text(text)]
        block.rawsource = text


def tell_no_type_of_init(app: Any, doctree: Any) -> None:
    """Drop "Return type: None" of classes: it is that of `__init__`, beside what a task returns."""
    for field in list(doctree.findall(nodes.field)):
        if [part.astext() for part in field] == ["Return type", "None"]:
            field.parent.remove(field)


def find_by_its_name(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Find a class that a docstring calls by its name alone, wherever it is documented."""
    name = node.get("reftarget", "").lstrip("~.").rpartition(".")[2]
    if node.get("refdomain") != "py" or not name.startswith(("SmsWorks", "WaitsFor", "get_incoming_text")):
        return None
    domain = env.get_domain("py")
    found = [full for full in domain.objects if full.rpartition(".")[2] == name]
    if len(found) != 1:
        return None
    entry = domain.objects[found[0]]
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, name)


def setup(app: Any) -> None:
    """Tell Sphinx of the above."""
    app.connect("source-read", read_from_the_top)
    app.connect("autodoc-skip-member", leave_out_twins)
    app.connect("autodoc-process-docstring", name_templated_fields)
    app.connect("doctree-read", end_code_with_code)
    app.connect("doctree-read", tell_no_type_of_init)
    app.connect("missing-reference", find_by_its_name)
