"""Two learners with answers, sessions and timed tests behind them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service.resembling import __main__ as resembling
from tests.study_service.conftest import answer
from tests.study_service.rebuild.studied import in_a_session, run, timed


@pytest.fixture
def studied(
    alice: FlaskClient,
    bob: FlaskClient,
    bank: dict[str, Any],
    other_exam: list[dict[str, Any]],
    database: LibsqlDatabase,
) -> None:
    run(database, 1, answers=60)
    in_a_session(alice)
    in_a_session(bob)
    bob.post("/api/study/sessions", json={"examId": 1, "questionCount": 3})
    session = alice.post("/api/study/sessions", json={"examId": 2}).json
    answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"])
    alice.post(f"/api/study/sessions/{session['id']}/complete", json={})
    database.batch([Statement("""UPDATE questions SET tags = '["layer 3", "ip"]' WHERE id = 1""")])
    database.batch([Statement("UPDATE questions SET tags = '[4, null]' WHERE id = 2")])
    alice.post("/api/questions/4/flags", json={"reason": "typo"})
    resembling.mend()
    timed(alice, "abcd")
    timed(alice, "")
