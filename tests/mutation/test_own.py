"""Which tests run for which line of a module."""

from tests.mutation import own

CODE = """\
_ITEM = "SELECT 1"
_ALL: str = f"SELECT ({_ITEM})"
LIMIT = 5


def one():
    return db.fetch(_ITEM)


def all():
    return db.fetch(_ALL)


def none(limit=LIMIT):
    return 0
"""
RAN = {7: {"tests/test_shop.py::one"}, 11: {"tests/test_shop.py::all"}, 15: {"tests/test_other.py::none"}}
SECONDS = {"tests/test_shop.py::all": 1.0, "tests/test_shop.py::one": 2.0, "tests/test_other.py::none": 0.5}


def test_a_line_in_a_function_is_tested_by_those_who_run_the_function() -> None:
    assert own.touching(CODE, 11, RAN) == {"tests/test_shop.py::all"}
    assert own.touching(CODE, 15, RAN | {14: {"the first import"}}) == {"tests/test_other.py::none"}


def test_a_private_constant_is_tested_by_those_who_run_its_users() -> None:
    assert own.touching(CODE, 2, RAN) == {"tests/test_shop.py::all"}
    assert own.touching(CODE, 1, RAN) == {"tests/test_shop.py::one", "tests/test_shop.py::all"}


def test_what_others_may_use_is_tested_by_all_who_run_the_module() -> None:
    assert own.touching(CODE, 3, RAN) == set(SECONDS)


def test_the_files_of_the_module_come_first_and_their_quick_tests_before_the_slow() -> None:
    assert own.choose("shop/shops.py", CODE, 3, RAN, SECONDS) == [
        "tests/test_shop.py::all",
        "tests/test_shop.py::one",
        "tests/test_other.py::none",
    ]


def test_the_wire_contract_comes_first_where_it_is_recorded() -> None:
    seconds = SECONDS | {"tests/wire/test_wire.py::study": 5.0}
    assert own.choose("shop/routes/shops.py", CODE, 11, RAN, seconds) == [
        "tests/wire/test_wire.py::study",
        "tests/test_shop.py::all",
    ]


def test_slow_tests_are_left_out_unless_they_are_the_modules_own() -> None:
    seconds = {"tests/test_shop.py::slow": 20.0, "tests/test_other.py::slow": 11.0} | {
        f"tests/test_other.py::{n}": 1.0 for n in range(5)
    }
    quick = [f"tests/test_other.py::{n}" for n in range(5)]
    assert own.choose("shop/shop.py", CODE, 11, {11: set(seconds)}, seconds) == ["tests/test_shop.py::slow", *quick]
    database = "shared_schema/database/server/hrana.py"
    assert own.choose(database, CODE, 11, {11: {"a::1", "a::2"}}, {"a::1": 1.9, "a::2": 2.1, "a::3": 0.0}) == ["a::1"]
    only = {"tests/test_other.py::slow"}
    assert own.choose("shop/shop.py", CODE, 11, {11: only}, seconds) == ["tests/test_other.py::slow"]


def test_a_line_that_only_other_processes_run_is_tested_by_files_that_name_the_module() -> None:
    seconds = {"tests/mutation/test_own.py::a": 1.0, "tests/mutation/test_sql.py::b": 1.0}
    assert own.choose("tests/mutation/own.py", CODE, 11, {}, seconds) == ["tests/mutation/test_own.py::a"]


def test_a_line_that_runs_once_for_the_session_is_tested_by_all_of_its_folder() -> None:
    everywhere = {"tests/shop/test_till.py::a": 1.0, "tests/shop/test_shelf.py::b": 1.0, "tests/test_other.py::c": 1.0}
    mirrored = {"tests/shop/test_till.py::a", "tests/shop/test_shelf.py::b"}
    assert set(own.choose("shop/shop.py", CODE, 11, {11: {"session"}}, everywhere)) == mirrored
    once_and_in_a_test = {11: {"session", "tests/test_shop.py::one"}}
    assert own.choose("shop/shop.py", CODE, 11, once_and_in_a_test, SECONDS) == ["tests/test_shop.py::one"]


def test_a_module_with_a_process_of_its_own_is_tested_by_those_who_start_it() -> None:
    seconds = {
        "tests/faults/test_replicator.py::b": 9.0,
        "tests/faults/test_replicator.py::a": 1.0,
        "tests/test_x.py::c": 1.0,
    }
    replicator = ["tests/faults/test_replicator.py::a", "tests/faults/test_replicator.py::b"]
    assert (
        own.choose("shared_schema/database/replica/keep.py", CODE, 11, {11: {"tests/test_x.py::c"}}, seconds)
        == replicator
    )


def test_the_room_of_a_module_has_its_name() -> None:
    assert own.rooms("study_service/answers.py") == ["tests/study_service"]
    assert own.rooms("study_service/routes/exams.py") == ["tests/study_service", "tests/wire"]
    assert own.rooms("migrations/study/001_first_tables.py") == ["tests/migrations/study"]
    assert own.rooms("migrations/shared/001_first_tables.py") == ["tests/migrations/shared"]


def test_what_speaks_to_a_server_is_tested_with_one() -> None:
    assert own.modes("shared_schema/database/server/hrana.py") == "file,server,replica"
    assert own.rooms("shared_schema/database/replica/reading.py") == ["tests/shared_schema/database", "tests/faults"]
    assert own.rooms("shared_schema/web/consistency.py") == ["tests/shared_schema/web", "tests/faults"]
    assert own.modes("shared_schema/web/auth.py") == "file"
    assert own.modes("study_service/answers.py") == "file"
