"""Every POST of both services honours Idempotency-Key: once, the same answer again, and GET /api/requests tells it.

A new POST fails here until its example succeeds, or until PREPARED says what has to be there first.
"""

from collections.abc import Callable
from typing import Any

import pytest

from shared_schema.web.auth import ANYONE
from tests.contract import calls, people
from tests.contract.calls import Call
from tests.contract.people import People
from tests.growth_service.conftest import QUEUE

Parts = dict[str, Any]  # of a request, as Call.send takes them


def _pending(crowd: People, call: Call) -> Parts:
    return {"path": {"opportunityId": people.opportunity(crowd, "follow")}}


def _decided(crowd: People, call: Call) -> Parts:
    name = people.opportunity(crowd, "follow")
    assert crowd.role("admin").post(f"{QUEUE}/{name}/reject").status_code == 200
    return {"path": {"opportunityId": name}}


def _under_a_lease(crowd: People, call: Call) -> Parts:
    lease = people.leased(crowd, "follow")
    return {"path": {"opportunityId": lease["id"]}, "json": call.body | {"leaseToken": lease["token"]}}


def _unknown(crowd: People, call: Call) -> Parts:
    lease = people.leased(crowd, "follow")
    lost = {"leaseToken": lease["token"], "outcome": "unknown"}
    assert crowd.role("service").post(f"{QUEUE}/{lease['id']}/failed", json=lost).status_code == 200
    return {"path": {"opportunityId": lease["id"]}}


def _claimable(crowd: People, call: Call) -> Parts:
    name = people.opportunity(crowd, "follow")
    assert crowd.role("admin").post(f"{QUEUE}/{name}/approve").status_code == 200
    return {}


def _session(crowd: People, call: Call) -> Parts:
    started = crowd.of(call).post("/api/study/sessions", json={"examId": 1})
    return {"path": {"sessionId": started.json["id"]}}


def _unspent(crowd: People, call: Call) -> Parts:
    """A hold for a call that was not made yet."""
    return {"json": call.body | {"requestId": "not-made"}}


def _credential(crowd: People, call: Call) -> Parts:
    return {"json": {"credential": crowd.issuer.token("keyed", email="keyed@x.example")}}


def _refresh_token(crowd: People, call: Call) -> Parts:
    sent = {"credential": crowd.issuer.token("keyed", email="keyed@x.example")}
    tokens = crowd.app.test_client().post("/api/auth/google", json=sent).json
    return {"json": {"refreshToken": tokens["refreshToken"]}}


def _answer(crowd: People, call: Call) -> Parts:
    """To a question of one right option, with one that it has."""
    served = crowd.of(call).get("/api/study/questions?examId=1").json["questions"]
    question = next(question for question in served if question["type"] == "multiple_choice")
    answer = {"questionId": question["id"], "selectedAnswer": question["answers"][0]["id"]}
    return {"json": answer | {"timeSpentSeconds": 5}}


PREPARED: dict[str, Callable[[People, Call], Parts]] = {
    "addHold": _unspent,
    "signInWithGoogle": _credential,
    "refreshTokens": _refresh_token,
    "answerQuestion": _answer,
    "completeSession": _session,
    "claimOpportunities": _claimable,
    "approveOpportunity": _pending,
    "rejectOpportunity": _pending,
    "undoDecision": _decided,
    "reportExecuted": _under_a_lease,
    "reportFailed": _under_a_lease,
    "renewLease": _under_a_lease,
    "releaseLease": _under_a_lease,
    "reconcileOpportunity": _unknown,
}


def _rows(crowd: People) -> dict[str, list[Any]]:
    """Every row there is, by table."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in crowd.database.execute_sql(tables).fetchall()]
    counted = {"consistency_clock", "audit_seals"}
    return {
        name: crowd.database.execute_sql(f"SELECT * FROM {name}").fetchall() for name in names if name not in counted
    }


def _is_replayed(call: Call, first: Any, again: Any) -> None:
    assert (again.status_code, again.data) == (first.status_code, first.data), call.name
    assert again.headers["Idempotency-Replayed"] == "true", call.name


@pytest.mark.only("file")
def test_every_post_is_carried_out_once_for_a_key_and_can_be_asked_about(
    crowd: People, document: dict[str, Any]
) -> None:
    posts = [call for call in calls.of(document) if call.method == "post"]
    assert [call.name for call in posts if not call.is_keyed] == []
    for call in posts:
        crowd.database.execute_sql("UPDATE engagement_opportunities SET status = 'rejected'")
        parts = PREPARED.get(call.name, lambda *_: {})(crowd, call)
        caller = crowd.of(call)
        keyed = {"headers": {"Idempotency-Key": f"for {call.name}"}}
        first = call.send(caller, **parts, **keyed)
        assert first.status_code in (200, 201, 204), (call.name, first.json)
        assert "Idempotency-Replayed" not in first.headers, call.name
        rows = _rows(crowd)
        if call.name == "signOut":  # its token has ended; with another one it is another request
            caller = crowd.of(call)
            assert call.send(caller, **keyed).status_code == 409
        else:
            _is_replayed(call, first, call.send(caller, **parts, **keyed))
        assert _rows(crowd) == rows, call.name
        if crowd.role_of(call) != ANYONE:
            told = caller.get(f"/api/requests/for {call.name}").data
            body = first.data.rstrip(b"\n") or b"null"
            assert told.rstrip(b"\n") == b'{"status":"done","statusCode":%d,"body":%b}' % (first.status_code, body)
