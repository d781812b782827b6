"""Answers about budgets and holds in each of their states."""

from typing import Any

from tests.contract.asking import expect
from tests.contract.calls import Call
from tests.contract.people import People
from tests.damage import TOO_LATE

HOLDS = "/api/ai/budgets/monthly/holds"


def _held(crowd: People, request: str) -> dict[str, Any]:
    body = {"amountUsd": 0.5, "expiresInSeconds": 60, "requestId": request}
    made: dict[str, Any] = expect(crowd.role("service").post(HOLDS, json=body), 201)
    return made


def hold_made(crowd: People, call: Call) -> None:
    """A hold, the same call with another amount, more than the budget has, and a budget that is not there."""
    caller = crowd.of(call)
    for body, status in (({}, 201), ({"amountUsd": 0.01}, 409), ({"amountUsd": 999, "requestId": "more"}, 409)):
        expect(call.send(caller, json=call.body | {"requestId": "held-2"} | body), status)
    expect(call.send(caller, path={"budgetName": "none"}), 404)


def holds_listed(crowd: People, call: Call) -> None:
    expect(call.send(crowd.of(call), path={"budgetName": "none"}), 404)


def hold_shown(crowd: People, call: Call) -> None:
    """A hold, and one whose row cannot be used."""
    row = f"('damaged', 'monthly', 'damaged', 1, unixepoch(), {TOO_LATE})"
    crowd.database.execute_sql(f"INSERT INTO ai_holds VALUES {row}")
    expect(call.send(crowd.of(call)), 200)
    expect(call.send(crowd.of(call), path={"holdId": "damaged"}), 409)
    expect(crowd.role("service").delete("/api/ai/holds/damaged"), 409)  # it is released, and cannot be shown


def hold_resolved(crowd: People, call: Call) -> None:
    """A hold that is settled or released, and one that the other has ended."""
    service, name = crowd.role("service"), call.name
    settled, released = (_held(crowd, f"{name}-{number}")["id"] for number in range(2))
    expect(service.post(f"/api/ai/holds/{settled}/settle", json={"actualUsd": 0.25}), 200)
    expect(service.delete(f"/api/ai/holds/{released}"), 200)
    good, other = (settled, released) if name == "settleHold" else (released, settled)
    sent = {"json": {"actualUsd": 0.25}} if name == "settleHold" else {}
    expect(call.send(service, path={"holdId": good}, **sent), 200)
    expect(call.send(service, path={"holdId": other}, **sent), 409)
    expect(call.send(service, path={"holdId": "none"}, **sent), 404)
