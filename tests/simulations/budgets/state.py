"""What the processes of a simulation share: a clock, counters that survive a killed process, the order of the rows."""

import ctypes
import multiprocessing
import multiprocessing.sharedctypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("hold", "settle", "release", "generation", "put", "read", "repeated", "after a kill")
CONTEXT = multiprocessing.get_context("fork")  # nobody opens the database before the fork

# In which order the rows came to be, and what a budget's terms were.
OBSERVERS = (
    "CREATE TABLE observed (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id TEXT, limit_nanousd INTEGER,"
    " at INTEGER, fail_closed INTEGER)",
    "CREATE TRIGGER observe_hold AFTER INSERT ON ai_holds"
    " BEGIN INSERT INTO observed (kind, id) VALUES ('hold', new.id); END",
    "CREATE TRIGGER observe_resolution AFTER INSERT ON ai_hold_resolutions"
    " BEGIN INSERT INTO observed (kind, id) VALUES ('resolution', new.hold_id); END",
    "CREATE TRIGGER observe_generation AFTER INSERT ON ai_generation_log"
    " BEGIN INSERT INTO observed (kind, id) VALUES ('generation', new.request_id); END",
    "CREATE TRIGGER observe_budget AFTER UPDATE OF limit_nanousd ON ai_budgets"
    " BEGIN INSERT INTO observed (kind, id, limit_nanousd, at, fail_closed)"
    " VALUES ('budget', new.name, new.limit_nanousd, new.updated_at, new.fail_closed); END",
)
DOLLAR = 1_000_000_000
# name: period, limit, purpose, fails closed
BUDGETS = {
    "month": ("month", 600 * DOLLAR, None, False),
    "day": ("day", 30 * DOLLAR, None, False),
    "drafts": ("day", 12 * DOLLAR, "drafts", False),
    "strict": ("day", 25 * DOLLAR, "questions", True),
    "small": ("month", 5 * DOLLAR, "scores", True),
}
PURPOSES = ("drafts", "questions", "scores", "others")


def _counters() -> dict[str, Any]:
    return {kind: multiprocessing.sharedctypes.RawArray(ctypes.c_longlong, 64) for kind in KINDS}


@dataclass(frozen=True)
class State:
    """Of one simulation. Neither the clock nor the counters have a lock, which a killed process would keep."""

    directory: Path
    seed: int
    now: Any = field(default_factory=lambda: multiprocessing.sharedctypes.RawValue(ctypes.c_longlong))
    stop: Any = field(default_factory=lambda: multiprocessing.sharedctypes.RawValue(ctypes.c_longlong))
    done: dict[str, Any] = field(default_factory=_counters)

    @property
    def file(self) -> Path:
        return self.directory / "pingtopass.db"

    def intent(self, worker: int) -> Path:
        """What a worker is about to do: whoever comes after it repeats that."""
        return self.directory / f"intent-{worker}.json"

    def answers(self, worker: int) -> Path:
        """What a worker was answered."""
        return self.directory / f"answers-{worker}.jsonl"

    def count(self, kind: str, worker: int) -> None:
        self.done[kind][worker] += 1

    def total(self) -> int:
        return sum(sum(of) for kind, of in self.done.items() if kind != "after a kill")
