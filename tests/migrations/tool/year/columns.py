"""January to June: columns come, must have a value, get another name, are split, go, get another type and a CHECK."""

import peewee

from migrations.tool import exits
from shared_schema.fields import between, counter
from tests.migrations.tool.year.models import exams, number, people, questions, text, tweets

QUESTIONS = 1_000


def the_first_tables(team):
    team.declare("shared", people())
    team.declare("study", exams(title=text, minutes=text), questions())
    team.declare("growth", tweets())
    for stream in ("shared", "study", "growth"):
        assert team.new(stream, "first_tables").name == "001_first_tables.py"
    assert team.bring("growth") == [f"{stream}/001_first_tables" for stream in ("shared", "study", "growth")]
    team.sql("INSERT INTO exams VALUES (1, 'A', 'A: Cables', '90'), (2, 'B', 'B: Clouds', '60'), (3, 'B', NULL, NULL)")
    team.ask(1, QUESTIONS)
    team.sql("INSERT INTO tweets (id, text) VALUES ('1', 'hello')")


def a_column_is_added(team):
    team.declare("study", exams(title=text, minutes=text, notes=text), questions())
    path = team.new("study", "exam_notes")
    assert 'ALTER TABLE "exams" ADD COLUMN "notes" TEXT' in path.read_text()
    assert 'ALTER TABLE "exams" DROP COLUMN "notes"' in path.read_text()
    assert team.there_and_back("study")[-1] == "study/002_exam_notes"


def a_column_that_must_have_a_value(team):
    """With a constant default it is added as it stands. Without one it takes two releases."""
    more = {"title": text, "minutes": text, "notes": text, "beta": counter}
    team.declare("study", exams(**more), questions())
    assert 'ADD COLUMN "beta" INTEGER NOT NULL DEFAULT 0' in team.new("study", "exam_beta").read_text()
    team.there_and_back("study")

    team.declare("study", exams(**more, owner=peewee.TextField), questions())
    path = team.new("study", "exam_owner")
    team.refuses("lint", says='error: not-null: the copy into the new "exams" gives "owner" no value', code=exits.FOUND)
    team.refuses("up", "study", says="error: not-null:")
    path.unlink()

    team.declare("study", exams(**more, owner=text), questions())
    path = team.new("study", "exam_owner")
    team.state(path, BACKFILLS=[{"table": "exams", "set": "owner = 'house'", "where": "owner IS NULL"}])
    assert team.there_and_back("study")[-1] == "study/004_exam_owner/0: 3 rows filled"
    team.declare("study", exams(**more, owner=peewee.TextField), questions())
    path = team.new("study", "exam_owner_needed")
    team.change(path, '"owner" FROM "exams"', 'coalesce("owner", \'house\') FROM "exams"')
    team.refuses("lint", says="error: contract:", code=exits.FOUND)
    team.state(path, PHASE="contract")
    team.there_and_back("study")
    assert team.sql("SELECT owner, count(*) FROM exams GROUP BY 1") == [("house", 3)]
    assert team.sql("SELECT count(*) FROM questions") == [(QUESTIONS,)]


def a_column_gets_another_name(team):
    more = {"name": text, "minutes": text, "notes": text, "beta": counter, "owner": peewee.TextField}
    team.declare("study", exams(**more), questions())
    team.refuses(
        "new",
        "study",
        "exam_name",
        says='the column "title" is gone from "exams" and "name" is new: say --rename exams.title:name if it is the '
        "same one under another name, or --no-rename if it is not",
        code=exits.USAGE,
    )
    path = team.new("study", "exam_name", "--rename", "exams.title:name")
    assert 'PHASE = "contract"' in path.read_text()
    assert 'ALTER TABLE "exams" RENAME COLUMN "title" TO name' in path.read_text()
    team.there_and_back("study")
    assert team.sql("SELECT name FROM exams ORDER BY id") == [("A: Cables",), ("B: Clouds",), (None,)]


def a_column_is_split(team):
    more = {"name": text, "minutes": text, "notes": text, "beta": counter, "owner": peewee.TextField}
    team.declare("study", exams(**more, vendor=text, label=text), questions())
    path = team.new("study", "exam_vendor_and_label")
    backfill = {
        "table": "exams",
        "set": "vendor = substr(name, 1, instr(name, ': ') - 1), label = substr(name, instr(name, ': ') + 2)",
        "where": "name LIKE '%: %'",
    }
    team.state(path, BACKFILLS=[backfill | {"set": "vendr = 'x'"}])
    team.refuses("up", "study", says="no such column: vendr")
    team.change(path, repr(backfill | {"set": "vendr = 'x'"}), repr(backfill))
    assert team.there_and_back("study")[-1] == "study/007_exam_vendor_and_label/0: 2 rows filled"
    assert team.sql("SELECT vendor, label FROM exams ORDER BY id") == [("A", "Cables"), ("B", "Clouds"), (None, None)]


def a_column_is_dropped(team):
    more = {"name": text, "minutes": text, "beta": counter, "owner": peewee.TextField, "vendor": text, "label": text}
    team.declare("study", exams(**more), questions())
    path = team.new("study", "no_exam_notes")
    team.refuses("lint", says='error: data-loss: the values of "exams"."notes" are gone', code=exits.FOUND)
    team.state(path, PHASE="contract", ALLOW={"data-loss": "nobody wrote notes"})
    team.there_and_back("study")


def a_column_gets_another_type(team):
    """A value that does not fit stops it, and is named."""
    more = {
        "name": text,
        "minutes": number(),
        "beta": counter,
        "owner": peewee.TextField,
        "vendor": text,
        "label": text,
    }
    team.declare("study", exams(**more), questions())
    team.sql("UPDATE exams SET minutes = 'about 90' WHERE id = 1")
    path = team.new("study", "exam_minutes")
    team.refuses("lint", says='"exams"."minutes" turns from TEXT to INTEGER', code=exits.FOUND)
    team.state(path, PHASE="contract", ALLOW={"data-loss": "all are numbers"})
    team.refuses("up", "study", says="about 90")
    team.sql("UPDATE exams SET minutes = '90' WHERE id = 1")
    team.there_and_back("study")
    assert team.sql("SELECT minutes, typeof(minutes) FROM exams ORDER BY id") == [
        (90, "integer"),
        (60, "integer"),
        (None, "null"),
    ]


def a_column_gets_a_check(team):
    bounded = number(between("minutes", 1, 600))
    more = {"name": text, "minutes": bounded, "beta": counter, "owner": peewee.TextField, "vendor": text, "label": text}
    team.declare("study", exams(**more), questions())
    team.sql("UPDATE exams SET minutes = 0 WHERE id > 1")
    path = team.new("study", "exam_minutes_checked")
    team.refuses("lint", says="error: contract:", code=exits.FOUND)
    team.state(path, PHASE="contract")
    team.refuses("up", "study", says='2 rows of "exams"')
    team.sql("UPDATE exams SET minutes = 60 WHERE id > 1")
    team.there_and_back("study")
    assert team.sql("SELECT count(*) FROM questions") == [(QUESTIONS,)]


CHAPTERS = (
    the_first_tables,
    a_column_is_added,
    a_column_that_must_have_a_value,
    a_column_gets_another_name,
    a_column_is_split,
    a_column_is_dropped,
    a_column_gets_another_type,
    a_column_gets_a_check,
)
