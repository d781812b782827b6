"""What code speaks of is found in its source: through models, in SQL, in pieces of SQL."""

import pytest

from migrations.tool.lint import reads
from shared_schema.tables import bank

IMPORT = "from shared_schema.tables import bank\nfrom shared_schema.tables.bank import Exam, Objective as Part\n"


@pytest.fixture
def columns_in(tmp_path):
    """`columns_in("code")`: the columns by table that a module with this code speaks of."""

    def scan(code):
        path = tmp_path / f"module{len(list(tmp_path.iterdir()))}.py"
        path.write_text(code)
        return {table: set(columns) - {""} for table, columns in reads.scan([path]).items()}

    return scan


ALL = {field.column_name for field in bank.Exam._meta.sorted_fields}


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("Exam.code", {"code"}),
        ("bank.Exam.code == 1", {"code"}),
        ("Exam.select(Exam.id).where(Exam.code == x)", {"id", "code"}),
        ("Exam.select()", ALL),
        ("Exam.insert(code=x, name=1)", {"code", "name"}),
        ("Exam.update(name=1).where(Exam.id == 2)", {"name", "id"}),
        ("Exam.insert(values)", ALL),
        ("Exam.insert(**values)", ALL),
        ("row_json(Exam)", ALL),
        ("[Exam]", ALL),
        ("Exam.delete().where(Exam.id == 1)", {"id"}),
    ],
)
def test_models(expression, columns, columns_in):
    assert columns_in(f"{IMPORT}\nvalue = {expression}")["exams"] == columns


def test_model_under_another_name(columns_in):
    assert columns_in(f"{IMPORT}\nPart.weight")["objectives"] == {"weight"}


def test_class_of_that_name_from_elsewhere_is_no_model(columns_in):
    assert columns_in("from study_service.banks import Exam\nExam.code") == {}


@pytest.mark.parametrize(
    "code",
    [
        'SQL = "SELECT id, code FROM exams"',
        "SQL = f\"SELECT id, {', '.join(x)} FROM exams WHERE code = 1\"",
        'def f():\n    """Not this word: vendor_id."""\n    return "SELECT e.id, code " "FROM exams e"',
        'TABLE = "exams"\nFIELDS = "id, code"',
        'COLUMNS = "id, code"\nSQL = f"SELECT {COLUMNS} FROM exams"',
    ],
)
def test_texts(code, columns_in):
    assert {"id", "code"} <= columns_in(code)["exams"]
    assert "vendor_id" not in columns_in(code)["exams"]


def test_star_is_every_column_that_the_model_has(columns_in):
    assert columns_in('"".join("SELECT *, 1 FROM exams")')["exams"] >= ALL
    assert columns_in('"".join("SELECT e.* FROM exams e")')["exams"] >= ALL
    assert not columns_in('"".join("SELECT count(*) FROM exams")')["exams"] & ALL


def test_words_count_for_no_table_of_another_module(columns_in, tmp_path):
    assert "exams" not in columns_in('SQL = "SELECT code FROM objectives"')
    assert "code" not in columns_in('SQL = "SELECT id FROM exams"').get("objectives", {})


def test_place_is_named(tmp_path):
    path = tmp_path / "module.py"
    path.write_text('\nSQL = "SELECT code FROM exams"')
    assert reads.scan([path])["exams"]["code"] == "module.py:2"


def test_services_of_this_repository():
    study, growth = reads.services()["study"], reads.services()["growth"]
    assert study["exams"]["code"].startswith("study_service/")
    assert growth["tweets"]["text"].startswith("growth_service/")
    assert "tweets" not in study
    assert {"id"} <= growth["exams"].keys()
    assert "passing_score" not in growth["exams"]
    for service in (study, growth):
        assert service["audit_log"]["action"]
        assert service["receipts"]["receipt"].startswith("shared_schema/")


def test_every_table_of_the_routes_is_found():
    spoken = set(reads.services()["study"]) | set(reads.services()["growth"])
    declared = {model._meta.table_name for models in reads.OWNERS.values() for model in models}
    assert declared - spoken == set()
