"""The shorter run of `python -m tests.simulations.budgets`: whatever the order, the kills and the lost answers."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulations.budgets.model import Model
from tests.simulations.budgets.run import Crew, let_all_expire, prepare, simulate
from tests.simulations.budgets.state import KINDS, State


def test_no_order_of_operations_overdraws_a_budget(tmp_path: Path) -> None:
    state = State(tmp_path, seed=20261127)
    model, crew = simulate(state, 3000, workers=2, every=1500, tell=lambda _: None)
    assert model.violations == []
    assert crew.kills > 0
    assert all(sum(state.done[kind]) for kind in KINDS)
    assert all(model.rows[kind] > 100 for kind in ("hold", "resolution", "generation"))
    assert len(model.alerts) > 5


@pytest.mark.parametrize(
    ("damage", "violation"),
    [
        ("UPDATE ai_budget_periods SET posted_nanousd = posted_nanousd + 1 WHERE budget = 'day'", "stored"),
        ("UPDATE ai_budget_periods SET pending_nanousd = pending_nanousd - 1 WHERE budget = 'day'", "stored"),
        ("INSERT INTO ai_open_holds VALUES ('x', 'day', 0)", "open"),
        ("DELETE FROM ai_budget_alerts", "alerts"),
        ("UPDATE observed SET limit_nanousd = 0 WHERE id = 'day'", "was admitted"),
        ("UPDATE ai_hold_resolutions SET posted_nanousd = posted_nanousd + 1 WHERE kind = 'settle'", "posted"),
        ("UPDATE ai_hold_resolutions SET kind = 'expire' WHERE kind = 'release'", "it is expire"),
        ("DELETE FROM observed WHERE kind = 'generation'", "not recorded"),
    ],
)
def test_the_model_sees_what_is_wrong(worked: Path, tmp_path: Path, damage: str, violation: str) -> None:
    state = State(tmp_path, seed=7)
    for file in worked.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with closing(sqlite3.connect(state.file)) as connection, connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER ai_hold_resolutions_{verb}")
        connection.execute(damage)
    model = Model(state)
    model.catch_up(1)
    assert any(violation in sentence for sentence in model.violations)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run of one worker."""
    directory: Path = tmp_path_factory.mktemp("worked")
    state = State(directory, seed=7)
    prepare(state)
    Crew(state, 1).round(300)
    let_all_expire(state)
    model = Model(state)
    model.catch_up(1)
    assert model.violations == []
    return directory
