"""A client that holds, settles, releases and records at random, and repeats what it has done before."""

import datetime as dt
import os
import random
from collections import deque
from typing import Any

import orjson
import peewee

from growth_service.ledger import generations
from growth_service.spending import budgets, holds
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.idempotency import Once
from shared_schema.problems import BudgetExceeded, Conflict, NotFound
from shared_schema.tables import db
from tests.simulations.budgets.state import BUDGETS, DOLLAR, PURPOSES, State

_CHANCES = {"hold": 42, "settle": 18, "release": 7, "generation": 20, "put": 1, "read": 3, "repeated": 9}
_SOME_OPEN = "SELECT hold_id FROM ai_open_holds WHERE hold_id >= ? ORDER BY hold_id LIMIT 1"
Operation = dict[str, Any]


class Worker:
    """One process. `number` is its place, `life` how many in this place were killed before it."""

    def __init__(self, state: State, number: int, life: int) -> None:
        self.state, self.number, self.life = state, number, life
        self.random = random.Random(f"{state.seed}-{number}-{life}")
        self.made = 0
        self.calls: deque[tuple[str, str, str]] = deque(maxlen=50)  # hold, request, purpose
        self.past: deque[Operation] = deque(maxlen=200)
        self.intent = os.open(state.intent(number), os.O_RDWR | os.O_CREAT)
        self.answers = os.open(state.answers(number), os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def run(self) -> None:
        """Work until told to stop, or killed."""
        db.initialize(LibsqlDatabase(f"file:{self.state.file}"))  # type: ignore[attr-defined]  # of the proxy
        self._take_over()
        kinds, weights = list(_CHANCES), list(_CHANCES.values())
        while not self.state.stop.value:
            kind = self.random.choices(kinds, weights)[0]
            operation = self._again() if kind == "repeated" else self._new(kind)
            if operation is None:
                continue
            self._intend(operation)
            self._do(operation)
            self.state.count(kind, self.number)
            self.past.append(operation)
        self._intend({})

    def _take_over(self) -> None:
        """Repeat what the killed one was doing: its answer was lost, so it may have happened or not."""
        operation = orjson.loads(os.pread(self.intent, 4096, 0) or b"{}")
        if operation:
            self._do(operation)
            self.state.count("after a kill", self.number)

    def _intend(self, operation: Operation) -> None:
        text = orjson.dumps(operation)
        os.pwrite(self.intent, text + b" " * (1000 - len(text)), 0)

    def _again(self) -> Operation | None:
        return self.random.choice(self.past) if self.past else None

    def _new(self, kind: str) -> Operation | None:
        operation: Operation = {"kind": kind, "now": self.state.now.value, "key": self._key()}
        if kind == "hold":
            return operation | self._hold()
        if kind in ("settle", "release"):
            return operation | {"id": self._some_hold(), "amount": self._amount()}
        if kind == "generation":
            return operation | self._generation()
        name = self.random.choice(list(BUDGETS))
        limit = int(BUDGETS[name][1] * self.random.uniform(0.7, 1.3))
        return operation | {"budget": name, "amount": limit, "fail_closed": BUDGETS[name][3]}

    def _name(self) -> str:
        self.made += 1
        return f"{self.number}-{self.life}-{self.made}"

    def _key(self) -> str | None:
        """Every third request has a key of the client's."""
        return f"key-{self._name()}" if self.random.random() < 0.33 else None

    def _amount(self) -> int:
        return int(self.random.lognormvariate(-2, 1.2) * DOLLAR)

    def _hold(self) -> Operation:
        budget = self.random.choice(list(BUDGETS))
        purpose = BUDGETS[budget][2] or self.random.choice(PURPOSES)
        request, number = self._name(), self.random.getrandbits(64)
        if self.calls and self.random.random() < 0.1:  # the same call, in another budget or with another amount
            request = self.random.choice(self.calls)[1]
        hold_id = f"{self.state.now.value * 1000:012x}{number:020x}"
        self.calls.append((hold_id, request, purpose))
        seconds = self.random.choice((1, 5, 30, 300, 3600))
        return {"budget": budget, "request": request, "amount": self._amount(), "seconds": seconds, "id": hold_id}

    def _some_hold(self) -> str:
        """One of this worker's last holds, or any that is open, so that several go for the same one."""
        if self.calls and self.random.random() < 0.8:
            return self.random.choice(self.calls)[0]
        after = f"{(self.state.now.value - self.random.randrange(600)) * 1000:012x}"
        (result,) = db.fetch([Statement(_SOME_OPEN, (after,))])
        return result.value_or_none(str) or "none"

    def _generation(self) -> Operation:
        request, purpose = self._name(), self.random.choice(PURPOSES)
        if self.calls and self.random.random() < 0.7:
            _, request, purpose = self.random.choice(self.calls)
        cost = None if self.random.random() < 0.01 else self._amount()
        return {"request": request, "purpose": purpose, "amount": cost}

    def _do(self, operation: Operation) -> None:
        try:
            answer = getattr(self, f"_do_{operation['kind']}")(operation)
        except BudgetExceeded:
            answer = "exceeded"
        except Conflict as error:
            answer = str(error.extra.get("resolution", "conflict"))
        except NotFound:
            answer = "not found"
        except peewee.OperationalError as error:
            if not isinstance(errors.cause(error), errors.Busy):
                raise
            answer = "busy"  # nothing was changed
        line = {name: value for name, value in operation.items() if name != "key"} | {"answer": answer}
        os.write(self.answers, orjson.dumps(line) + b"\n")

    def _once(self, operation: Operation) -> Once:
        return Once("growth:service:bot", operation["key"], orjson.dumps(operation).hex()[:64], "none")

    def _do_hold(self, operation: Operation) -> str:
        names = ("budget", "request", "amount", "seconds", "now")
        wanted = holds.Wanted(*(operation[name] for name in names))
        receipt = holds.hold(operation["id"], wanted, self._once(operation))
        return f"held {receipt.document['id']}"

    def _do_settle(self, operation: Operation) -> str:
        now, amount = operation["now"], operation["amount"]
        receipt = holds.settle(operation["id"], amount, now, self._once(operation))
        return f"settled {receipt.document['actual_nanousd']}"

    def _do_release(self, operation: Operation) -> str:
        return holds.release(operation["id"], operation["now"])["state"]

    def _do_generation(self, operation: Operation) -> str:
        call: generations.Call = {
            "request_id": operation["request"],
            "purpose": operation["purpose"],
            "model": "a-model",
            "success": True,
            "billed_nanousd": operation["amount"],
        }
        now = dt.datetime.fromtimestamp(operation["now"], dt.UTC)
        receipt = generations.record([call], now, self._once(operation), several=False)
        return f"recorded {receipt.document['cost_nanousd']}"

    def _do_put(self, operation: Operation) -> str:
        name, limit = operation["budget"], operation["amount"]
        terms: budgets.Terms = {"period": BUDGETS[name][0], "limit_nanousd": limit}
        budgets.put(name, terms, Actor("4", role="admin"), operation["now"])
        return "put"

    def _do_read(self, operation: Operation) -> str:
        budget = budgets.get(operation["budget"], operation["now"])
        return f"read {budget['pending_nanousd']}"


def work(state: State, number: int, life: int) -> None:
    """The main function of a process."""
    Worker(state, number, life).run()
