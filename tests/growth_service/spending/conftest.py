"""Budgets, holds, and the clock of both."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import rebuild
from growth_service.rebuild import spending
from growth_service.routes import budgets, generations, holds
from shared_schema.rebuild.part import Difference
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, call

BUDGETS, HOLDS = "/api/ai/budgets", "/api/ai/holds"
Clock = Callable[[float], None]


class _Moved:
    """The datetime module with another present, for the route of the ledger."""

    def __init__(self, module: Any, ahead_s: float) -> None:
        self._module, self._ahead_s = module, ahead_s
        self.UTC, self.datetime = module.UTC, self

    def now(self, zone: Any) -> Any:
        return self._module.datetime.now(zone) + self._module.timedelta(seconds=self._ahead_s)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`later(seconds)` sets the clock of budgets, holds and the ledger ahead by so many seconds."""
    real = generations.dt

    def move(seconds: float) -> None:
        monkeypatch.setattr(holds, "_now", lambda: time.time() + seconds)
        monkeypatch.setattr(budgets, "_now", lambda: int(time.time() + seconds))
        monkeypatch.setattr(generations, "dt", _Moved(real, seconds))

    return move


def put(admin: FlaskClient, name: str = "all", limit: float = 1.0, **more: Any) -> Any:
    return admin.put(f"{BUDGETS}/{name}", json={"period": "month", "limitUsd": limit} | more)


def hold(
    bot: FlaskClient, amount: float, request: str = "call-1", budget: str = "all", seconds: int = 60, **headers: str
) -> Any:
    body = {"amountUsd": amount, "expiresInSeconds": seconds, "requestId": request}
    return bot.post(f"{BUDGETS}/{budget}/holds", json=body, headers=headers)


def settle(bot: FlaskClient, hold_id: str, actual: float, **headers: str) -> Any:
    return bot.post(f"{HOLDS}/{hold_id}/settle", json={"actualUsd": actual}, headers=headers)


def spend(bot: FlaskClient, cost: float | None, number: int = 1, **more: Any) -> Any:
    """A call in the ledger that was billed so much, or whose price nobody knows."""
    price = {"model": "no-such-model", "provider": None} if cost is None else {"billedUsd": cost}
    response = bot.post(LEDGER, json=call(number) | price | more)
    assert (response.status_code, response.json["costUsd"]) == (201, cost), response.json
    return response


def balance(bot: FlaskClient, name: str = "all") -> tuple[float, float, float]:
    """What of a budget is spent, what is held, and what is left."""
    shown = bot.get(f"{BUDGETS}/{name}").json
    return shown["postedUsd"], shown["pendingUsd"], shown["availableUsd"]


def differences() -> list[Difference]:
    """The balances and open holds that are not what the facts say."""
    caught_up()
    return list(rebuild.check(spending.PARTS))


@pytest.fixture
def budget(approver: FlaskClient) -> dict[str, Any]:
    """A dollar a month for all calls."""
    response = put(approver)
    assert response.status_code == 201, response.json
    created: dict[str, Any] = response.json
    return created
