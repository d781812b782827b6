"""Moderators look at what most likely has something wrong with it first."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "review_queue" ("question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE, "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE, "sound" REAL NOT NULL, PRIMARY KEY ("question_id")) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "review_queue_exam_id_sound_question_id" ON "review_queue" ("exam_id", "sound", "question_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "review_queue_sound_question_id" ON "review_queue" ("sound", "question_id")
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
        CREATE TRIGGER review_queue_first AFTER INSERT ON questions WHEN new.review_status = 'pending' OR new.open_flags > 0
    BEGIN DELETE FROM review_queue WHERE question_id = new.id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = new.id;
    END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER review_queue_kept AFTER UPDATE OF exam_id, review_status, is_active, open_flags, ai_generated, ai_confidence_score, version ON questions WHEN NOT (new.exam_id IS old.exam_id AND new.review_status IS old.review_status AND new.is_active IS old.is_active AND new.open_flags IS old.open_flags AND new.ai_generated IS old.ai_generated AND new.ai_confidence_score IS old.ai_confidence_score AND new.version IS old.version)
    BEGIN DELETE FROM review_queue WHERE question_id = new.id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = new.id;
    END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER review_queue_of_waiting AFTER INSERT ON question_versions WHEN new.review_status = 'pending' AND new.version > (SELECT version FROM questions WHERE id = new.question_id)
    BEGIN DELETE FROM review_queue WHERE question_id = new.question_id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = new.question_id;
    END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER review_queue_of_reviewed AFTER UPDATE OF review_status ON question_versions WHEN (new.review_status = 'pending') <> (old.review_status = 'pending')
    BEGIN DELETE FROM review_queue WHERE question_id = new.question_id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = new.question_id;
    END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER review_queue_of_measured AFTER INSERT ON question_statistics WHEN new.miskey_reason IS NOT NULL
    BEGIN DELETE FROM review_queue WHERE question_id = new.question_id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = new.question_id;
    END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER review_queue_of_measured_anew AFTER UPDATE OF miskey_reason ON question_statistics WHEN (new.miskey_reason IS NULL) <> (old.miskey_reason IS NULL)
    BEGIN DELETE FROM review_queue WHERE question_id = new.question_id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = new.question_id;
    END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER review_queue_of_forgotten AFTER DELETE ON question_statistics WHEN old.miskey_reason IS NOT NULL
    BEGIN DELETE FROM review_queue WHERE question_id = old.question_id;
    INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews WHERE question_id = old.question_id;
    END
        """
    )
    migrator.sql(
        """
        INSERT INTO review_queue (question_id, exam_id, sound) SELECT * FROM wanted_reviews
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "review_queue_of_forgotten"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "review_queue_of_measured_anew"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "review_queue_of_measured"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "review_queue_of_reviewed"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "review_queue_of_waiting"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "review_queue_kept"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "review_queue_first"
        """
    )
    migrator.sql(
        """
        DROP VIEW "wanted_reviews"
        """
    )
    migrator.sql(
        """
        DROP TABLE "review_queue"
        """
    )
