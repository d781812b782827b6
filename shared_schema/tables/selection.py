"""Tables of the study service from which questions are picked: tags, bookmarks, mistakes, and Elo ratings."""

import peewee

from shared_schema.fields import counter, default, now, refers_to
from shared_schema.tables.table import Table

# Where a pick that starts at a random point finds a row; the questions' own `shuffle_key` is drawn in the same way.
_RANDOM = "abs(random() % 2147483648)"


def _place() -> peewee.IntegerField:
    return peewee.IntegerField(constraints=[default(peewee.SQL(_RANDOM))])


class QuestionTag(Table):
    """A tag of a question that may be asked, with what a pick looks for. Kept by triggers on `questions`."""

    question_id = refers_to("questions", "CASCADE")
    tag = peewee.TextField()
    exam_id = refers_to("exams", "CASCADE")
    objective_id = refers_to("objectives", "CASCADE")
    difficulty = peewee.IntegerField()
    shuffle_key = peewee.IntegerField()

    class Meta:
        table_name = "question_tags"
        primary_key = peewee.CompositeKey("question_id", "tag")
        without_rowid = True


for _scope, _name in ((QuestionTag.exam_id, "exam"), (QuestionTag.objective_id, "objective")):
    QuestionTag.add_index(
        QuestionTag.index(
            _scope,
            QuestionTag.tag,
            QuestionTag.difficulty,
            QuestionTag.shuffle_key,
            name=f"question_tags_shuffled_by_{_name}",
        )
    )


class Bookmark(Table):
    """A question that a learner wants to find again."""

    id = peewee.AutoField()
    user_id = refers_to("users", "CASCADE")
    question_id = refers_to("questions", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    place = _place()
    created_at = now()

    class Meta:
        table_name = "bookmarks"
        indexes = ((("user_id", "question_id"), True), (("user_id", "exam_id", "place"), False), (("user_id",), False))


class Missed(Table):
    """A question whose latest answer by the learner was wrong; `answer_id` is that answer. Counted from the answers."""

    user_id = refers_to("users", "CASCADE")
    question_id = refers_to("questions", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    answer_id = peewee.IntegerField()
    place = _place()

    class Meta:
        table_name = "missed"
        primary_key = peewee.CompositeKey("user_id", "question_id")
        indexes = ((("user_id", "exam_id", "answer_id"), False), (("user_id", "exam_id", "place"), False))
        without_rowid = True


class QuestionRating(Table):
    """How hard a question is, as an Elo rating. Counted from the first answers of learners to it."""

    question_id = refers_to("questions", "CASCADE")
    rating = peewee.FloatField()
    answers = counter()

    class Meta:
        table_name = "question_ratings"
        primary_key = peewee.CompositeKey("question_id")
        without_rowid = True


class ExamRating(Table):
    """How good a learner is in an exam, as an Elo rating. Counted from the answers."""

    user_id = refers_to("users", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    rating = peewee.FloatField()
    answers = counter()

    class Meta:
        table_name = "exam_ratings"
        primary_key = peewee.CompositeKey("user_id", "exam_id")
        without_rowid = True


class LearnerRating(Table):
    """How good a learner is in an objective. `expected` is the chance that her latest answer there had to be right."""

    user_id = refers_to("users", "CASCADE")
    objective_id = refers_to("objectives", "CASCADE")
    rating = peewee.FloatField()
    answers = counter()
    expected = peewee.FloatField()

    class Meta:
        table_name = "learner_ratings"
        primary_key = peewee.CompositeKey("user_id", "objective_id")
        without_rowid = True


# Tags are those of questions that may be asked; a list of tags that is none has no tags.
_ADD_TAGS = """
    INSERT INTO question_tags (question_id, tag, exam_id, objective_id, difficulty, shuffle_key)
    SELECT DISTINCT new.id, t.value, new.exam_id, new.objective_id, new.difficulty, new.shuffle_key
    FROM json_each(CASE WHEN json_valid(new.tags) THEN new.tags ELSE '[]' END) t
    WHERE t.type = 'text' AND new.review_status = 'approved' AND new.is_active = 1
"""
OBJECTS: tuple[str, ...] = (
    f"""
    CREATE TRIGGER question_tags_first AFTER INSERT ON questions
    BEGIN {_ADD_TAGS.strip()}; END
    """,
    f"""
    CREATE TRIGGER question_tags_kept
    AFTER UPDATE OF tags, exam_id, objective_id, difficulty, review_status, is_active ON questions
    BEGIN DELETE FROM question_tags WHERE question_id = new.id; {_ADD_TAGS.strip()}; END
    """,
    """
    CREATE TRIGGER question_tags_shuffled AFTER UPDATE OF shuffle_key ON questions
    BEGIN UPDATE question_tags SET shuffle_key = new.shuffle_key WHERE question_id = new.id; END
    """,
    # Another version is another question: how hard it is, is not known yet.
    """
    CREATE TRIGGER question_ratings_of_version AFTER UPDATE OF version ON questions WHEN new.version <> old.version
    BEGIN DELETE FROM question_ratings WHERE question_id = new.id; END
    """,
)
