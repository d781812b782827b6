"""What the OpenAPI documents say of every operation. Whether it is true is tried in tests/contract."""

import re

import pytest
from flask import Flask

from shared_schema.database import LibsqlDatabase

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(params=["study", "growth"])
def app(request: pytest.FixtureRequest, study_app: Flask, growth_app: Flask, database: LibsqlDatabase) -> Flask:
    return study_app if request.param == "study" else growth_app


def test_both_services_publish_openapi_31_with_a_body_for_every_write(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in METHODS:
                continue
            assert operation["summary"], (method, path)
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
            if method in ("post", "put", "patch"):
                assert operation["requestBody"]["content"], (method, path)
            problem = operation["responses"]["500"]["$ref"].rsplit("/", 1)[1]
            assert "application/problem+json" in document["components"]["responses"][problem]["content"]


def test_every_route_is_documented(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").json
    served = {str(rule) for rule in app.url_map.iter_rules() if str(rule).startswith("/api")}
    assert len(document["paths"]) == len(served)


KEYED = {
    "study": {
        "/api/auth/google",
        "/api/auth/logout",
        "/api/auth/refresh",
        "/api/exams",
        "/api/exams/{examId}/objectives",
        "/api/questions",
        "/api/questions/import",
        "/api/questions/review",
        "/api/questions/{questionId}/restore",
        "/api/questions/{questionId}/flags",
        "/api/questions/{questionId}/flags/resolve",
        "/api/study/answer",
        "/api/study/answers",
        "/api/study/sessions",
        "/api/study/sessions/{sessionId}/pause",
        "/api/study/sessions/{sessionId}/resume",
        "/api/tests",
        "/api/tests/{attemptId}/submit",
        "/api/tests/{attemptId}/regrade",
        "/api/study/sessions/{sessionId}/complete",
        "/api/study/sessions/{sessionId}/abandon",
    },
    "growth": {
        "/api/twitter/accounts",
        "/api/twitter/tweets",
        "/api/twitter/opportunities",
        "/api/twitter/opportunities/claim",
        "/api/twitter/opportunities/decide",
        "/api/twitter/opportunities/{opportunityId}/undo",
        "/api/twitter/opportunities/{opportunityId}/approve",
        "/api/twitter/opportunities/{opportunityId}/executed",
        "/api/twitter/opportunities/{opportunityId}/failed",
        "/api/twitter/opportunities/{opportunityId}/renew",
        "/api/twitter/opportunities/{opportunityId}/release",
        "/api/twitter/opportunities/{opportunityId}/reconcile",
        "/api/twitter/opportunities/{opportunityId}/reject",
        "/api/twitter/voice-profiles",
        "/api/twitter/voice-profiles/{profileId}/activate",
        "/api/twitter/voice-profiles/{profileId}/score",
        "/api/ai/generations",
        "/api/ai/budgets/{budgetName}/holds",
        "/api/ai/holds/{holdId}/settle",
    },
}


def test_nothing_is_described_that_no_operation_has(app: Flask) -> None:
    text = app.test_client().get("/openapi.json").text
    components = app.test_client().get("/openapi.json").json["components"]
    for kind in ("schemas", "responses", "headers", "parameters"):
        assert components[kind]
        for name in components[kind]:
            assert f'"#/components/{kind}/{name}"' in text


def test_each_operation_has_a_name_of_its_own_and_says_who_may_call_it_and_what_it_takes(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").json
    operations = [(item, item[method]) for item in document["paths"].values() for method in METHODS if method in item]
    names = [operation["operationId"] for _, operation in operations]
    assert len(set(names)) == len(names) == sum(str(rule).startswith("/api") for rule in app.url_map.iter_rules())
    for item, operation in operations:
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", operation["operationId"])
        assert re.search(r"For [a-z, ]+\.$", operation["description"]) or operation["security"] == []
        for parameter in [*item.get("parameters", ()), *operation["parameters"]]:
            assert "$ref" in parameter or parameter["description"], (operation["operationId"], parameter["name"])


def test_answers_have_each_field_and_say_which_can_be_null(study_app: Flask) -> None:
    schemas = study_app.test_client().get("/openapi.json").json["components"]["schemas"]
    session = schemas["SessionOut"]
    assert set(session["required"]) == set(session["properties"])
    assert "additionalProperties" not in session
    assert session["properties"]["accuracy"]["type"] == ["number", "null"]
    assert session["properties"]["status"]["enum"] == ["active", "paused", "completed", "abandoned"]
    assert session["properties"]["id"] == {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
    assert schemas["AnswerResult"]["properties"]["session"]["anyOf"][1] == {"type": "null"}


def test_requests_name_what_they_need_and_refuse_what_they_do_not_know(study_app: Flask) -> None:
    document = study_app.test_client().get("/openapi.json").json
    session = document["components"]["schemas"]["SessionIn"]
    assert session["required"] == ["examId"]
    assert session["additionalProperties"] is False
    assert not [name for name, value in session["properties"].items() if "default" in value]
    assert session["properties"]["questionCount"]["description"] == "20 where it is left out"
    query = {
        parameter.get("name"): parameter for parameter in document["paths"]["/api/study/questions"]["get"]["parameters"]
    }
    assert (query["objectiveIds"]["style"], query["objectiveIds"]["explode"]) == ("form", False)
    assert query["objectiveIds"]["schema"]["type"] == "array"
    assert "default" not in query["objectiveIds"]["schema"]
    assert query["excludeRecentHours"]["schema"] == {"type": "integer", "minimum": 0, "maximum": 24 * 366}


def test_a_read_can_be_made_again_only_if_it_has_changed(study_app: Flask) -> None:
    document = study_app.test_client().get("/openapi.json").json
    listed = document["paths"]["/api/exams"]["get"]
    assert {"$ref": "#/components/parameters/If-None-Match"} in listed["parameters"]
    for status in ("200", "304"):
        assert listed["responses"][status]["headers"]["ETag"] == {"$ref": "#/components/headers/ETag"}
    links = document["paths"]["/api/exams"]["post"]["responses"]["201"]["links"]
    assert links["getExam"] == {"operationId": "getExam", "parameters": {"examId": "$response.body#/id"}}


def test_a_change_that_wants_the_state_that_was_read_says_so(study_app: Flask) -> None:
    document = study_app.test_client().get("/openapi.json").json
    question = document["paths"]["/api/questions/{questionId}"]
    match, etag = "#/components/parameters/If-Match", {"$ref": "#/components/headers/ETag"}
    assert {"$ref": match} in question["patch"]["parameters"]
    assert {"$ref": match} not in question["get"]["parameters"]
    assert document["components"]["parameters"]["If-Match"]["required"] is True
    assert {"202", "412", "428"} <= question["patch"]["responses"].keys()
    assert not {"304", "412", "428"} & question["get"]["responses"].keys()
    for method, status in (("get", "200"), ("patch", "200")):
        assert question[method]["responses"][status]["headers"]["ETag"] == etag
    assert "ETag" not in question["patch"]["responses"]["202"]["headers"]


def test_the_writes_that_honour_a_key_say_so(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").json
    keys = {
        (path, method): parameter
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
        for parameter in operation.get("parameters", ())
        if parameter.get("$ref") == "#/components/parameters/Idempotency-Key"
    }
    assert set(keys) == {(path, "post") for path in KEYED[app.name.removesuffix("_service")]}
    parameter = document["components"]["parameters"]["Idempotency-Key"]
    assert (parameter["in"], parameter["name"]) == ("header", "Idempotency-Key")
    assert not parameter.get("required")
    assert parameter["schema"] == {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"}
    assert parameter["description"].startswith("The same key with the same request is answered from the first")


def test_the_document_says_how_to_sign_in_and_what_times_and_patches_are(study_app: Flask) -> None:
    document = study_app.test_client().get("/openapi.json").json
    assert (document["info"]["title"], document["info"]["version"]) == ("PingToPass study", "1")
    assert document["security"] == [{"bearer": []}]
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert document["components"]["securitySchemes"] == {"bearer": scheme}
    schemas = document["components"]["schemas"]
    assert schemas["ExamIn"]["required"] == ["code", "name", "vendorId"]
    assert "required" not in schemas["ExamInPatch"]
    assert schemas["ExamInPatch"]["properties"].keys() == schemas["ExamIn"]["properties"].keys()
    assert schemas["ExamOut"]["properties"]["createdAt"] == {"type": "string", "format": "date-time"}
    problem = schemas["ValidationFailedProblem"]
    assert set(problem["required"]) == {"type", "title", "status", "code", "instance", "requestId"}
    assert problem["properties"]["status"] == {"type": "integer", "const": 422}
    assert problem["properties"]["code"] == {"type": "string", "const": "VALIDATION_FAILED"}
    assert problem["properties"]["errors"]["additionalProperties"] == {"type": "array", "items": {"type": "string"}}


def test_amounts_are_numbers_or_null(growth_app: Flask) -> None:
    schemas = growth_app.test_client().get("/openapi.json").json["components"]["schemas"]
    assert schemas["GenerationOut"]["properties"]["costUsd"]["type"] == ["number", "null"]


def test_the_docs_page_and_all_it_loads_come_from_here(app: Flask) -> None:
    page = app.test_client().get("/docs/")
    assert page.status_code == 200
    assert app.test_client().get("/docs").status_code == 308
    assert f"<title>PingToPass {app.name.removesuffix('_service')}</title>" in page.text
    loaded = re.findall(r"(?:src|href)=[\"'](.*?)[\"']", page.text)
    assert len(loaded) >= 4
    assert not [address for address in loaded if "//" in address]
    for script in ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-standalone-preset.js"):
        assert app.test_client().get(f"/docs/{script}").status_code == 200
