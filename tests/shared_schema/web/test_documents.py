"""The OpenAPI documents are true: requests made up from them find no server error and no undocumented answer."""

import re

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import APIOperation, Case, GenerationMode, checks

from shared_schema.database import Database
from tests.conftest import client

EXAMPLES = 25


@pytest.fixture(params=["study", "growth"])
def app(request: pytest.FixtureRequest, study_app: Flask, growth_app: Flask, database: Database) -> Flask:
    return study_app if request.param == "study" else growth_app


def test_both_services_publish_openapi_31_with_a_body_for_every_write(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "post", "put", "patch", "delete"):
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
        "/api/auth/refresh",
        "/api/exams",
        "/api/exams/{examId}/objectives",
        "/api/questions/import",
        "/api/study/answer",
        "/api/study/sessions",
    },
    "growth": {
        "/api/twitter/tweets",
        "/api/twitter/opportunities",
        "/api/twitter/opportunities/claim",
        "/api/ai/generations",
    },
}


def test_no_response_is_described_that_none_gives(app: Flask) -> None:
    text = app.test_client().get("/openapi.json").text
    for name in app.test_client().get("/openapi.json").json["components"]["responses"]:
        assert f'"#/components/responses/{name}"' in text


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


CALLERS = {"study": [("4", "admin"), ("1", "user")], "growth": [("growth-bot", "service"), ("4", "admin")]}
CHECKS = [checks.not_a_server_error, checks.content_type_conformance, checks.response_schema_conformance]


@pytest.mark.parametrize("kind", list(GenerationMode), ids=lambda kind: kind.value)
def test_made_up_requests_find_no_server_error(app: Flask, kind: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = [operation.ok() for operation in schema.get_all_operations()]
    assert len(operations) == sum(str(rule).startswith("/api") for rule in app.url_map.iter_rules())
    for subject, role in CALLERS[app.name.removesuffix("_service")]:
        for operation in operations:  # each with a token of its own: logging out ends it
            authorization = client(app, subject, role).environ_base["HTTP_AUTHORIZATION"]
            _try(operation, kind, {"Authorization": authorization})


def _try(operation: APIOperation, kind: GenerationMode, headers: dict[str, str]) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=kind))
    def requests(case: Case) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    requests()
