"""Questions have versions, options ids that tell no place, sessions the versions that they were given."""

from typing import Any

# The options of a question are numbered anew, in an order that depends on its `shuffle_key`, which nobody outside knows
# and which is drawn anew soon: so the new ids tell their places no more. No old id is among them, or an answer that is
# on its way with one might be taken for another option.
MIXED = (
    "(({x}.key * 7919 + q.shuffle_key) % 2147483647 * (({x}.key * 104729 + q.shuffle_key) % 2147483647) % 2147483629)"
)
EARLIER = f"({MIXED.format(x='p')}, p.key) < ({MIXED.format(x='o')}, o.key)"
NEW_ID = f"'option' || (SELECT count(*) + 1 FROM json_each(q.answers) p WHERE {EARLIER})"
# Questions whose options have ids of their own: in the others an answer does not tell which option was meant.
TOLD_APART = """
    json_valid(q.answers) AND json_type(q.answers) = 'array'
    AND NOT EXISTS (SELECT 1 FROM json_each(q.answers) o WHERE o.type <> 'object' OR json_type(o.value, '$.id') IS NOT 'text')
    AND (SELECT count(DISTINCT o.value->>'id') = count(*) FROM json_each(q.answers) o)
"""


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "question_versions" (
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "version" INTEGER NOT NULL,
            "objective_id" INTEGER NOT NULL REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "text" TEXT NOT NULL,
            "type" TEXT NOT NULL CHECK (type IN ('multiple_choice', 'multi_select', 'true_false', 'drag_drop', 'hotspot', 'short_answer', 'numeric')),
            "answers" TEXT NOT NULL,
            "explanation" TEXT,
            "reference" TEXT,
            "external_link" TEXT,
            "difficulty" INTEGER NOT NULL DEFAULT 3 CHECK (difficulty BETWEEN 1 AND 5),
            "tags" TEXT NOT NULL DEFAULT '[]',
            "image_url" TEXT,
            "diagram_data" TEXT,
            "review_status" TEXT NOT NULL DEFAULT 'pending' CHECK (review_status IN ('pending', 'approved', 'rejected', 'needs_revision')),
            "ai_generated" INTEGER NOT NULL DEFAULT 0 CHECK (ai_generated IN (0, 1)),
            "ai_model" TEXT,
            "created_by" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            PRIMARY KEY ("question_id", "version")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        ALTER TABLE "questions" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1
        """
    )
    migrator.sql(
        """
        ALTER TABLE "study_sessions" ADD COLUMN "question_versions" TEXT NOT NULL DEFAULT '[]'
        """
    )
    migrator.sql(
        """
        ALTER TABLE "study_sessions" ADD COLUMN "seed" INTEGER NOT NULL DEFAULT 0
        """
    )
    migrator.sql(
        """
        ALTER TABLE "study_sessions" ADD COLUMN "answers_before" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" ADD COLUMN "question_version" INTEGER NOT NULL DEFAULT 1
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" ADD COLUMN "day" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" ADD COLUMN "mark" REAL
        """
    )
    # Answers first: they are found by the ids that the options had.
    migrator.sql(
        f"""
        UPDATE user_answers SET selected_answer = (
            CASE WHEN selected_answer LIKE '[%' AND json_valid(selected_answer) THEN (
                SELECT json_group_array(selected) FROM (
                    SELECT coalesce(CASE WHEN o.key IS NOT NULL THEN {NEW_ID} END, s.value) AS selected
                    FROM json_each(user_answers.selected_answer) s
                    LEFT JOIN json_each(q.answers) o ON o.value->>'id' = s.value ORDER BY s.key))
            ELSE coalesce((SELECT {NEW_ID} FROM json_each(q.answers) o WHERE o.value->>'id' = selected_answer),
                selected_answer) END)
        FROM questions q WHERE q.id = user_answers.question_id AND {TOLD_APART}
        """
    )
    migrator.sql(
        f"""
        UPDATE questions AS q SET answers = (
            SELECT json_group_array(json(option)) FROM (
                SELECT json_set(o.value, '$.id', {NEW_ID}) AS option FROM json_each(q.answers) o ORDER BY o.key))
        WHERE {TOLD_APART}
        """
    )
    migrator.sql(
        """
        INSERT INTO question_versions (question_id, version, objective_id, text, type, answers, explanation, reference,
            external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model, created_at)
        SELECT id, version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags,
            image_url, diagram_data, review_status, ai_generated, ai_model, created_at
        FROM questions
        """
    )
    migrator.sql(
        """
        UPDATE study_sessions SET seed = abs(random() % 2147483648),
            question_versions = (SELECT json_group_array(1) FROM json_each(question_ids))
        WHERE json_valid(question_ids)
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_versions_first AFTER INSERT ON questions
        BEGIN INSERT INTO question_versions (question_id, version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model)
        VALUES (new.id, new.version, new.objective_id, new.text, new.type, new.answers, new.explanation, new.reference, new.external_link, new.difficulty, new.tags, new.image_url, new.diagram_data, new.review_status, new.ai_generated, new.ai_model); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_versions_kept AFTER UPDATE OF version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model ON questions
        BEGIN INSERT INTO question_versions (question_id, version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model)
        VALUES (new.id, new.version, new.objective_id, new.text, new.type, new.answers, new.explanation, new.reference, new.external_link, new.difficulty, new.tags, new.image_url, new.diagram_data, new.review_status, new.ai_generated, new.ai_model)
        ON CONFLICT (question_id, version) DO UPDATE SET objective_id = new.objective_id, text = new.text, type = new.type, answers = new.answers, explanation = new.explanation, reference = new.reference, external_link = new.external_link, difficulty = new.difficulty, tags = new.tags, image_url = new.image_url, diagram_data = new.diagram_data, review_status = new.review_status, ai_generated = new.ai_generated, ai_model = new.ai_model; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_counters_of_version AFTER UPDATE OF version ON questions WHEN new.version <> old.version
        BEGIN
            UPDATE questions SET total_attempts = 0, correct_attempts = 0, total_time_seconds = 0, avg_time_seconds = 0,
                discrimination_index = NULL
            WHERE id = new.id;
        END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "question_counters_of_version"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "question_versions_kept"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "question_versions_first"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "questions" DROP COLUMN "version"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "study_sessions" DROP COLUMN "question_versions"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "study_sessions" DROP COLUMN "seed"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "study_sessions" DROP COLUMN "answers_before"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" DROP COLUMN "question_version"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" DROP COLUMN "day"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" DROP COLUMN "mark"
        """
    )
    migrator.sql(
        """
        DROP TABLE "question_versions"
        """
    )
