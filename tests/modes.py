"""In which modes a test runs: on a file, on a server, on a server with a replica. The hooks of pytest that say so."""

import pytest

from tests import stages


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
    """On a replica, a test of every mode runs with the first of its parameters alone.

    A replica reads as a file does and writes as a server does, with which all parameters run. What is a replica's own,
    that it may lag, is tested by tests that run in its mode only, and those keep all of theirs.
    """
    seen: set[str] = set()
    left_out: list[pytest.Item] = []
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or callspec.params.get("mode") != "replica" or item.get_closest_marker("only"):
            continue
        name = item.nodeid.partition("[")[0]
        if name in seen:
            left_out.append(item)
        seen.add(name)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
