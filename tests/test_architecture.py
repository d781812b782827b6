"""The house as design.md draws it, read from the source of every file: floors, circles, twins, who may import what."""

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("shared_schema", "study_service", "growth_service", "migrations", "deploy", "tests")

# From the ground up. A module imports from the floors below its own, and from its own room; rooms on one floor do not
# import each other. The longest name that fits a module is its room.
FLOORS = (
    ("shared_schema.disks", "shared_schema.processes"),
    (
        *("shared_schema.database", "shared_schema.fields", "shared_schema.problems", "shared_schema.logs"),
        "shared_schema.bounded",
    ),
    ("shared_schema.environment", "shared_schema.metrics"),
    ("shared_schema.startup",),
    ("shared_schema.replicate",),
    ("shared_schema.tables", "shared_schema.rows"),
    ("shared_schema.kept",),
    ("shared_schema.audit", "shared_schema.idempotency", "shared_schema.releases", "shared_schema.revocations"),
    ("shared_schema.opening",),
    ("shared_schema.personal", "shared_schema.outcomes", "shared_schema.rebuild", "shared_schema.progress"),
    ("shared_schema.web",),
    ("study_service", "growth_service", "migrations.tool"),
    ("migrations.adoption",),
    ("migrations",),
    ("deploy",),
)
HEIGHT = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

# Where a package of others may be imported; () is nowhere. What is not listed may be imported anywhere.
SERVICES = ("study_service", "growth_service")
EDGE = ("shared_schema.web", *(f"{service}.{room}" for service in SERVICES for room in ("app", "routes")))
ONLY_IN = {
    "flask": EDGE,
    "flask_smorest": ("shared_schema.web",),
    "flask_swagger_ui": ("shared_schema.web",),
    "fsrs": ("study_service.memory.model", "study_service.memory.fitting"),
    "fsrs_rs_python": ("study_service.memory.fitting",),
    "gunicorn": ("shared_schema.web.server", "shared_schema.web.gunicorn_settings", "shared_schema.web.listening"),
    "webargs": ("shared_schema.web",),
    "werkzeug": ("shared_schema.web",),
    # our own tokens; those of the issuer who vouches for people, and its keys
    "jwt": ("shared_schema.web.tokens", "study_service.id_tokens", "study_service.issuer_keys"),
    "libsql_experimental": ("shared_schema.database.local",),
    "libsql": ("shared_schema.database.local",),
    "urllib3": (
        "shared_schema.database.server.pipelines",
        "shared_schema.database.server.connections",
        "study_service.issuer_keys",
        "growth_service.alerts.webhook",
    ),
    "peewee_migrate": ("migrations.tool",),
    "prometheus_client": ("shared_schema.metrics",),
    "sqlite3": ("shared_schema.web.counts",),
}
# SQLite compiled twice into one process loses locks on a file that both have open. These modules import Python's own.
SQLITE3 = {
    "tests.shared_schema.web.test_counts": "looks at that file, and holds a lock on it",
    "shared_schema.web.counts": "counts requests in a file of its own, which the driver never opens",
    "tests.ownership": "prepares statements on a database in memory",
    "tests.audited": "the same",
    "tests.migrations.tool.apply.test_script": "runs a script of `plan --sql` with another program",
    "tests.migrations.tool.commands.test_script": "the same through the command line",
    "tests.faults.damages": "makes a foreign file, which the driver opens after sqlite3 has closed it",
    "tests.migrations.tool.backup.test_backup": "in memory",
    "tests.benchmarks.imports": "asks for the write lock of a file that only the service opens by the driver",
    "tests.benchmarks.hot.replay": "in a process that opens nothing by the driver",
    "tests.simulations.budgets.model": "while no other process is there, in one that opens nothing by the driver",
    "tests.growth_service.spending.test_simulation": "damages a file that no driver opens",
    "tests.migrations.tool.backup.test_virtual_tables": "in memory",
    "tests.migrations.tool.backup.test_restore": "in a child process that opens nothing by the driver",
}

# Route modules without a rule module of their name.
NO_RULES = {
    "study_service.routes.tests": "timed tests: the rules are the package attempts",
    "study_service.routes.study": "questions to study and answers: the rules are in selection and answers",
}
# Beside routes, rooms that read what comes in by HTTP, with the fields of shared_schema.web.
READERS = {
    "study_service.forms": "questions and answers by type, which several routes send and read",
    "growth_service.x": "X's own bodies, which a route passes on",
}
# What one twin has and the other has not, beside the modules of their nouns.
ONE_TWIN_ONLY = {
    "study_service.attempts": "timed tests",
    "study_service.banks": "readers and writers of question files",
    "study_service.importing": "question files into the database",
    "study_service.editing": "what moderators do with questions",
    "study_service.forms": "the forms of questions and answers by HTTP",
    "study_service.grading": "a module for each type of question",
    "study_service.memory": "spaced repetition",
    "study_service.resembling": "how questions of nearly the same text are found, and a command",
    "study_service.statistics": "what the answers of many learners tell of questions",
    "growth_service.alerts": "tells a webhook what budgets have reached",
    "growth_service.ledger": "AI calls and what they add up to",
    "growth_service.posts": "accounts and posts of X",
    "growth_service.prices": "what an AI call cost",
    "growth_service.queue": "drafts up to their approval",
    "growth_service.results": "days, analytics, sign-ups",
    "growth_service.sending": "leases and attempts",
    "growth_service.spending": "budgets and holds",
    "growth_service.wording": "voice profiles, and how a text fits one",
    "growth_service.x": "readers of the bodies of X",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
OURS = [name for name in MODULES if not name.startswith("tests")]


def imports(name: str) -> Iterator[str]:
    """The modules that a module imports, wherever in it, also for types alone."""
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in MODULES else str(node.module)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def room_of(name: str) -> str:
    return max((room for room in HEIGHT if within(name, room)), key=len)


def test_nobody_imports_from_a_floor_above() -> None:
    upward = [
        f"{name} imports {other}"
        for name in OURS
        if name != "shared_schema"
        for other in imports(name)
        if other in MODULES and not _may_import(name, other)
    ]
    assert upward == []


def _may_import(name: str, other: str) -> bool:
    if other.startswith("tests"):
        return False
    own, others = room_of(name), room_of(other)
    return own == others or HEIGHT[others] < HEIGHT[own]


def test_a_migration_file_imports_nothing_of_ours() -> None:
    """It is a photograph of the schema at its time; what it imported could change under it."""
    files = [name for name in OURS if name.split(".")[-1][:3].isdecimal()]
    assert len(files) >= 4
    assert [(name, other) for name in files for other in imports(name) if other.split(".")[0] in PACKAGES] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {other for other in imports(name) if other in MODULES and other != name} for name in MODULES}
    assert sum(map(len, graph.values())) > 500
    graphlib.TopologicalSorter(graph).prepare()  # a CycleError names the circle


def test_the_database_package_stands_alone() -> None:
    """It knows nothing of the application, its configuration or its log."""
    names = [name for name in OURS if within(name, "shared_schema.database")]
    imported = {(name, other) for name in names for other in imports(name)}
    foreign = {"libsql", "libsql_experimental", "orjson", "peewee", "playhouse", "pwiz", "urllib3"}
    assert {
        (name, other)
        for name, other in imported
        if not within(other, "shared_schema.database") and other.split(".")[0] not in foreign | sys.stdlib_module_names
    } == set()


def test_a_foreign_package_is_imported_only_where_it_belongs() -> None:
    strays = [
        f"{name} imports {other}"
        for name in OURS
        for other in imports(name)
        if (package := other.split(".")[0]) in ONLY_IN and not any(within(name, room) for room in ONLY_IN[package])
    ]
    assert strays == []


def test_gunicorn_reads_settings_that_import_nothing_of_ours() -> None:
    """Its master process would keep the module over a reload, for workers of the next release."""
    assert [name for name in imports("shared_schema.web.gunicorn_settings") if name in MODULES] == []


def test_only_modules_with_a_reason_import_pythons_sqlite3() -> None:
    assert {name for name in MODULES if "sqlite3" in imports(name)} == set(SQLITE3)


def test_routes_know_no_query_and_rules_no_request() -> None:
    for service in SERVICES:
        for name in (name for name in OURS if within(name, service)):
            foreign = {other.split(".")[0] for other in imports(name)}
            if within(name, f"{service}.routes"):
                assert "peewee" not in foreign, name
                assert "shared_schema.tables" not in set(imports(name)), name
            elif name not in (f"{service}.app", f"{service}.config", f"{service}.__main__", *_readers()):
                assert not [other for other in imports(name) if within(other, "shared_schema.web")], name
                assert "flask" not in foreign, name


def _readers() -> list[str]:
    return [name for name in OURS if any(within(name, room) for room in READERS)]


def test_no_path_leads_into_another_room() -> None:
    """A folder is named by the package that lies in it: `Path(…) / "deploy"` breaks without a word when it moves."""
    paths = [
        f"{name}:{node.lineno}"
        for name in OURS
        for node in ast.walk(ast.parse(MODULES[name].read_text()))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if isinstance(node.right, ast.Constant) and str(node.right.value).split("/")[0] in PACKAGES
    ]
    assert paths == []


def files(service: str) -> set[str]:
    """What lies in a service beside the modules of its rules."""
    top = {path.name for path in (ROOT / service).iterdir() if path.suffix in (".py", ".typed") or path.is_dir()}
    rules = {f"{name.split('.')[1]}.py" for name in OURS if name.startswith(f"{service}.") and name.count(".") == 1}
    skeleton = {"__init__.py", "__main__.py", "app.py", "config.py", "py.typed"}
    return top - (rules - skeleton) - {"__pycache__"}


def test_the_twins_have_the_same_files() -> None:
    one, other = ({file for file in files(service) if f"{service}.{file}" not in ONE_TWIN_ONLY} for service in SERVICES)
    assert one == other >= {"__init__.py", "__main__.py", "app.py", "config.py", "py.typed", "routes", "demo"}
    demos = [{path.name for path in (ROOT / service / "demo").glob("*.py")} for service in SERVICES]
    assert demos[0] == demos[1]


@pytest.mark.parametrize("service", SERVICES)
def test_every_noun_has_a_route_its_rules_and_its_tests(service: str) -> None:
    nouns = [name.split(".")[-1] for name in OURS if name.startswith(f"{service}.routes.")]
    assert len(nouns) >= 7
    for noun in nouns:
        text = MODULES[f"{service}.routes.{noun}"].read_text()
        assert "@blp.route(" in text, noun
        if f"{service}.routes.{noun}" not in NO_RULES:
            assert any(_is_rule_module(name, service, noun) for name in OURS), noun
            assert list((ROOT / "tests" / service).rglob(f"test_{noun.rstrip('s')}*.py")), noun
        assert f"{noun}.blp" in MODULES[f"{service}.app"].read_text(), noun


def _is_rule_module(name: str, service: str, noun: str) -> bool:
    """At the top of the service, or in one of its rooms."""
    return (
        within(name, service)
        and not within(name, f"{service}.routes")
        and name.split(".")[-1] == noun
        and name.count(".") <= 2
    )


def test_every_exception_is_still_needed() -> None:
    for name in (*NO_RULES, *READERS, *ONE_TWIN_ONLY, *SQLITE3):
        assert name in MODULES, name
    for room in HEIGHT:
        assert room in MODULES, room
