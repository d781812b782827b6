"""The OWASP API Security Top 10 of 2023, and injection of 2019: which tests stand against which item."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
TOP_TEN = {
    "API1 broken object level authorization": ("attacks/test_other_peoples_objects.py",),
    "API2 broken authentication": (
        "shared_schema/web/test_routes.py",
        "shared_schema/web/test_tokens.py",
        "shared_schema/web/test_revoked.py",
        "shared_schema/web/test_standing.py",
        "study_service/test_id_tokens.py",
        "study_service/test_issuer_keys.py",
        "study_service/test_sign_in.py",
        "study_service/test_refreshes.py",
        "test_logged.py",
    ),
    "API3 broken object property level authorization": (
        "attacks/test_properties.py",
        "attacks/test_exposure.py",
        "attacks/test_leaks.py",
        "study_service/test_no_leaks.py",
    ),
    "API4 unrestricted resource consumption": (
        "attacks/test_amplification.py",
        "shared_schema/web/test_limits.py",
        "shared_schema/web/test_limits_of_workers.py",
        "shared_schema/web/server/test_slow_clients.py",
        "study_service/importing/test_import_cost.py",
    ),
    "API5 broken function level authorization": (
        "shared_schema/web/test_routes.py",
        "study_service/importing/test_import_rights.py",
        "growth_service/test_roles.py",
    ),
    "API6 unrestricted access to sensitive business flows": (
        "attacks/test_business_flows.py",
        "study_service/test_daily_limit.py",
        "growth_service/sending/test_leases_at_once.py",
    ),
    "API7 server side request forgery": ("attacks/test_server_side_requests.py",),
    "API8 security misconfiguration": (
        "attacks/test_misconfiguration.py",
        "shared_schema/web/test_headers.py",
        "shared_schema/web/test_cors.py",
        "shared_schema/web/test_proxies.py",
    ),
    "API9 improper inventory management": (
        "attacks/test_misconfiguration.py",
        "shared_schema/web/test_documents.py",
        "contract/test_every_answer.py",
    ),
    "API10 unsafe consumption of APIs": (
        "growth_service/posts/test_ingest.py",
        "growth_service/posts/test_real_x_bodies.py",
        "growth_service/ledger/test_usage_garbage.py",
        "study_service/test_issuer_keys.py",
    ),
    "API8 of 2019, injection": ("attacks/test_injection.py", "study_service/test_people.py"),
}


def test_each_item_has_its_tests_and_each_attack_its_item() -> None:
    named = {name for names in TOP_TEN.values() for name in names}
    assert {name for name in named if "def test_" not in (TESTS / name).read_text()} == set()
    attacks = {f"attacks/{path.name}" for path in (TESTS / "attacks").glob("test_*.py")} - {"attacks/test_top_ten.py"}
    assert attacks - named == set()
    assert [item.split()[0] for item in TOP_TEN][:10] == [f"API{number}" for number in range(1, 11)]
