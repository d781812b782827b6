"""Versions keep the version of the prompt and how sure the model was, and the queue counts that of edits that wait."""

from typing import Any

BACKFILLS = [
    {
        "table": "questions",
        # By its trigger that writes the present version.
        "set": "ai_prompt_version = ai_prompt_version",
        "where": """EXISTS (SELECT 1 FROM question_versions v
            WHERE v.question_id = questions.id AND v.version = questions.version
                AND NOT (v.ai_prompt_version IS questions.ai_prompt_version
                    AND v.ai_confidence_score IS questions.ai_confidence_score))""",
    }
]


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP VIEW "wanted_reviews"
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
        ALTER TABLE "question_versions" ADD COLUMN "ai_prompt_version" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "question_versions" ADD COLUMN "ai_confidence_score" REAL
        """
    )
    migrator.sql(
        """
        CREATE VIEW wanted_reviews AS
        SELECT q.id AS question_id, q.exam_id, power(0.6, q.open_flags)
        * iif(EXISTS (SELECT 1 FROM question_statistics s
        WHERE s.question_id = q.id AND s.version = q.version AND s.miskey_reason IS NOT NULL), 0.2, 1)
        * coalesce((SELECT min(min(max(coalesce(v.ai_confidence_score, 0.5), 0), 1)) FROM question_versions v
        WHERE v.question_id = q.id AND v.version > q.version AND v.review_status = 'pending'), 1)
        * iif(q.ai_generated AND q.review_status <> 'approved', min(max(coalesce(q.ai_confidence_score, 0.5), 0), 1), 1)
        * iif(q.review_status = 'pending', 0.9, 1) AS sound
        FROM questions q
        WHERE q.is_active = 1 AND (q.review_status = 'pending' OR q.open_flags > 0 OR EXISTS (SELECT 1 FROM question_versions v
        WHERE v.question_id = q.id AND v.version > q.version AND v.review_status = 'pending')
        OR (q.review_status = 'approved' AND EXISTS (SELECT 1 FROM question_statistics s
        WHERE s.question_id = q.id AND s.version = q.version AND s.miskey_reason IS NOT NULL)))
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_versions_first AFTER INSERT ON questions
        BEGIN INSERT INTO question_versions (question_id, version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model, ai_prompt_version, ai_confidence_score)
        VALUES (new.id, new.version, new.objective_id, new.text, new.type, new.answers, new.explanation, new.reference, new.external_link, new.difficulty, new.tags, new.image_url, new.diagram_data, new.review_status, new.ai_generated, new.ai_model, new.ai_prompt_version, new.ai_confidence_score); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_versions_kept AFTER UPDATE OF version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model, ai_prompt_version, ai_confidence_score ON questions
        BEGIN INSERT INTO question_versions (question_id, version, objective_id, text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, diagram_data, review_status, ai_generated, ai_model, ai_prompt_version, ai_confidence_score)
        VALUES (new.id, new.version, new.objective_id, new.text, new.type, new.answers, new.explanation, new.reference, new.external_link, new.difficulty, new.tags, new.image_url, new.diagram_data, new.review_status, new.ai_generated, new.ai_model, new.ai_prompt_version, new.ai_confidence_score)
        ON CONFLICT (question_id, version) DO UPDATE SET objective_id = new.objective_id, text = new.text, type = new.type, answers = new.answers, explanation = new.explanation, reference = new.reference, external_link = new.external_link, difficulty = new.difficulty, tags = new.tags, image_url = new.image_url, diagram_data = new.diagram_data, review_status = new.review_status, ai_generated = new.ai_generated, ai_model = new.ai_model, ai_prompt_version = new.ai_prompt_version, ai_confidence_score = new.ai_confidence_score; END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP VIEW "wanted_reviews"
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
        CREATE VIEW wanted_reviews AS
        SELECT q.id AS question_id, q.exam_id, power(0.6, q.open_flags)
        * iif(EXISTS (SELECT 1 FROM question_statistics s
        WHERE s.question_id = q.id AND s.version = q.version AND s.miskey_reason IS NOT NULL), 0.2, 1)
        * iif(EXISTS (SELECT 1 FROM question_versions v
        WHERE v.question_id = q.id AND v.version > q.version AND v.review_status = 'pending'), 0.5, 1)
        * iif(q.ai_generated AND q.review_status <> 'approved', min(max(coalesce(q.ai_confidence_score, 0.5), 0), 1), 1)
        * iif(q.review_status = 'pending', 0.9, 1) AS sound
        FROM questions q
        WHERE q.is_active = 1 AND (q.review_status = 'pending' OR q.open_flags > 0 OR EXISTS (SELECT 1 FROM question_versions v
        WHERE v.question_id = q.id AND v.version > q.version AND v.review_status = 'pending')
        OR (q.review_status = 'approved' AND EXISTS (SELECT 1 FROM question_statistics s
        WHERE s.question_id = q.id AND s.version = q.version AND s.miskey_reason IS NOT NULL)))
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
        ALTER TABLE "question_versions" DROP COLUMN "ai_confidence_score"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "question_versions" DROP COLUMN "ai_prompt_version"
        """
    )
