"""The model: balances, admissions, resolutions and alerts, recomputed from the rows in the order of the database.

Only for when no worker runs: it reads the file with Python's sqlite3.
"""

import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.simulations.budgets.state import BUDGETS, State

_EVENTS = """
    SELECT o.seq, o.kind, o.id, o.limit_nanousd, o.at, o.fail_closed,
        h.budget, h.request_id, h.amount_nanousd AS amount, h.created_at AS held_at, h.expires_at,
        r.kind AS resolution, r.actual_nanousd AS actual, r.posted_nanousd AS posted, r.overrun_nanousd AS overrun,
        r.resolved_at, r.resolved_by, g.purpose, g.cost_nanousd AS cost, g.created_at AS called_at
    FROM observed o
    LEFT JOIN ai_holds h ON h.id = o.id AND o.kind IN ('hold', 'resolution')
    LEFT JOIN ai_hold_resolutions r ON r.hold_id = o.id AND o.kind = 'resolution'
    LEFT JOIN ai_generation_log g ON g.request_id = o.id AND o.kind = 'generation'
    WHERE o.seq > ? ORDER BY o.seq
"""
_KIND = "SELECT budget, request_id, kind FROM ai_holds JOIN ai_hold_resolutions ON hold_id = id WHERE request_id = ?"
_BALANCES = "SELECT budget, period, posted_nanousd, pending_nanousd, unpriced, uncovered FROM ai_budget_periods"
_STATES = {"settle": "settled", "release": "released", "expire": "expired"}
_PERCENTS = (50, 80, 95, 100)


@dataclass
class Balance:
    """Of a budget in a period."""

    posted: int = 0
    pending: int = 0
    unpriced: int = 0
    uncovered: int = 0

    def figures(self) -> tuple[int, int, int, int]:
        return self.posted, self.pending, self.unpriced, self.uncovered


@dataclass
class Model:
    """All that was seen so far. `violations` are sentences; there should be none."""

    state: State
    seq: int = 0
    balances: dict[tuple[str, str], Balance] = field(default_factory=lambda: defaultdict(Balance))
    limits: dict[str, int] = field(default_factory=dict)
    alerts: set[tuple[str, str, int]] = field(default_factory=set)
    open: dict[str, Any] = field(default_factory=dict)
    costs: dict[str, int | None] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    offsets: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    answered: int = 0
    violations: list[str] = field(default_factory=list)

    def catch_up(self, workers: int) -> None:
        """Go through what is new, then compare with what is stored."""
        with closing(sqlite3.connect(self.state.file)) as connection:
            connection.row_factory = sqlite3.Row
            for event in connection.execute(_EVENTS, (self.seq,)):
                self.seq = event["seq"]
                self.rows[event["kind"]] += 1
                getattr(self, f"_on_{event['kind']}")(event, connection)
            self._compare(connection)
            for worker in range(workers):
                self._check_answers(connection, worker)
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
            self.expect(verdict == "ok", f"integrity: {verdict}")

    def expect(self, holds: bool, violation: str) -> None:
        if not holds:
            self.violations.append(f"{self.seq}: {violation}")

    def _each(self, budget: str, moment: int) -> Iterator[Balance]:
        for period in _periods(moment):
            yield self.balances[budget, period]

    def _on_budget(self, event: Any, _: sqlite3.Connection) -> None:
        self.limits[event["id"]] = event["limit_nanousd"]
        self._look_for_alerts(event["id"], event["at"])

    def _on_hold(self, event: Any, _: sqlite3.Connection) -> None:
        budget, amount = event["budget"], event["amount"]
        balance = self.balances[budget, _limiting(budget, event["held_at"])]
        wanted = balance.posted + balance.pending + amount
        self.expect(wanted <= self.limits[budget], f"{event['id']} was admitted: {wanted} of {self.limits[budget]}")
        closed = BUDGETS[budget][3] and balance.uncovered
        self.expect(not closed, f"{event['id']} was admitted to a budget that is closed")
        self.expect(event["request_id"] not in self.costs, f"{event['id']} was admitted for a recorded call")
        for balance in self._each(budget, event["held_at"]):
            balance.pending += amount
        self.open[event["id"]] = dict(event)

    def _on_resolution(self, event: Any, connection: sqlite3.Connection) -> None:
        hold = self.open.pop(event["id"], None)
        if hold is None:
            self.violations.append(f"{self.seq}: {event['id']} was resolved twice")
            return
        in_time = event["resolved_at"] < hold["expires_at"]
        self.expect(in_time == (event["resolution"] != "expire"), f"{event['id']}: {event['resolution']} at its time")
        self.expect(event["posted"] == self._should_post(event, connection), f"{event['id']}: posted {event['posted']}")
        overrun = max(0, (event["actual"] or 0) - hold["amount"])
        self.expect(event["overrun"] == overrun, f"{event['id']}: overrun {event['overrun']}")
        for balance in self._each(hold["budget"], hold["held_at"]):
            balance.pending -= hold["amount"]
            balance.posted += event["posted"]
        self._look_for_alerts(hold["budget"], hold["held_at"])

    def _should_post(self, event: Any, connection: sqlite3.Connection) -> int:
        """What a resolution posts, by who has resolved the hold."""
        if event["resolution"] != "settle":
            self.expect(event["actual"] is None, f"{event['id']}: a cost of nothing")
            return 0
        if event["resolved_by"] == "client":
            return int(event["actual"])
        sql = "SELECT cost_nanousd FROM ai_generation_log WHERE request_id = ?"
        (cost,) = connection.execute(sql, (event["request_id"],)).fetchone()
        self.expect(event["actual"] == cost, f"{event['id']}: settled by a call of another cost")
        self.expect(cost is not None or BUDGETS[event["budget"]][3], f"{event['id']}: settled without a cost")
        return int(event["amount"] if cost is None else cost)

    def _on_generation(self, event: Any, connection: sqlite3.Connection) -> None:
        request, cost = event["id"], event["cost"]
        self.expect(request not in self.costs, f"{request} is in the ledger twice")
        self.costs[request] = cost
        settled = {budget for budget, _, kind in connection.execute(_KIND, (request,)) if kind == "settle"}
        for name, (_, _, purpose, _) in BUDGETS.items():
            if purpose not in (None, event["purpose"]):
                continue
            for balance in self._each(name, event["called_at"]):
                balance.posted += 0 if name in settled else cost or 0
                balance.unpriced += cost is None
                balance.uncovered += cost is None and name not in settled
            self._look_for_alerts(name, event["called_at"])

    def _look_for_alerts(self, budget: str, moment: int) -> None:
        period = _limiting(budget, moment)
        posted = self.balances[budget, period].posted
        crossed = [one for one in _PERCENTS if posted > 0 and posted * 100 >= self.limits[budget] * one]
        self.alerts.update((budget, period, percent) for percent in crossed)

    def _compare(self, connection: sqlite3.Connection) -> None:
        stored = {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(_BALANCES)}
        for key in stored.keys() | self.balances.keys():
            counted = self.balances[key].figures()
            self.expect(stored.get(key, (0,) * 4) == counted, f"{key}: stored {stored.get(key)}, counted {counted}")
        alerts = {tuple(row) for row in connection.execute("SELECT budget, period, percent FROM ai_budget_alerts")}
        self.expect(alerts == self.alerts, f"alerts: {sorted(alerts ^ self.alerts)[:5]}")
        still_open = {row[0] for row in connection.execute("SELECT hold_id FROM ai_open_holds")}
        self.expect(still_open == self.open.keys(), f"open: {sorted(still_open ^ self.open.keys())[:5]}")

    def _check_answers(self, connection: sqlite3.Connection, worker: int) -> None:
        """What was answered is what the rows say: nothing that was promised is lost."""
        path = self.state.answers(worker)
        if not path.exists():
            return
        with path.open("rb") as lines:
            lines.seek(self.offsets[worker])
            for line in lines:
                self.answered += 1
                self._check_answer(connection, orjson.loads(line))
            self.offsets[worker] = lines.tell()

    def _check_answer(self, connection: sqlite3.Connection, told: dict[str, Any]) -> None:
        word, _, value = str(told["answer"]).partition(" ")
        if word == "recorded":
            self.expect(str(self.costs.get(told["request"], "none")) == value, f"not recorded: {told}")
        if word == "held":
            sql = "SELECT request_id, budget, amount_nanousd FROM ai_holds WHERE id = ?"
            row = connection.execute(sql, (value,)).fetchone()
            self.expect(row and tuple(row) == (told["request"], told["budget"], told["amount"]), f"not held: {told}")
        if word in _STATES.values() and told["kind"] != "hold":
            sql = "SELECT kind, actual_nanousd FROM ai_hold_resolutions WHERE hold_id = ?"
            kind, actual = connection.execute(sql, (told["id"],)).fetchone() or ("", None)
            self.expect(_STATES.get(kind) == word, f"it is {kind}: {told}")
            self.expect(not value or value == str(actual), f"it cost {actual}: {told}")


def _periods(moment: int) -> tuple[str, str]:
    day = dt.datetime.fromtimestamp(moment, dt.UTC).date().isoformat()
    return day, day[:7]


def _limiting(budget: str, moment: int) -> str:
    return _periods(moment)[0 if BUDGETS[budget][0] == "day" else 1]
