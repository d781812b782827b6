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


def _file_for_no_exam(crowd: People, call: Call) -> None:
    query = {"format": "gift", "examId": 999_999}
    _given(call.send(crowd.of(call), query_string=query, data="A? {T}", content_type="text/plain"), 404)


def _twice(crowd: People, call: Call) -> None:
    _given(call.send(crowd.of(call)), 200)
    _given(call.send(crowd.of(call)), 409)


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


def _last_admin(crowd: People, call: Call) -> None:
    _given(call.send(crowd.of(call), path={"userId": 4}, json={"role": "user"}), 409)


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
        "importQuestions": _file_for_no_exam,
        "pickQuestions": _missing(examId=999_999),
        "answerQuestion": _missing(questionId=999_999),
        "getProgress": _damaged("user_progress", 1, column="last_study_date"),
        "startSession": _missing(examId=999_999),
        "getSession": _damaged("study_sessions", 1),
        "completeSession": _twice,
    },
    "growth": {
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
