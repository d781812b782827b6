"""In which modes a test runs: on a file, on a server, on a server with a replica. The hooks of pytest that say so."""

from pathlib import Path

import pytest

from tests import stages

_DATABASE = Path(__file__).parent / "shared_schema" / "database"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--modes", default=",".join(stages.MODES), help="which of file,server,replica the tests run in")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "only(*modes): the test runs in these modes alone")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that uses a database runs in each mode."""
    if "mode" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        wanted = metafunc.config.getoption("modes").split(",")
        modes = [mode for mode in (only.args if only else stages.MODES) if mode in wanted]
        metafunc.parametrize("mode", modes, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a file a test of every mode runs with all of its parameters, elsewhere with the first of them alone.

    A server and a replica run the same statements on the same engine, and how values, rows and errors travel does not
    depend on the statement. What is their own is tested in `shared_schema/database`, and by tests that run in their
    modes only: those keep all of theirs.
    """
    seen: set[tuple[str, str]] = set()
    left_out: list[pytest.Item] = []
    for item in items:
        callspec = getattr(item, "callspec", None)
        mode = None if callspec is None else callspec.params.get("mode")
        if mode in (None, "file") or item.get_closest_marker("only") or item.path.is_relative_to(_DATABASE):
            continue
        test = (item.nodeid.partition("[")[0], mode)
        if test in seen:
            left_out.append(item)
        seen.add(test)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
