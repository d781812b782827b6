"""Moderators search questions by their words."""

from typing import Any

# What is there already, as the triggers write what comes.
OPTIONS, TAGS = (
    f"(SELECT group_concat({value}, {between}) FROM json_each(CASE WHEN json_valid({column}) THEN {column} ELSE '[]' END) o"
    f"{where})"
    for column, value, between, where in (
        ("answers", "o.value->>'text'", "char(10)", " WHERE o.type = 'object'"),
        ("tags", "o.value", "', '", ""),
    )
)
FILL_SEARCH = f"""
    INSERT INTO question_search (rowid, scope, text, options, explanation, reference, tags)
    SELECT id, 'exam' || exam_id || ' objective' || objective_id || ' ' || review_status
        || iif(ai_generated, ' model', ' people') || iif(is_active, ' active', ' deleted')
        || iif(open_flags > 0, ' flagged', ' unflagged'),
        text, {OPTIONS}, explanation, reference, {TAGS}
    FROM questions
"""


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "question_bands" (
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "band" INTEGER NOT NULL,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            PRIMARY KEY ("question_id", "band")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_bands_exam_id_band_question_id" ON "question_bands" ("exam_id", "band", "question_id")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "question_flags" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "reason" TEXT NOT NULL CHECK (reason IN ('wrong_key', 'unclear', 'typo', 'outdated', 'other')),
            "comment" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "resolution" TEXT CHECK (resolution IN ('fixed', 'dismissed')),
            "note" TEXT,
            "resolved_by" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "resolved_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_flags_question_id" ON "question_flags" ("question_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_flags_user_id" ON "question_flags" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "question_flags_open" ON "question_flags" ("question_id", "user_id") WHERE ("resolution" IS NULL)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_flags_open_by_user" ON "question_flags" ("user_id") WHERE ("resolution" IS NULL)
        """
    )
    migrator.sql(
        """
        ALTER TABLE "questions" ADD COLUMN "open_flags" INTEGER NOT NULL DEFAULT 0
        """
    )
    migrator.sql(
        """
        ALTER TABLE "questions" ADD COLUMN "bands" TEXT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_listed_by_exam" ON "questions" ("exam_id") WHERE ("is_active" = 1)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_listed_by_objective" ON "questions" ("objective_id") WHERE ("is_active" = 1)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_deleted" ON "questions" ("id") WHERE ("is_active" = 0)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_flagged" ON "questions" ("id") WHERE ("open_flags" > 0)
        """
    )
    migrator.sql(
        """
        CREATE VIRTUAL TABLE question_search USING fts5 (scope, text, options, explanation, reference, tags, tokenize = "unicode61 remove_diacritics 2 tokenchars '+#'", prefix = '2 3')
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_search_first AFTER INSERT ON questions
        BEGIN INSERT INTO question_search (rowid, scope, text, options, explanation, reference, tags) SELECT new.id, 'exam' || new.exam_id || ' objective' || new.objective_id || ' ' || new.review_status
        || iif(new.ai_generated, ' model', ' people') || iif(new.is_active, ' active', ' deleted')
        || iif(new.open_flags > 0, ' flagged', ' unflagged') AS scope, new.text AS text, (SELECT group_concat(o.value->>'text', char(10)) FROM json_each(
        CASE WHEN json_valid(new.answers) THEN new.answers ELSE '[]' END) o WHERE o.type = 'object') AS options, new.explanation AS explanation, new.reference AS reference, (SELECT group_concat(o.value, ', ') FROM json_each(
        CASE WHEN json_valid(new.tags) THEN new.tags ELSE '[]' END) o) AS tags; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_search_kept AFTER UPDATE OF exam_id, objective_id, review_status, ai_generated, is_active, text, answers, explanation, reference, tags, open_flags ON questions
        WHEN NOT (new.exam_id IS old.exam_id AND new.objective_id IS old.objective_id AND new.review_status IS old.review_status AND new.ai_generated IS old.ai_generated AND new.is_active IS old.is_active AND new.text IS old.text AND new.answers IS old.answers AND new.explanation IS old.explanation AND new.reference IS old.reference AND new.tags IS old.tags AND (new.open_flags > 0) = (old.open_flags > 0))
        BEGIN DELETE FROM question_search WHERE rowid = new.id; INSERT INTO question_search (rowid, scope, text, options, explanation, reference, tags) SELECT new.id, 'exam' || new.exam_id || ' objective' || new.objective_id || ' ' || new.review_status
        || iif(new.ai_generated, ' model', ' people') || iif(new.is_active, ' active', ' deleted')
        || iif(new.open_flags > 0, ' flagged', ' unflagged') AS scope, new.text AS text, (SELECT group_concat(o.value->>'text', char(10)) FROM json_each(
        CASE WHEN json_valid(new.answers) THEN new.answers ELSE '[]' END) o WHERE o.type = 'object') AS options, new.explanation AS explanation, new.reference AS reference, (SELECT group_concat(o.value, ', ') FROM json_each(
        CASE WHEN json_valid(new.tags) THEN new.tags ELSE '[]' END) o) AS tags; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_search_gone AFTER DELETE ON questions
        BEGIN DELETE FROM question_search WHERE rowid = old.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_bands_first AFTER INSERT ON questions
        BEGIN INSERT OR IGNORE INTO question_bands (question_id, band, exam_id)
        SELECT new.id, b.value, new.exam_id FROM json_each(CASE WHEN json_valid(new.bands) THEN new.bands ELSE '[]' END) b
        WHERE b.type = 'integer' AND new.is_active = 1; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_bands_kept AFTER UPDATE OF bands, exam_id, is_active ON questions
        WHEN NOT (new.bands IS old.bands AND new.exam_id = old.exam_id AND new.is_active = old.is_active)
        BEGIN DELETE FROM question_bands WHERE question_id = new.id; INSERT OR IGNORE INTO question_bands (question_id, band, exam_id)
        SELECT new.id, b.value, new.exam_id FROM json_each(CASE WHEN json_valid(new.bands) THEN new.bands ELSE '[]' END) b
        WHERE b.type = 'integer' AND new.is_active = 1; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_bands_of_text AFTER UPDATE OF text ON questions
        WHEN new.text <> old.text AND new.bands IS old.bands AND new.bands IS NOT NULL
        BEGIN UPDATE questions SET bands = NULL WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_flags_added AFTER INSERT ON question_flags
        BEGIN UPDATE questions SET open_flags = (
            SELECT count(*) FROM question_flags WHERE question_id = new.question_id AND resolution IS NULL)
        WHERE id = new.question_id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_flags_resolved AFTER UPDATE OF resolution ON question_flags
        BEGIN UPDATE questions SET open_flags = (
            SELECT count(*) FROM question_flags WHERE question_id = new.question_id AND resolution IS NULL)
        WHERE id = new.question_id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_flags_gone AFTER DELETE ON question_flags
        BEGIN UPDATE questions SET open_flags = (
            SELECT count(*) FROM question_flags WHERE question_id = old.question_id AND resolution IS NULL)
        WHERE id = old.question_id; END
        """
    )
    migrator.sql(FILL_SEARCH)


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql('DROP TRIGGER "question_flags_gone"')
    migrator.sql('DROP TRIGGER "question_flags_resolved"')
    migrator.sql('DROP TRIGGER "question_flags_added"')
    migrator.sql('DROP TRIGGER "question_bands_of_text"')
    migrator.sql('DROP TRIGGER "question_bands_kept"')
    migrator.sql('DROP TRIGGER "question_bands_first"')
    migrator.sql('DROP TRIGGER "question_search_gone"')
    migrator.sql('DROP TRIGGER "question_search_kept"')
    migrator.sql('DROP TRIGGER "question_search_first"')
    migrator.sql('DROP TABLE "question_search"')
    migrator.sql('DROP INDEX "questions_flagged"')
    migrator.sql('DROP INDEX "questions_deleted"')
    migrator.sql('DROP INDEX "questions_listed_by_objective"')
    migrator.sql('DROP INDEX "questions_listed_by_exam"')
    migrator.sql('ALTER TABLE "questions" DROP COLUMN "bands"')
    migrator.sql('ALTER TABLE "questions" DROP COLUMN "open_flags"')
    migrator.sql('DROP TABLE "question_flags"')
    migrator.sql('DROP TABLE "question_bands"')
