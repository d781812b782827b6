"""The state machine as a table: every state, every action, and where it leads. What is not in it is refused."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import moves, row_count, status
from tests.growth_service.sending.steps import act, bring

STATES = ("pending", "approved", "rejected", "claimed", "unknown", "executed", "expired")
ACTIONS = ("edit", "approve", "reject", "undo", "executed", "not_sent", "lost", "found_sent", "found_not_sent")

REFUSALS = {
    "edit": "only a pending or an approved opportunity can be edited",
    "undo": "only a decision can be undone, and an approval only while nobody has claimed it",
    "approve": "only a pending opportunity can be approved",
    "reject": "only a pending opportunity can be rejected",
    "executed": "it is not under this lease",
    "not_sent": "it is not under this lease",
    "lost": "it is not under this lease",
    "found_sent": "only an opportunity with an unknown outcome can be reconciled",
    "found_not_sent": "only an opportunity with an unknown outcome can be reconciled",
}

REFUSED = {("executed", action): "it was reported already as 1" for action in ("executed", "not_sent", "lost")}

# Every other pair is a 409 that changes nothing.
ALLOWED = {
    ("pending", "edit"): "pending",
    ("approved", "edit"): "pending",
    ("approved", "undo"): "pending",
    ("rejected", "undo"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("claimed", "executed"): "executed",
    ("claimed", "not_sent"): "approved",
    ("claimed", "lost"): "unknown",
    ("unknown", "executed"): "executed",  # late reports of the one who held the lease
    ("unknown", "not_sent"): "approved",
    ("unknown", "lost"): "unknown",
    ("unknown", "found_sent"): "executed",
    ("unknown", "found_not_sent"): "approved",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_step_leads_where_the_table_says(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, state: str, action: str
) -> None:
    opportunity, token = bring(bot, approver, database, tweets[0], state)
    before = moves(database, opportunity)
    response = act(bot, approver, opportunity, action, token)
    becomes = ALLOWED.get((state, action))
    if becomes is None:
        assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
        assert response.json["detail"] == REFUSED.get((state, action), REFUSALS[action])
        assert status(bot, opportunity) == state
        assert moves(database, opportunity) == before
        return
    assert response.status_code == 200, response.json
    assert response.json["status"] == status(bot, opportunity) == becomes
    logged = moves(database, opportunity)[len(before) :]
    assert logged == [f"{state}>{becomes}"]


@pytest.mark.parametrize("action", ACTIONS)
def test_what_does_not_exist_is_not_found(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, action: str
) -> None:
    response = act(bot, approver, "0" * 32, action, "token")
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    assert response.json["detail"] == "no such opportunity"
    assert row_count(database, "audit_log") == 0
