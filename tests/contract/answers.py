"""Requests for answers that an example alone does not bring about, by the operation: each gives what is its own."""

import dataclasses
from collections.abc import Callable
from typing import Any

from growth_service.examples import WORDS
from study_service.issuer_keys import IssuerKeys
from tests.contract import people
from tests.contract.calls import Call
from tests.contract.people import People
from tests.damage import TOO_LATE, spoil
from tests.growth_service.conftest import QUEUE

Request = Callable[[People, Call], None]


def _given(response: Any, status: int) -> Any:
    assert response.status_code == status, response.json
    return response.json if response.data else None


def _damaged(table: str, row: object, key: str = "id", column: str = "created_at") -> Request:
    """The answer, and 409 while the row cannot be used."""

    def request(crowd: People, call: Call) -> None:
        good = call.send(crowd.of(call))
        assert good.status_code in (200, 201), good.json
        (kept,) = crowd.database.execute_sql(f"SELECT {column} FROM {table} WHERE {key} = ?", (row,)).fetchone()
        spoil(crowd.database, table, column, TOO_LATE, row, key)
        _given(call.send(crowd.of(call)), 409)
        spoil(crowd.database, table, column, kept, row, key)

    return request


def _missing(**changes: Any) -> Request:
    """404 for a request that names what is not there, in its body or in its query."""

    def request(crowd: People, call: Call) -> None:
        if call.kind == "application/json" and "format" not in call.query:
            _given(call.send(crowd.of(call), json=call.body | changes), 404)
        else:
            _given(call.send(crowd.of(call), query_string=call.query | changes), 404)

    return request


def _and(*requests: Request) -> Request:
    """One after the other."""

    def request(crowd: People, call: Call) -> None:
        for one in requests:
            one(crowd, call)

    return request


def _code_taken(crowd: People, call: Call) -> None:
    """Another exam of this vendor has the code."""
    admin, exam = crowd.role("admin"), call.values["examId"]
    vendor = admin.get(f"/api/exams/{exam}").json["vendorId"]
    _given(admin.post("/api/exams", json={"vendorId": vendor, "code": "taken", "name": "Other"}), 201)
    _given(call.send(admin, json={"code": "taken"}), 409)


def _objective_code_taken(crowd: People, call: Call) -> None:
    admin = crowd.role("admin")
    objective = {"code": "taken", "name": "Other"}
    _given(admin.post(f"/api/exams/{call.values['examId']}/objectives", json=objective), 201)
    _given(call.send(admin, json={"code": "taken"}), 409)


def _retired_exam(crowd: People, call: Call) -> None:
    admin = crowd.role("admin")
    exam = _given(admin.post("/api/exams", json={"vendorId": "acme", "code": "old", "name": "Old"}), 201)
    _given(call.send(admin, path={"examId": exam["id"]}), 204)


def _retired_objective(crowd: People, call: Call) -> None:
    admin, exam = crowd.role("admin"), call.values["examId"]
    objective = _given(admin.post(f"/api/exams/{exam}/objectives", json={"code": "old", "name": "Old"}), 201)
    _given(call.send(admin, path={"objectiveId": objective["id"]}), 204)


def _approval_without_key(crowd: People, call: Call) -> None:
    """A question without a right option is not approved."""
    question = call.values["questionId"]
    (kept,) = crowd.database.execute_sql("SELECT answers FROM questions WHERE id = ?", (question,)).fetchone()
    spoil(crowd.database, "questions", "answers", "[]", question)
    _given(call.send(crowd.role("admin"), json={"status": "approved"}), 409)
    spoil(crowd.database, "questions", "answers", kept, question)


def _edited(crowd: People, call: Call) -> None:
    """Edits of a person, of a model, of a state that was never read and of none, and one into another question."""
    moderator = crowd.role("admin")
    _given(call.send(moderator, headers={}), 428)
    _given(call.send(moderator, headers={"If-Match": '"stale"'}), 412)
    _given(call.send(moderator), 200)
    _given(call.send(moderator, json={"text": "Proposed?", "aiModel": "gpt-4o-mini"}), 202)
    shown = moderator.get(f"/api/questions/{call.values['questionId']}").json
    _given(call.send(moderator, path={"questionId": 5}, json={"text": shown["text"]}), 409)


def _version_reviewed(crowd: People, call: Call) -> None:
    """A version that waits, and one that does not."""
    moderator, question = crowd.role("admin"), call.values["questionId"]
    body = {"text": "Proposed again?", "aiModel": "gpt-4o-mini"}
    path = f"/api/questions/{question}"
    waits = _given(moderator.patch(path, json=body, headers={"If-Match": "*"}), 202)
    for status in (200, 409):
        _given(call.send(moderator, path={"version": waits["version"]}, json={"status": "rejected"}), status)


def _file_for_no_exam(crowd: People, call: Call) -> None:
    query = {"format": "gift", "examId": 999_999}
    _given(call.send(crowd.of(call), query_string=query, data="A? {T}", content_type="text/plain"), 404)


def _moved(state: str) -> Request:
    """A session in this state, and once more, when it is in another."""

    def request(crowd: People, call: Call) -> None:
        learner = crowd.of(call)
        started = _given(learner.post("/api/study/sessions", json={"examId": 1}), 201)
        if state == "paused":
            _given(learner.post(f"/api/study/sessions/{started['id']}/pause"), 200)
        for status in (200, 409):
            _given(call.send(learner, path={"sessionId": started["id"]}), status)

    return request


def _marked(crowd: People, call: Call) -> None:
    """A question that is there, and one that is not."""
    for question, status in ((2, 200), (999_999, 404)):
        _given(call.send(crowd.of(call), path={"questionId": question}), status)


def _created_and_changed(crowd: People, call: Call) -> None:
    new = {name: "2026-01-16" if name == "date" else "77" for name in call.values}
    body = {key: value for key, value in call.body.items() if key != "username"}
    _given(call.send(crowd.of(call), path=new, json=body), 201)
    _given(call.send(crowd.of(call), path=new, json=body), 200)


def _opportunity_shown(crowd: People, call: Call) -> None:
    name = people.opportunity(crowd, "follow")
    shown = dataclasses.replace(call, values={"opportunityId": name})
    _damaged("engagement_opportunities", name)(crowd, shown)
    _given(crowd.role("admin").post(f"{QUEUE}/{name}/reject"), 200)


def _decided(crowd: People, call: Call) -> None:
    """An admin's step with a pending opportunity, and with one that is decided."""
    name, admin = people.opportunity(crowd, "quote"), crowd.role("admin")
    _given(call.send(admin, path={"opportunityId": name}), 200)
    admin.post(f"{QUEUE}/{name}/reject")
    _given(call.send(admin, path={"opportunityId": name}), 409)
    crowd.role("service").post(f"{QUEUE}/claim")


def _reported(crowd: People, call: Call) -> None:
    """A report with the token of a lease, and with another."""
    lease = people.leased(crowd, "follow")
    path = {"opportunityId": lease["id"]}
    _given(call.send(crowd.of(call), path=path), 409)
    _given(call.send(crowd.of(call), path=path, json=call.body | {"leaseToken": lease["token"]}), 200)


def _reconciled(crowd: People, call: Call) -> None:
    lease = people.leased(crowd, "follow")
    lost = {"leaseToken": lease["token"], "outcome": "unknown"}
    _given(crowd.role("service").post(f"{QUEUE}/{lease['id']}/failed", json=lost), 200)
    _given(call.send(crowd.of(call), path={"opportunityId": lease["id"]}), 200)
    _given(call.send(crowd.of(call), path={"opportunityId": lease["id"]}), 409)


def _signed_in(crowd: People, call: Call) -> None:
    """A first sign-in, one that the issuer has not verified, one with the e-mail of another account."""
    for status, claims in ((200, {}), (403, {"email_verified": False}), (409, {"email": "alice@example.com"})):
        credential = crowd.issuer.token(f"{status}", **claims)
        _given(call.send(crowd.of(call), json={"credential": credential}), status)


def _nobody_vouches(crowd: People, call: Call) -> None:
    """A service without a client id, and one whose issuer is away."""
    known, sent = crowd.app.extensions["issuer"], {"credential": crowd.issuer.token()}
    away = dataclasses.replace(known, keys=IssuerKeys("http://127.0.0.1:1/keys"))
    for issuer, code in ((dataclasses.replace(known, client_ids=()), "NOT_FOUND"), (away, "ISSUER_UNAVAILABLE")):
        crowd.app.extensions["issuer"] = issuer
        response = call.send(crowd.of(call), json=sent)
        crowd.app.extensions["issuer"] = known
        assert response.json["code"] == code


def _refreshed(crowd: People, call: Call) -> None:
    """A refresh token, and one of a user whose row cannot be used."""
    sent = {"credential": crowd.issuer.token("refreshes", email="refreshes@x.example")}
    tokens = _given(crowd.app.test_client().post("/api/auth/google", json=sent), 200)
    tokens = _given(call.send(crowd.of(call), json={"refreshToken": tokens["refreshToken"]}), 200)
    spoil(crowd.database, "users", "created_at", TOO_LATE, tokens["user"]["id"])
    _given(call.send(crowd.of(call), json={"refreshToken": tokens["refreshToken"]}), 409)


def _running(crowd: People, call: Call) -> dict[str, Any]:
    """A test of the caller's that runs."""
    test: dict[str, Any] = crowd.of(call).post("/api/tests", json={"examId": 1, "questionCount": 2}).json
    return test


def _test_begun(crowd: People, call: Call) -> None:
    """A new test, the same again, and 409 where the exam has no questions."""
    caller = crowd.of(call)
    running = _running(crowd, call)
    _given(call.send(caller), 200)
    _given(caller.post(f"/api/tests/{running['id']}/submit"), 200)
    _given(call.send(caller), 201)
    exam = _given(crowd.role("admin").post("/api/exams", json={"vendorId": "a", "code": "none", "name": "None"}), 201)
    _given(call.send(caller, json={"examId": exam["id"]}), 409)


def _choice(crowd: People, call: Call) -> None:
    """A choice in a test that runs, and in one that is over."""
    running = _running(crowd, call)
    path = {"attemptId": running["id"], "questionId": running["questions"][0]["id"]}
    _given(call.send(crowd.of(call), path=path), 200)
    _given(crowd.of(call).post(f"/api/tests/{running['id']}/submit"), 200)
    _given(call.send(crowd.of(call), path=path), 409)


def _submitted(crowd: People, call: Call) -> None:
    path = {"attemptId": _running(crowd, call)["id"]}
    _given(call.send(crowd.of(call), path=path), 200)
    (kept,) = crowd.database.execute_sql(
        "SELECT started_at FROM test_attempts WHERE id = ?", [path["attemptId"]]
    ).fetchone()
    spoil(crowd.database, "test_attempts", "started_at", TOO_LATE, path["attemptId"])
    _given(call.send(crowd.of(call), path=path), 409)
    spoil(crowd.database, "test_attempts", "started_at", kept, path["attemptId"])


def _result_shown(crowd: People, call: Call) -> None:
    """409 while the test runs, then the result."""
    path = {"attemptId": _running(crowd, call)["id"]}
    _given(call.send(crowd.of(call), path=path), 409)
    _given(crowd.of(call).post(f"/api/tests/{path['attemptId']}/submit"), 200)
    _given(call.send(crowd.of(call), path=path), 200)


def _extended(crowd: People, call: Call) -> None:
    path = {"attemptId": _running(crowd, call)["id"]}
    _given(call.send(crowd.of(call), path=path), 200)
    _given(crowd.of(call).post(f"/api/tests/{path['attemptId']}/submit"), 200)
    _given(call.send(crowd.of(call), path=path), 409)


def _regraded(crowd: People, call: Call) -> None:
    path = {"attemptId": _running(crowd, call)["id"]}
    _given(call.send(crowd.of(call), path=path), 409)
    _given(crowd.of(call).post(f"/api/tests/{path['attemptId']}/submit"), 200)
    _given(call.send(crowd.of(call), path=path), 201)


def _last_admin(crowd: People, call: Call) -> None:
    _given(call.send(crowd.of(call), path={"userId": 4}, json={"role": "user"}), 409)


def _asked_about(crowd: People, call: Call) -> None:
    """A request that was carried out, one that never was, and one of another time."""
    role, url, body = {
        "study": ("admin", "/api/exams", {"vendorId": "acme", "code": "told", "name": "Told"}),
        "growth": ("service", f"{QUEUE}/claim", {}),
    }[crowd.service]
    caller = crowd.role(role)
    given = caller.post(url, json=body, headers={"Idempotency-Key": "told"})
    assert given.status_code in (200, 201), given.json
    _given(call.send(caller, path={"key": "told"}), 200)
    _given(call.send(caller, path={"key": "never"}), 404)
    _given(call.send(caller, path={"key": "never"}, query_string={"sentSecondsAgo": 10**6}), 410)
    receipt = ("idempotency_keys", "receipt")
    spoil(crowd.database, *receipt, "no JSON", "told", "key")
    _given(call.send(caller, path={"key": "told"}), 409)


ACCOUNT, TWEET = WORDS["accountId"], WORDS["tweetId"]
OF: dict[str, dict[str, Request]] = {
    "study": {
        "signInWithGoogle": _and(_signed_in, _nobody_vouches),
        "refreshTokens": _refreshed,
        "changeMe": _damaged("users", 4),
        "changeUser": _last_admin,
        "getMe": _damaged("users", 4),
        "getExam": _damaged("exams", 1),
        "changeExam": _code_taken,
        "changeObjective": _objective_code_taken,
        "retireExam": _retired_exam,
        "retireObjective": _retired_objective,
        "getQuestion": _damaged("questions", 1),
        "reviewQuestion": _approval_without_key,
        "editQuestion": _edited,
        "reviewVersion": _version_reviewed,
        "getRequest": _asked_about,
        "importQuestions": _file_for_no_exam,
        "pickQuestions": _missing(examId=999_999),
        "answerQuestion": _missing(questionId=999_999),
        "getProgress": _damaged("user_progress", 1, column="last_study_date"),
        "listQuestionStatistics": _missing(examId=999_999),
        "getExamStatistics": _damaged("exam_statistics", 1, column="measured_at", key="exam_id"),
        "startSession": _missing(examId=999_999),
        "getSession": _damaged("study_sessions", 1),
        "pauseSession": _moved("active"),
        "resumeSession": _moved("paused"),
        "completeSession": _moved("active"),
        "abandonSession": _moved("paused"),
        "putBookmark": _and(_damaged("bookmarks", 1), _marked),
        "startTest": _and(_test_begun, _missing(examId=999_999)),
        "getTest": _damaged("test_attempts", 1, column="started_at"),
        "saveChoice": _choice,
        "submitTest": _submitted,
        "getResult": _result_shown,
        "extendTest": _extended,
        "regradeTest": _regraded,
    },
    "growth": {
        "getRequest": _asked_about,
        "putAccount": _and(_created_and_changed, _damaged("twitter_accounts", ACCOUNT)),
        "getTweet": _damaged("tweets", TWEET),
        "addOpportunity": _missing(tweetId="1"),
        "getOpportunity": _opportunity_shown,
        "editOpportunity": _decided,
        "rejectOpportunity": _decided,
        "approveOpportunity": _decided,
        "reconcileOpportunity": _reconciled,
        "reportExecuted": _reported,
        "reportFailed": _reported,
        "putMetric": _and(_created_and_changed, _damaged("growth_metrics", WORDS["date"], key="date")),
    },
}
