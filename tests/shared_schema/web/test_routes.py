"""Every route of both services, and who may call it. A new route fails here until it is in the table."""

import itertools
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.web import auth, errors, tokens
from tests.conftest import KEYS, client

ROLES = ("user", "moderator", "admin", "service")
WHO = {"user": "1", "moderator": "3", "admin": "4", "service": "growth-bot"}
LEARNERS = {"user", "moderator", "admin"}
MODERATORS = {"moderator", "admin"}

STUDY = {
    "GET /openapi.json": None,
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /metrics": {"service", "admin"},
    "GET /docs/": None,
    "GET /docs/<path:path>": None,
    "POST /api/auth/google": None,
    "POST /api/auth/refresh": None,
    "POST /api/auth/logout": LEARNERS,
    "GET /api/auth/me": LEARNERS,
    "PATCH /api/auth/me": LEARNERS,
    "GET /api/users": {"admin"},
    "PATCH /api/users/<id:user_id>": {"admin"},
    "PUT /api/users/<id:user_id>/accommodations": {"admin"},
    "GET /api/exams": LEARNERS,
    "POST /api/exams": {"admin"},
    "GET /api/exams/<id:exam_id>": LEARNERS,
    "PATCH /api/exams/<id:exam_id>": {"admin"},
    "DELETE /api/exams/<id:exam_id>": {"admin"},
    "GET /api/exams/<id:exam_id>/objectives": LEARNERS,
    "POST /api/exams/<id:exam_id>/objectives": {"admin"},
    "PATCH /api/exams/<id:exam_id>/objectives/<id:objective_id>": {"admin"},
    "DELETE /api/exams/<id:exam_id>/objectives/<id:objective_id>": {"admin"},
    "GET /api/questions": MODERATORS,
    "POST /api/questions": MODERATORS,
    "DELETE /api/questions/<id:question_id>": MODERATORS,
    "POST /api/questions/<id:question_id>/restore": MODERATORS,
    "GET /api/questions/<id:question_id>": MODERATORS,
    "PATCH /api/questions/<id:question_id>": MODERATORS,
    "GET /api/questions/<id:question_id>/versions": MODERATORS,
    "PUT /api/questions/<id:question_id>/versions/<id:version>/review": MODERATORS,
    "PUT /api/questions/<id:question_id>/review": MODERATORS,
    "GET /api/questions/<id:question_id>/reviews": MODERATORS,
    "POST /api/questions/review": MODERATORS,
    "POST /api/questions/import": MODERATORS,
    "GET /api/questions/export": MODERATORS,
    "GET /api/questions/queue": MODERATORS,
    "GET /api/questions/export/losses": MODERATORS,
    "GET /api/study/questions": LEARNERS,
    "POST /api/study/answer": LEARNERS,
    "POST /api/study/answers": LEARNERS,
    "POST /api/study/sessions": LEARNERS,
    "GET /api/study/sessions": LEARNERS,
    "GET /api/study/sessions/<id:session_id>": LEARNERS,
    "POST /api/study/sessions/<id:session_id>/pause": LEARNERS,
    "POST /api/study/sessions/<id:session_id>/resume": LEARNERS,
    "POST /api/study/sessions/<id:session_id>/complete": LEARNERS,
    "POST /api/study/sessions/<id:session_id>/abandon": LEARNERS,
    "PUT /api/questions/<id:question_id>/bookmark": LEARNERS,
    "DELETE /api/questions/<id:question_id>/bookmark": LEARNERS,
    "GET /api/bookmarks": LEARNERS,
    "POST /api/questions/<id:question_id>/flags": LEARNERS,
    "GET /api/questions/<id:question_id>/flags": MODERATORS,
    "POST /api/questions/<id:question_id>/flags/resolve": MODERATORS,
    "GET /api/flags": LEARNERS,
    "GET /api/study/reviews": LEARNERS,
    "POST /api/tests": LEARNERS,
    "GET /api/tests": LEARNERS,
    "GET /api/tests/<id:attempt_id>": LEARNERS,
    "PUT /api/tests/<id:attempt_id>/answers/<id:question_id>": LEARNERS,
    "POST /api/tests/<id:attempt_id>/submit": LEARNERS,
    "GET /api/tests/<id:attempt_id>/result": LEARNERS,
    "PUT /api/tests/<id:attempt_id>/accommodation": {"admin"},
    "POST /api/tests/<id:attempt_id>/regrade": {"admin"},
    "GET /api/analytics/questions": MODERATORS,
    "GET /api/analytics/exams/<id:exam_id>": MODERATORS,
    "GET /api/audit": {"admin"},
    "GET /api/requests/<key:key>": set(ROLES),
    "GET /api/progress": LEARNERS,
    "GET /api/progress/exams/<id:exam_id>": LEARNERS,
    "GET /api/exams/<id:exam_id>/leaderboard": LEARNERS,
}

SERVICES = {"service"}
BOTH = {"service", "admin"}

GROWTH = {
    "GET /openapi.json": None,
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /metrics": {"service", "admin"},
    "GET /docs/": None,
    "GET /docs/<path:path>": None,
    "PUT /api/twitter/accounts/<account_id>": SERVICES,
    "GET /api/twitter/accounts": BOTH,
    "GET /api/twitter/accounts/<account_id>": BOTH,
    "POST /api/twitter/accounts": SERVICES,
    "POST /api/twitter/tweets": SERVICES,
    "GET /api/twitter/tweets": BOTH,
    "GET /api/twitter/tweets/top": BOTH,
    "GET /api/twitter/tweets/<tweet_id>": BOTH,
    "PUT /api/twitter/tweets/<tweet_id>/analysis": SERVICES,
    "POST /api/twitter/opportunities": SERVICES,
    "GET /api/twitter/opportunities": BOTH,
    "GET /api/twitter/opportunities/<opportunity_id>": BOTH,
    "GET /api/twitter/opportunities/counts": BOTH,
    "POST /api/twitter/opportunities/decide": {"admin"},
    "PATCH /api/twitter/opportunities/<opportunity_id>": {"admin"},
    "POST /api/twitter/opportunities/<opportunity_id>/undo": {"admin"},
    "POST /api/twitter/opportunities/<opportunity_id>/approve": {"admin"},
    "POST /api/twitter/opportunities/<opportunity_id>/reject": {"admin"},
    "POST /api/twitter/opportunities/<opportunity_id>/reconcile": {"admin"},
    "POST /api/twitter/opportunities/claim": SERVICES,
    "POST /api/twitter/opportunities/<opportunity_id>/executed": SERVICES,
    "POST /api/twitter/opportunities/<opportunity_id>/failed": SERVICES,
    "POST /api/twitter/voice-profiles": {"admin"},
    "GET /api/twitter/voice-profiles": BOTH,
    "GET /api/twitter/voice-profiles/active": BOTH,
    "GET /api/twitter/voice-profiles/<id:profile_id>": BOTH,
    "PUT /api/twitter/voice-profiles/<id:profile_id>": {"admin"},
    "PATCH /api/twitter/voice-profiles/<id:profile_id>": {"admin"},
    "DELETE /api/twitter/voice-profiles/<id:profile_id>": {"admin"},
    "GET /api/twitter/voice-profiles/<id:profile_id>/versions": BOTH,
    "POST /api/twitter/voice-profiles/<id:profile_id>/activate": {"admin"},
    "POST /api/twitter/voice-profiles/<id:profile_id>/score": BOTH,
    "POST /api/twitter/opportunities/<opportunity_id>/renew": SERVICES,
    "POST /api/twitter/opportunities/<opportunity_id>/release": SERVICES,
    "PUT /api/growth/metrics/<date>": SERVICES,
    "GET /api/growth/metrics/<date>": BOTH,
    "DELETE /api/growth/metrics/<date>": {"admin"},
    "GET /api/growth/metrics": BOTH,
    "GET /api/growth/metrics.csv": BOTH,
    "GET /api/growth/analytics": BOTH,
    "GET /api/growth/signups": BOTH,
    "GET /api/growth/signups.csv": BOTH,
    "POST /api/ai/generations": SERVICES,
    "GET /api/ai/generations": BOTH,
    "GET /api/ai/generations/<key:request_id>": BOTH,
    "GET /api/ai/costs": BOTH,
    "GET /api/ai/costs/questions": BOTH,
    "GET /api/ai/budgets": BOTH,
    "GET /api/ai/budgets/<budget_name>": BOTH,
    "PUT /api/ai/budgets/<budget_name>": {"admin"},
    "GET /api/ai/budgets/<budget_name>/holds": BOTH,
    "POST /api/ai/budgets/<budget_name>/holds": SERVICES,
    "GET /api/ai/holds/<hold_id>": BOTH,
    "DELETE /api/ai/holds/<hold_id>": SERVICES,
    "POST /api/ai/holds/<hold_id>/settle": SERVICES,
    "GET /api/audit": {"admin"},
    "GET /api/requests/<key:key>": set(ROLES),
}


def routes(app: Flask) -> list[tuple[str, str]]:
    return [
        (method, str(rule)) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) & set(METHODS)
    ]


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(params=["study", "growth"])
def service(request: pytest.FixtureRequest, study_app: Flask, growth_app: Flask) -> tuple[Flask, dict[str, Any]]:
    return (study_app, STUDY) if request.param == "study" else (growth_app, GROWTH)


def url(rule: str) -> str:
    for part in (
        "exam_id",
        "objective_id",
        "question_id",
        "session_id",
        "attempt_id",
        "user_id",
        "version",
        "profile_id",
    ):
        rule = rule.replace(f"<id:{part}>", "999")
    for part in ("account_id", "tweet_id", "opportunity_id"):
        rule = rule.replace(f"<{part}>", "999")
    return rule.replace("<date>", "2026-01-01").replace("<path:path>", "nothing.js").replace("<key:key>", "k")


def test_the_table_is_complete(service: tuple[Flask, dict[str, Any]]) -> None:
    app, table = service
    assert sorted(f"{method} {rule}" for method, rule in routes(app)) == sorted(table)


def test_only_the_named_roles_come_in(service: tuple[Flask, dict[str, Any]], database: LibsqlDatabase) -> None:
    app, table = service
    for (method, rule), role in itertools.product(routes(app), ROLES):
        allowed = table[f"{method} {rule}"]
        response = client(app, WHO[role], role).open(url(rule), method=method)
        if allowed is None or role in allowed:
            assert response.status_code not in (401, 403), (method, rule, role)
        else:
            refusal = (response.status_code, response.json["code"], response.json["detail"])
            assert refusal == (403, "PERMISSION_DENIED", f"a {role} may not do this"), (method, rule)


def test_without_a_good_token_only_the_open_routes_answer(
    service: tuple[Flask, dict[str, Any]], database: LibsqlDatabase
) -> None:
    app, table = service
    audience = app.name.removesuffix("_service")
    other = "growth" if audience == "study" else "study"
    bad = {
        "AUTH_REQUIRED": [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}],
        "TOKEN_INVALID": [
            {"Authorization": "Bearer nonsense"},
            {"Authorization": f"Bearer {tokens.mint(KEYS, other, '1', 'admin', ttl_s=60)}"},
            {"Authorization": f"Bearer {tokens.mint({'test': 'x' * 40}, audience, '1', 'admin', ttl_s=60)}"},
            {"Authorization": f"Bearer {tokens.mint({'gone': KEYS['test']}, audience, '1', 'admin', ttl_s=60)}"},
            {"Authorization": f"Bearer {tokens.mint(KEYS, audience, '1', 'root', ttl_s=60)}"},
        ],
        "TOKEN_EXPIRED": [{"Authorization": f"Bearer {tokens.mint(KEYS, audience, '1', 'admin', ttl_s=-1)}"}],
    }
    for method, rule in routes(app):
        for code, headers in ((code, headers) for code, several in bad.items() for headers in several):
            response = app.test_client().open(url(rule), method=method, headers=headers)
            if table[f"{method} {rule}"] is None:
                assert response.status_code != 401
            else:
                assert (response.status_code, response.json["code"]) == (401, code), (method, rule, headers)
                assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_may_only_read_writes_nothing(
    service: tuple[Flask, dict[str, Any]], database: LibsqlDatabase
) -> None:
    app, table = service
    for (method, rule), role in itertools.product(routes(app), ROLES):
        allowed = table[f"{method} {rule}"]
        response = client(app, WHO[role], role, scope="read").open(url(rule), method=method)
        if allowed is None or (role in allowed and method == "GET"):
            assert response.status_code not in (401, 403), (method, rule, role)
        else:
            assert (response.status_code, response.json["code"]) == (403, "PERMISSION_DENIED"), (method, rule, role)
            reason = "the token's scope does not cover this" if role in allowed else f"a {role} may not do this"
            assert response.json["detail"] == reason, (method, rule, role)


def test_a_token_that_may_only_write_reads_nothing(
    service: tuple[Flask, dict[str, Any]], database: LibsqlDatabase
) -> None:
    app, table = service
    for (method, rule), role in itertools.product(routes(app), ROLES):
        allowed = table[f"{method} {rule}"] or set()
        if role in allowed:
            for scope in ("write", "", "reads writes"):
                status = client(app, WHO[role], role, scope=scope).open(url(rule), method=method).status_code
                may = scope == "write" and method != "GET"
                assert (status != 403) == may, (method, rule, role, scope)


def test_a_look_at_the_head_is_a_read(alice: FlaskClient, study_app: Flask) -> None:
    assert alice.head("/api/exams").status_code == 200
    assert client(study_app, "1", "user", scope="read").head("/api/exams").status_code == 200
    assert client(study_app, "1", "user", scope="write").head("/api/exams").status_code == 403
    assert client(study_app, "growth-bot", "service").head("/api/exams").status_code == 403


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_a_token_counts_however_its_scheme_is_written(alice: FlaskClient, scheme: str) -> None:
    token = alice.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    assert alice.get("/api/auth/me", headers={"Authorization": f"{scheme} {token}"}).json["id"] == 1


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YWxpY2U6cHc=", "Bearer\t"])
def test_no_bearer_token_is_told_apart_from_a_wrong_one(
    study_app: Flask, database: LibsqlDatabase, header: str | None
) -> None:
    sent = {} if header is None else {"Authorization": header}
    response = study_app.test_client().get("/api/auth/me", headers=sent)
    problem = response.json
    assert (problem["status"], problem["code"]) == (401, "AUTH_REQUIRED")
    assert problem["detail"] == "send Authorization: Bearer <token>"


def test_a_view_without_roles_is_closed(study_app: Flask, database: LibsqlDatabase) -> None:
    app = Flask("study_service")
    auth.guard(app, "study", KEYS)
    errors.register(app)
    app.add_url_rule("/forgotten", view_func=lambda: "secret")
    for role in ROLES:
        assert client(app, WHO[role], role).get("/forgotten").status_code == 403


def test_an_algorithm_of_the_callers_choice_does_not_count(study_app: Flask, database: LibsqlDatabase) -> None:
    claims = {"sub": "1", "role": "admin", "scope": "read write", "aud": "study", "exp": 4102444800, "jti": "x"}
    for forged in (
        jwt.encode(claims, None, "none", headers={"kid": "test"}),
        jwt.encode(claims, KEYS["test"] * 2, "HS512", headers={"kid": "test"}),
    ):
        response = study_app.test_client().get("/api/exams", headers={"Authorization": f"Bearer {forged}"})
        assert response.json["code"] == "TOKEN_INVALID"
