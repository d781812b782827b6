"""Starting, killing and stopping the workers; the clock that jumps."""

import datetime as dt
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from growth_service import prices
from growth_service.spending import budgets, holds
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from shared_schema.problems import BudgetExceeded
from shared_schema.tables import db
from tests import stages
from tests.simulations.budgets.model import Model
from tests.simulations.budgets.state import BUDGETS, CONTEXT, OBSERVERS, State
from tests.simulations.budgets.worker import work

_TICK_S = 0.01
_KILL_S = 0.4  # a kill now and then, on average
_DAY_S = 86_400


def prepare(state: State) -> None:
    """Make the file and the budgets. In a process of its own, so that this one never opens the database."""
    state.now.value = int(time.time())
    prices.price(prices.Call("a-model"), dt.datetime.now(dt.UTC))  # reads the price book, which every fork then has
    process = CONTEXT.Process(target=_make, args=(state,))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("the database could not be made")


def _make(state: State) -> None:
    stages.migrated(state.file)
    database = LibsqlDatabase(f"file:{state.file}")
    db.initialize(database)  # type: ignore[attr-defined]  # of the proxy
    for sql in OBSERVERS:
        database.execute_sql(sql)
    for name, (period, limit, purpose, fail_closed) in BUDGETS.items():
        terms: budgets.Terms = {
            "period": period,
            "limit_nanousd": limit,
            "purpose": purpose,
            "fail_closed": fail_closed,
        }
        budgets.put(name, terms, Actor("4", role="admin"), state.now.value)
    database.close()


class Crew:
    """The workers of a simulation, by their places."""

    def __init__(self, state: State, size: int) -> None:
        self.state, self.random = state, random.Random(state.seed)
        self.lives = [0] * size
        self.kills = 0
        self.processes: list[BaseProcess | None] = [None] * size

    def round(self, operations: int) -> None:
        """Work until so many operations are done in all, with kills; then let everybody finish."""
        self.state.stop.value = 0
        for place in range(len(self.processes)):
            self._start(place)
        while self.state.total() < operations:
            time.sleep(_TICK_S)
            self._tick()
            if self.random.random() < _TICK_S / _KILL_S:
                self._kill(self.random.randrange(len(self.processes)))
            self._check()
        self.state.stop.value = 1
        for process in self.processes:
            if process is not None:
                process.join()

    def _start(self, place: int) -> None:
        process = CONTEXT.Process(target=work, args=(self.state, place, self.lives[place]))
        process.start()
        self.processes[place] = process
        self.lives[place] += 1

    def _tick(self) -> None:
        jumps = (0, self.random.randrange(1, 120), self.random.randrange(600, 7200), _DAY_S)
        self.state.now.value += self.random.choices(jumps, (70, 28, 1.7, 0.3))[0]

    def _kill(self, place: int) -> None:
        process = self.processes[place]
        if process is None or process.pid is None:
            return
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        self.kills += 1
        self._start(place)

    def _check(self) -> None:
        failed = [process for process in self.processes if process is not None and process.exitcode not in (None, 0)]
        if failed:
            raise RuntimeError(f"a worker failed by itself: {failed}")


def let_all_expire(state: State) -> None:
    """A year on, every hold has expired: a hold that cannot be had resolves what is left of each budget."""
    state.now.value += 366 * _DAY_S
    process = CONTEXT.Process(target=_expire, args=(state,))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("what was left could not be let expire")


def _expire(state: State) -> None:
    db.initialize(LibsqlDatabase(f"file:{state.file}"))  # type: ignore[attr-defined]  # of the proxy
    for name in BUDGETS:
        seen = budgets.get(name, state.now.value)
        if seen["pending_nanousd"]:
            raise RuntimeError(f"{name} has {seen['pending_nanousd']} pending a year on")
        try:
            holds.hold("f" * 32, holds.Wanted(name, "last", 10**15, 1, state.now.value), Once(""))
        except BudgetExceeded:
            continue
        raise RuntimeError(f"{name} has admitted a million dollars")


def simulate(
    state: State, operations: int, workers: int, every: int, tell: Callable[[str], None]
) -> tuple[Model, Crew]:
    """All of it: rounds of `every` operations, each followed by the model. Stops at the first violation."""
    prepare(state)
    model, crew = Model(state), Crew(state, workers)
    for upto in range(every, operations + every, every):
        crew.round(min(upto, operations))
        model.catch_up(workers)
        tell(f"{state.total()} operations, {crew.kills} kills, {len(model.violations)} violations")
        if model.violations:
            return model, crew
    let_all_expire(state)
    model.catch_up(workers)
    model.expect(not model.open, f"{len(model.open)} holds are open a year on")
    pending = {key: balance.pending for key, balance in model.balances.items() if balance.pending}
    model.expect(not pending, f"pending a year on: {pending}")
    return model, crew
