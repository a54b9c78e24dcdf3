"""What the pages show is what the tests run, what they name is there, and nothing public is left out."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import shlex
import tomllib

import pytest
from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

from airflow_provider_smsworks.get_provider_info import get_provider_info
from tests.docs_pages import PAGES, ROOT, SNIPPETS, blocks, commands, regions
from tests.readings import QUESTIONS

EXAMPLES = sorted(ROOT.glob("example_dags/*.py"))
SOURCES = sorted([*SNIPPETS.glob("*.py"), *EXAMPLES])
RUN_BY_WIRE_TESTS = ("airflow connections add ", "airflow pools set ", "export AIRFLOW_CONN_")
ALL = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def included():
    """Each piece of a file that a page shows: the page, the file, its markers."""
    for page in PAGES:
        for block in blocks(page):
            if block.kind.startswith("{literalinclude}"):
                options = dict(re.findall(r"^:([\w-]+): ?(.*)$", block.text, re.MULTILINE))
                yield page, page.parent / block.kind.split()[1], options


# What is shown.


def test_a_page_of_the_site_includes_its_python():
    for block in blocks(*ROOT.glob("docs/*.md")):
        assert block.kind not in ("python", "py", "pycon"), f"{block.page}: include it from a file that is run"


@pytest.mark.parametrize(
    ("page", "source", "options"), included(), ids=lambda value: getattr(value, "name", None) or "at"
)
def test_what_is_included_stands_between_its_markers(page, source, options):
    start, end = (
        re.fullmatch(r'"\[(?:START|END) (\w+)\]"', options[name])[1] for name in ("start-after", "end-before")
    )
    assert source.resolve() in SOURCES
    assert start == end
    region = regions(source)[start]
    assert region
    if "dedent" not in options:
        assert not regions(source)[start].startswith(" ")
        assert f"\n{region.splitlines()[-1]}\n" in source.read_text(encoding="utf-8"), "this one needs :dedent:"


def test_every_marker_is_used():
    used = {re.search(r"START (\w+)", options["start-after"])[1] for _, _, options in included()}
    readme = [block.text.strip("\n") for block in blocks(ROOT / "README.md") if block.kind == "python"]
    for source in SOURCES:
        for name, region in regions(source).items():
            assert name in used or region in readme, f"{source.name}: {name} is on no page"


def test_every_snippet_is_shown():
    shown = {source.resolve() for _, source, _ in included()}
    assert set(SNIPPETS.glob("*.py")) <= shown


@pytest.mark.parametrize("block", [block for block in blocks(ROOT / "README.md") if block.kind == "python"])
def test_the_readme_has_what_stands_in_a_file(block):
    assert block.text.strip("\n") in [region for source in SOURCES for region in regions(source).values()]


def test_what_a_text_costs_is_what_comes_out():
    region = regions(SNIPPETS / "cost.py")["howto_estimate"]
    names = {}
    checked = 0
    lines = region.splitlines()
    for node in ast.parse(region).body:
        source = ast.unparse(node)
        if not isinstance(node, ast.Expr):
            exec(source, names)
            continue
        told = []
        for line in lines[node.end_lineno :]:
            if not line.startswith("#"):
                break
            told.append(line.removeprefix("#").strip())
        assert " ".join(told) == repr(eval(source, names))
        checked += 1
    assert checked == 2


def test_the_first_page_shows_the_same_demo_as_the_readme():
    [first] = [block.text for block in blocks(ROOT / "docs" / "start.md") if block.text.startswith("A demo")]
    [readme] = [block.text for block in blocks(ROOT / "README.md") if block.text.startswith("A demo")]
    assert first == readme


# What is typed.


def test_what_is_typed_is_marked_as_such():
    for block in blocks():
        if block.kind == "":
            assert not re.match(r"(make|python|pip|airflow|smsworks|smsworks-sandbox|export) ", block.text), block


@pytest.mark.parametrize(("page", "line"), commands())
def test_what_is_typed_can_be(page, line):
    words = shlex.split(line)
    if line.startswith(RUN_BY_WIRE_TESTS):
        return
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif words[:2] == ["pip", "install"]:
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert words[2] == "." or re.fullmatch(r"\.\[(\w+)\]", words[2])[1] in extras
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2])
    elif words[0] == "smsworks-sandbox":
        from airflow_provider_smsworks.sandbox.__main__ import _parser as sandbox_parser

        sandbox_parser().parse_args(words[1:])
    else:
        parse_command(words[1:] if words[0] == "smsworks" else words)


def parse_command(words):
    from airflow_provider_smsworks.cli.program import parser

    if words[:2] == ["airflow", "smsworks"]:
        words = words[2:]
    parser().parse_args(words)


# What is named.


@pytest.mark.parametrize("page", sorted({*PAGES, *ROOT.glob("*.md")}), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in headings(file), f"{page.name}: {target}"


def headings(file):
    """The anchors of a page, as the forge and the site make them."""
    titles = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_file_that_a_page_names_is_there():
    for path in set(re.findall(r"(?<![\w./])((?:docs|example_dags|tests|scripts|benchmarks)/[\w./-]+\w)", ALL)):
        assert (ROOT / path).exists(), path


def test_every_example_has_its_place():
    for example in EXAMPLES:
        assert example.stem in ALL, example.name


# What is public.


def public_classes():
    info = get_provider_info()
    entries = [entry for kind in ("operators", "sensors", "triggers", "hooks") for entry in info[kind]]
    modules = [name for entry in entries for name in entry["python-modules"]]
    modules += [entry["python-module"] for entry in info["transfers"]] + ["airflow_provider_smsworks.retrying"]
    classes = set(info["notifications"])
    for name in modules:
        try:
            module = importlib.import_module(name)
            names = getattr(module, "__all__", None) or [
                one for one, value in vars(module).items() if _is_of(value, module)
            ]
            classes |= {f"{name}.{one}" for one in names if inspect.isclass(getattr(module, one))}
        except AirflowOptionalProviderFeatureException:
            continue  # this Airflow does not have it
    return sorted(classes)


def _is_of(value, module):
    return inspect.isclass(value) and value.__module__ == module.__name__ and not value.__name__.startswith("_")


@pytest.mark.parametrize("name", public_classes())
def test_every_public_class_has_a_place(name):
    assert f".. autoclass:: {name}\n" in ALL


def test_every_field_of_a_connection_has_a_place():
    page = (ROOT / "docs" / "connection.md").read_text(encoding="utf-8")
    [connection] = get_provider_info()["connection-types"]
    for name in ["password", "host", *connection["conn-fields"]]:
        meaning = re.search(rf"^[^:*\n]*`{name}`[^\n]*\n: (.*?)\n\n", page, re.MULTILINE | re.DOTALL)[1]
        assert "*Default:*" in meaning
        assert "*Errors:*" in meaning


def test_every_open_question_has_a_place():
    page = (ROOT / "docs" / "open-questions.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`(\w+)`", " ".join(row.split("|")[-2] for row in page.splitlines() if row.startswith("|")))
    )
    assert named == set(QUESTIONS)


def test_every_page_is_in_the_table_of_contents():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set("\n".join(block.text for block in blocks(ROOT / "docs" / "index.md")).splitlines())
    assert {page.stem for page in ROOT.glob("docs/*.md")} - {"index"} <= listed, index
