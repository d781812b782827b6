"""Requests for answers that an example alone does not bring about, by the operation: each gives what is its own."""

import dataclasses

from growth_service.examples import WORDS
from study_service.issuer_keys import IssuerKeys
from tests.contract import attempt_answers, budget_answers, queue_answers, voice_answers
from tests.contract.asking import Request, damaged, expect, in_turn, missing
from tests.contract.calls import Call
from tests.contract.people import People
from tests.damage import TOO_LATE, spoil
from tests.growth_service.conftest import QUEUE


def _code_taken(crowd: People, call: Call) -> None:
    """Another exam of this vendor has the code."""
    admin, exam = crowd.role("admin"), call.values["examId"]
    vendor = admin.get(f"/api/exams/{exam}").json["vendorId"]
    expect(admin.post("/api/exams", json={"vendorId": vendor, "code": "taken", "name": "Other"}), 201)
    expect(call.send(admin, json={"code": "taken"}), 409)


def _objective_code_taken(crowd: People, call: Call) -> None:
    admin = crowd.role("admin")
    objective = {"code": "taken", "name": "Other"}
    expect(admin.post(f"/api/exams/{call.values['examId']}/objectives", json=objective), 201)
    expect(call.send(admin, json={"code": "taken"}), 409)


def _retired_exam(crowd: People, call: Call) -> None:
    admin = crowd.role("admin")
    exam = expect(admin.post("/api/exams", json={"vendorId": "acme", "code": "old", "name": "Old"}), 201)
    expect(call.send(admin, path={"examId": exam["id"]}), 204)


def _retired_objective(crowd: People, call: Call) -> None:
    admin, exam = crowd.role("admin"), call.values["examId"]
    objective = expect(admin.post(f"/api/exams/{exam}/objectives", json={"code": "old", "name": "Old"}), 201)
    expect(call.send(admin, path={"objectiveId": objective["id"]}), 204)


def _approval_without_key(crowd: People, call: Call) -> None:
    """A question without a right option is not approved."""
    question = call.values["questionId"]
    (kept,) = crowd.database.execute_sql("SELECT answers FROM questions WHERE id = ?", (question,)).fetchone()
    spoil(crowd.database, "questions", "answers", "[]", question)
    expect(call.send(crowd.role("admin"), json={"status": "approved"}), 409)
    spoil(crowd.database, "questions", "answers", kept, question)


def _added_twice(crowd: People, call: Call) -> None:
    """A question, once and once more, and one of no exam."""
    moderator = crowd.role("admin")
    body = call.body | {"text": "Is it added twice?"}
    for status in (201, 409):
        expect(call.send(moderator, json=body), status)
    expect(call.send(moderator, json=body | {"examId": 999_999}), 404)


def _deleted(crowd: People, call: Call) -> None:
    """Deletions of a state that was never read, of none, of a row that cannot be used, and of the question."""
    moderator, path = crowd.role("admin"), {"questionId": 9}
    expect(call.send(moderator, path=path, headers={}), 428)
    expect(call.send(moderator, path=path, headers={"If-Match": '"stale"'}), 412)
    spoil(crowd.database, "questions", "created_at", TOO_LATE, 9)
    expect(call.send(moderator, path=path), 409)
    spoil(crowd.database, "questions", "created_at", 0, 9)
    expect(call.send(moderator, path=path), 204)


def _restored(crowd: People, call: Call) -> None:
    """A question of an objective that is retired meanwhile."""
    moderator, path = crowd.role("admin"), {"questionId": 10}
    expect(moderator.delete("/api/questions/10", headers={"If-Match": "*"}), 204)
    crowd.database.execute_sql("UPDATE objectives SET is_active = 0 WHERE id = 1")
    expect(call.send(moderator, path=path), 409)
    crowd.database.execute_sql("UPDATE objectives SET is_active = 1 WHERE id = 1")
    expect(call.send(moderator, path=path), 200)


def _edited(crowd: People, call: Call) -> None:
    """Edits of a person, of a model, of a state that was never read and of none, and one into another question."""
    moderator = crowd.role("admin")
    expect(call.send(moderator, headers={}), 428)
    expect(call.send(moderator, headers={"If-Match": '"stale"'}), 412)
    expect(call.send(moderator), 200)
    expect(call.send(moderator, json={"text": "Proposed?", "aiModel": "gpt-4o-mini"}), 202)
    shown = moderator.get(f"/api/questions/{call.values['questionId']}").json
    expect(call.send(moderator, path={"questionId": 5}, json={"text": shown["text"]}), 409)


def _version_reviewed(crowd: People, call: Call) -> None:
    """A version that waits, and one that does not."""
    moderator, question = crowd.role("admin"), call.values["questionId"]
    body = {"text": "Proposed again?", "aiModel": "gpt-4o-mini"}
    path = f"/api/questions/{question}"
    waits = expect(moderator.patch(path, json=body, headers={"If-Match": "*"}), 202)
    for status in (200, 409):
        expect(call.send(moderator, path={"version": waits["version"]}, json={"status": "rejected"}), status)


def _file_for_no_exam(crowd: People, call: Call) -> None:
    query = {"format": "gift", "examId": 999_999}
    expect(call.send(crowd.of(call), query_string=query, data="A? {T}", content_type="text/plain"), 404)


def _moved(state: str) -> Request:
    """A session in this state, and once more, when it is in another."""

    def request(crowd: People, call: Call) -> None:
        learner = crowd.of(call)
        started = expect(learner.post("/api/study/sessions", json={"examId": 1}), 201)
        if state == "paused":
            expect(learner.post(f"/api/study/sessions/{started['id']}/pause"), 200)
        for status in (200, 409):
            expect(call.send(learner, path={"sessionId": started["id"]}), status)

    return request


def _marked(crowd: People, call: Call) -> None:
    """A question that is there, and one that is not."""
    for question, status in ((2, 200), (999_999, 404)):
        expect(call.send(crowd.of(call), path={"questionId": question}), status)


def _flagged(crowd: People, call: Call) -> None:
    """A flag, one that replaces it, one of a row that cannot be used, and one of a question that is not there."""
    learner, path = crowd.of(call), {"questionId": 3}
    for status in (201, 200):
        expect(call.send(learner, path=path), status)
    spoil(crowd.database, "question_flags", "created_at", TOO_LATE, 3, "question_id")
    expect(call.send(learner, path=path), 409)
    spoil(crowd.database, "question_flags", "created_at", 0, 3, "question_id")
    expect(call.send(learner, path={"questionId": 999_999}), 404)


def _created_and_changed(crowd: People, call: Call) -> None:
    new = {name: "2026-01-16" if name == "date" else "77" for name in call.values}
    body = {key: value for key, value in call.body.items() if key != "username"}
    expect(call.send(crowd.of(call), path=new, json=body), 201)
    expect(call.send(crowd.of(call), path=new, json=body), 200)


def _day_put(crowd: People, call: Call) -> None:
    response = crowd.role("service").put(f"/api/growth/metrics/{call.values['date']}", json={})
    assert response.status_code in (200, 201), response.json


def _day_removed(crowd: People, call: Call) -> None:
    """A day, once and once more."""
    expect(crowd.role("service").put("/api/growth/metrics/2026-01-17", json={}), 201)
    for status in (204, 404):
        expect(call.send(crowd.role("admin"), path={"date": "2026-01-17"}), status)


def _unread(crowd: People, call: Call) -> None:
    """A tweet, one that X does not show, and one that is not there."""
    expect(call.send(crowd.of(call)), 200)
    expect(call.send(crowd.of(call), path={"tweetId": "1"}), 404)
    spoil(crowd.database, "tweets", "text_rank", 0, call.values["tweetId"])
    expect(call.send(crowd.of(call)), 409)
    spoil(crowd.database, "tweets", "text_rank", 1, call.values["tweetId"])


def _signed_in(crowd: People, call: Call) -> None:
    """A first sign-in, one that the issuer has not verified, one with the e-mail of another account."""
    for status, claims in ((200, {}), (403, {"email_verified": False}), (409, {"email": "alice@example.com"})):
        credential = crowd.issuer.token(f"{status}", **claims)
        expect(call.send(crowd.of(call), json={"credential": credential}), status)


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
    tokens = expect(crowd.app.test_client().post("/api/auth/google", json=sent), 200)
    tokens = expect(call.send(crowd.of(call), json={"refreshToken": tokens["refreshToken"]}), 200)
    spoil(crowd.database, "users", "created_at", TOO_LATE, tokens["user"]["id"])
    expect(call.send(crowd.of(call), json={"refreshToken": tokens["refreshToken"]}), 409)


def _last_admin(crowd: People, call: Call) -> None:
    expect(call.send(crowd.of(call), path={"userId": 4}, json={"role": "user"}), 409)


def _asked_about(crowd: People, call: Call) -> None:
    """A request that was carried out, one that never was, and one of another time."""
    role, url, body = {
        "study": ("admin", "/api/exams", {"vendorId": "acme", "code": "told", "name": "Told"}),
        "growth": ("service", f"{QUEUE}/claim", {}),
    }[crowd.service]
    caller = crowd.role(role)
    given = caller.post(url, json=body, headers={"Idempotency-Key": "told"})
    assert given.status_code in (200, 201), given.json
    expect(call.send(caller, path={"key": "told"}), 200)
    expect(call.send(caller, path={"key": "never"}), 404)
    expect(call.send(caller, path={"key": "never"}, query_string={"sentSecondsAgo": 10**6}), 410)
    receipt = ("receipts", "receipt")
    spoil(crowd.database, *receipt, "no JSON", "told", "key")
    expect(call.send(caller, path={"key": "told"}), 409)


ACCOUNT, TWEET = WORDS["accountId"], WORDS["tweetId"]
OF: dict[str, dict[str, Request]] = {
    "study": {
        "signInWithGoogle": in_turn(_signed_in, _nobody_vouches),
        "refreshTokens": _refreshed,
        "changeMe": damaged("users", 4),
        "changeUser": _last_admin,
        "getMe": damaged("users", 4),
        "getExam": damaged("exams", 1),
        "changeExam": _code_taken,
        "changeObjective": _objective_code_taken,
        "retireExam": _retired_exam,
        "retireObjective": _retired_objective,
        "addQuestion": _added_twice,
        "deleteQuestion": _deleted,
        "restoreQuestion": _restored,
        "getQuestion": damaged("questions", 1),
        "reviewQuestion": _approval_without_key,
        "editQuestion": _edited,
        "reviewVersion": _version_reviewed,
        "getRequest": _asked_about,
        "importQuestions": _file_for_no_exam,
        "pickQuestions": missing(examId=999_999),
        "listDue": missing(examId=999_999),
        "exportQuestions": missing(examId=999_999),
        "listLosses": missing(examId=999_999),
        "answerQuestion": missing(questionId=999_999),
        "getProgress": damaged("user_progress", 1, column="last_study_date"),
        "listQuestionStatistics": missing(examId=999_999),
        "getExamStatistics": damaged("exam_statistics", 1, column="measured_at", key="exam_id"),
        "startSession": missing(examId=999_999),
        "getSession": damaged("study_sessions", 1),
        "pauseSession": _moved("active"),
        "resumeSession": _moved("paused"),
        "completeSession": _moved("active"),
        "abandonSession": _moved("paused"),
        "putBookmark": in_turn(damaged("bookmarks", 1), _marked),
        "addFlag": _flagged,
        "startTest": in_turn(attempt_answers.test_begun, missing(examId=999_999)),
        "getTest": damaged("test_attempts", 1, column="started_at"),
        "saveChoice": attempt_answers.choice,
        "submitTest": attempt_answers.submitted,
        "getResult": attempt_answers.result_shown,
        "extendTest": attempt_answers.extended,
        "regradeTest": attempt_answers.regraded,
    },
    "growth": {
        "getRequest": _asked_about,
        "putAccount": in_turn(_created_and_changed, damaged("twitter_accounts", ACCOUNT)),
        "getAccount": damaged("twitter_accounts", ACCOUNT),
        "getTweet": damaged("tweets", TWEET),
        "putAnalysis": in_turn(_unread, damaged("tweets", TWEET)),
        "addOpportunity": queue_answers.drafted,
        "getOpportunity": queue_answers.opportunity_shown,
        "editOpportunity": queue_answers.decided,
        "rejectOpportunity": queue_answers.decided,
        "approveOpportunity": queue_answers.decided,
        "undoDecision": queue_answers.undone,
        "reconcileOpportunity": queue_answers.reconciled,
        "reportExecuted": queue_answers.reported,
        "reportFailed": queue_answers.reported,
        "getActiveVoice": voice_answers.active,
        "getVoice": voice_answers.shown,
        "replaceVoice": voice_answers.changed,
        "changeVoice": voice_answers.changed,
        "deleteVoice": voice_answers.deleted,
        "scoreDraft": voice_answers.scored,
        "getMetric": in_turn(_day_put, damaged("growth_metrics", WORDS["date"], key="date")),
        "removeMetric": _day_removed,
        "renewLease": queue_answers.reported,
        "releaseLease": queue_answers.reported,
        "getGeneration": damaged("ai_generation_log", WORDS["requestId"], key="request_id"),
        "putMetric": in_turn(_created_and_changed, damaged("growth_metrics", WORDS["date"], key="date")),
        "putBudget": in_turn(_created_and_changed, damaged("ai_budgets", "monthly", key="name")),
        "getBudget": damaged("ai_budgets", "monthly", key="name"),
        "addHold": budget_answers.hold_made,
        "listHolds": budget_answers.holds_listed,
        "getHold": budget_answers.hold_shown,
        "settleHold": budget_answers.hold_resolved,
        "releaseHold": budget_answers.hold_resolved,
    },
}
