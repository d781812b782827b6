"""July to September: indexes, a search with its triggers, a view, a trigger, a reference to another stream."""

import peewee

from migrations.tool import exits
from shared_schema.fields import between, counter
from tests.migrations.tool.year.columns import QUESTIONS
from tests.migrations.tool.year.models import drafts, exams, number, questions, text, tweets

MANY = 200_000
SEARCH = "CREATE VIRTUAL TABLE questions_search USING fts5(text, content='questions', content_rowid='id')"
KEPT_IN_STEP = (
    """CREATE TRIGGER questions_search_insert AFTER INSERT ON questions BEGIN
        INSERT INTO questions_search (rowid, text) VALUES (new.id, new.text);
    END""",
    """CREATE TRIGGER questions_search_delete AFTER DELETE ON questions BEGIN
        INSERT INTO questions_search (questions_search, rowid, text) VALUES ('delete', old.id, old.text);
    END""",
    """CREATE TRIGGER questions_search_update AFTER UPDATE OF text ON questions BEGIN
        INSERT INTO questions_search (questions_search, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO questions_search (rowid, text) VALUES (new.id, new.text);
    END""",
)
VIEW = "CREATE VIEW exam_sizes AS SELECT exam_id, count(*) AS size FROM questions GROUP BY exam_id"
LOUD = """CREATE TRIGGER tweets_liked AFTER UPDATE OF likes ON tweets WHEN new.likes < 0 BEGIN
    SELECT RAISE(ABORT, 'likes below zero');
END"""


def the_exams(*indexes):
    minutes = number(between("minutes", 1, 600))
    more = {"name": text, "minutes": minutes, "beta": counter, "owner": peewee.TextField, "vendor": text, "label": text}
    return exams(*indexes, **more)


def an_index_on_many_rows(team):
    team.ask(QUESTIONS + 1, MANY)
    team.declare("study", the_exams(), questions((["exam_id", "text"], False)))
    assert 'CREATE INDEX "questions_exam_id_text"' in team.new("study", "questions_by_exam").read_text()
    team.there_and_back("study")
    assert team.sql("SELECT count(*) FROM questions") == [(MANY,)]
    (plan,) = team.sql("EXPLAIN QUERY PLAN SELECT id FROM questions WHERE exam_id = 1 ORDER BY text")
    assert "questions_exam_id_text" in plan[-1]
    team.sql(f"DELETE FROM questions WHERE id > {QUESTIONS}")


def a_unique_index_over_rows_that_are_equal(team):
    team.declare("study", the_exams((["code"], True)), questions((["exam_id", "text"], False)))
    path = team.new("study", "exam_code_unique")
    team.refuses("lint", says="error: contract:", code=exits.FOUND)
    team.state(path, PHASE="contract")
    team.refuses("up", "study", says='2 rows of "exams" share code')
    team.sql("UPDATE exams SET code = 'C' WHERE id = 3")
    team.there_and_back("study")


def a_search_with_its_triggers(team):
    team.beside("study", SEARCH, *KEPT_IN_STEP)
    team.new("study", "search")
    team.there_and_back("study")
    assert team.sql("SELECT count(*) FROM questions_search('443')") == [(QUESTIONS // 1000,)]
    team.sql("INSERT INTO questions (exam_id, text) VALUES (1, 'which port has telnet')")
    assert team.sql("SELECT rowid FROM questions_search('telnet')") == [(QUESTIONS + 1,)]
    code, out = team.run("backup", str(team.root / "july.sql.gz"))
    assert code == 0, out
    team.sql("DELETE FROM questions WHERE text LIKE '%telnet%'")
    assert team.sql("SELECT rowid FROM questions_search('telnet')") == []
    code, out = team.run("restore", str(team.root / "july.sql.gz"), "--yes")
    assert code == 0, out
    assert team.sql("SELECT rowid FROM questions_search('telnet')") == [(QUESTIONS + 1,)]
    team.is_whole()


def a_view_and_a_trigger(team):
    team.beside("study", SEARCH, *KEPT_IN_STEP, VIEW)
    team.beside("growth", LOUD)
    team.new("study", "exam_sizes")
    team.new("growth", "likes_not_below_zero")
    team.there_and_back("growth")
    assert team.sql("SELECT sum(size) FROM exam_sizes") == [(QUESTIONS + 1,)]
    assert "likes below zero" in team.fails("UPDATE tweets SET likes = -1")


def a_table_below_a_view_is_rebuilt(team):
    """The view and the triggers that name it go first and come back."""
    minutes = number(between("minutes", 1, 480))
    more = {"name": text, "minutes": minutes, "beta": counter, "owner": peewee.TextField, "vendor": text, "label": text}
    view = "CREATE VIEW exam_names AS SELECT id, coalesce(label, name) AS name FROM exams"
    team.beside("study", SEARCH, *KEPT_IN_STEP, VIEW, view)
    team.declare("study", the_exams((["code"], True)), questions((["exam_id", "text"], False)))
    team.new("study", "exam_names")
    team.bring("study")
    team.declare("study", exams((["code"], True), **more), questions((["exam_id", "text"], False)))
    team.state(team.new("study", "shorter_exams"), PHASE="contract")
    team.there_and_back("study")
    assert team.sql("SELECT name FROM exam_names ORDER BY id") == [("Cables",), ("Clouds",), (None,)]


def a_reference_to_another_stream(team):
    team.declare("growth", tweets(), drafts())
    team.new("growth", "drafts")
    team.there_and_back("growth")
    team.sql("INSERT INTO drafts (exam_id, text) VALUES (3, 'soon')")
    team.sql("DELETE FROM exams WHERE id = 3")
    assert team.sql("SELECT exam_id, text FROM drafts") == [(None, "soon")]


CHAPTERS = (
    an_index_on_many_rows,
    a_unique_index_over_rows_that_are_equal,
    a_search_with_its_triggers,
    a_view_and_a_trigger,
    a_table_below_a_view_is_rebuilt,
    a_reference_to_another_stream,
)
