"""Questions are picked by tags, bookmarks, mistakes and ratings, and sessions may be adaptive or have a time box."""

from typing import Any

ALLOW = {"contract": "the CHECK of the mode takes one word more than before, so whatever older code writes passes"}


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "bookmarks" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "place" INTEGER NOT NULL DEFAULT (abs(random() % 2147483648)),
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "bookmarks_user_id_question_id" ON "bookmarks" ("user_id", "question_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "bookmarks_user_id_exam_id_place" ON "bookmarks" ("user_id", "exam_id", "place")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "bookmarks_user_id" ON "bookmarks" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "exam_ratings" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "rating" REAL NOT NULL,
            "answers" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("user_id", "exam_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE TABLE "learner_ratings" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "objective_id" INTEGER NOT NULL REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "rating" REAL NOT NULL,
            "answers" INTEGER NOT NULL DEFAULT 0,
            "expected" REAL NOT NULL,
            PRIMARY KEY ("user_id", "objective_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE TABLE "missed" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "answer_id" INTEGER NOT NULL,
            "place" INTEGER NOT NULL DEFAULT (abs(random() % 2147483648)),
            PRIMARY KEY ("user_id", "question_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "missed_user_id_exam_id_answer_id" ON "missed" ("user_id", "exam_id", "answer_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "missed_user_id_exam_id_place" ON "missed" ("user_id", "exam_id", "place")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "question_ratings" (
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "rating" REAL NOT NULL,
            "answers" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("question_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE TABLE "question_tags" (
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "tag" TEXT NOT NULL,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "objective_id" INTEGER NOT NULL REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "difficulty" INTEGER NOT NULL,
            "shuffle_key" INTEGER NOT NULL,
            PRIMARY KEY ("question_id", "tag")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_tags_shuffled_by_exam" ON "question_tags" ("exam_id", "tag", "difficulty", "shuffle_key")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_tags_shuffled_by_objective" ON "question_tags" ("objective_id", "tag", "difficulty", "shuffle_key")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_study_sessions" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "mode" TEXT NOT NULL DEFAULT 'practice' CHECK (mode IN ('practice', 'review', 'speed_drill', 'weak_areas', 'custom', 'adaptive')),
            "objectives" TEXT,
            "difficulty_filter" TEXT,
            "question_count" INTEGER NOT NULL DEFAULT 20,
            "total_questions" INTEGER NOT NULL DEFAULT 0,
            "correct_answers" INTEGER NOT NULL DEFAULT 0,
            "skipped_questions" INTEGER NOT NULL DEFAULT 0,
            "flagged_questions" INTEGER NOT NULL DEFAULT 0,
            "time_spent_seconds" INTEGER NOT NULL DEFAULT 0,
            "avg_time_per_question" REAL,
            "accuracy" REAL,
            "streak_count" INTEGER NOT NULL DEFAULT 0,
            "max_streak" INTEGER NOT NULL DEFAULT 0,
            "objective_scores" TEXT NOT NULL DEFAULT '{}',
            "status" TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'completed', 'abandoned')),
            "current_question_id" INTEGER,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "last_activity" INTEGER NOT NULL DEFAULT (unixepoch()),
            "completed_at" INTEGER,
            "question_ids" TEXT NOT NULL DEFAULT '[]',
            "question_versions" TEXT NOT NULL DEFAULT '[]',
            "seed" INTEGER NOT NULL DEFAULT 0,
            "answers_before" INTEGER,
            "filters" TEXT,
            "time_box_seconds" INTEGER,
            "time_box_ends_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        INSERT INTO "new_study_sessions" ("id", "user_id", "exam_id", "mode", "objectives", "difficulty_filter", "question_count", "total_questions", "correct_answers", "skipped_questions", "flagged_questions", "time_spent_seconds", "avg_time_per_question", "accuracy", "streak_count", "max_streak", "objective_scores", "status", "current_question_id", "created_at", "last_activity", "completed_at", "question_ids", "question_versions", "seed", "answers_before") SELECT "id", "user_id", "exam_id", "mode", "objectives", "difficulty_filter", "question_count", "total_questions", "correct_answers", "skipped_questions", "flagged_questions", "time_spent_seconds", "avg_time_per_question", "accuracy", "streak_count", "max_streak", "objective_scores", "status", "current_question_id", "created_at", "last_activity", "completed_at", "question_ids", "question_versions", "seed", "answers_before" FROM "study_sessions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "study_sessions"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_study_sessions" RENAME TO "study_sessions"
        """
    )
    migrator.sql(
        """
        CREATE INDEX "study_sessions_user_id" ON "study_sessions" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "study_sessions_active_by_user" ON "study_sessions" ("user_id") WHERE ("status" = 'active')
        """
    )
    migrator.sql(
        """
        DROP INDEX "user_answers_wrong_by_user"
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_tags_first AFTER INSERT ON questions
        BEGIN INSERT INTO question_tags (question_id, tag, exam_id, objective_id, difficulty, shuffle_key)
        SELECT DISTINCT new.id, t.value, new.exam_id, new.objective_id, new.difficulty, new.shuffle_key
        FROM json_each(CASE WHEN json_valid(new.tags) THEN new.tags ELSE '[]' END) t
        WHERE t.type = 'text' AND new.review_status = 'approved' AND new.is_active = 1; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_tags_kept
        AFTER UPDATE OF tags, exam_id, objective_id, difficulty, review_status, is_active ON questions
        BEGIN DELETE FROM question_tags WHERE question_id = new.id; INSERT INTO question_tags (question_id, tag, exam_id, objective_id, difficulty, shuffle_key)
        SELECT DISTINCT new.id, t.value, new.exam_id, new.objective_id, new.difficulty, new.shuffle_key
        FROM json_each(CASE WHEN json_valid(new.tags) THEN new.tags ELSE '[]' END) t
        WHERE t.type = 'text' AND new.review_status = 'approved' AND new.is_active = 1; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_tags_shuffled AFTER UPDATE OF shuffle_key ON questions
        BEGIN UPDATE question_tags SET shuffle_key = new.shuffle_key WHERE question_id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_ratings_of_version AFTER UPDATE OF version ON questions WHEN new.version <> old.version
        BEGIN DELETE FROM question_ratings WHERE question_id = new.id; END
        """
    )
    # What is there already: the tags of questions that may be asked, and the questions whose latest answer was wrong.
    migrator.sql(
        """
        INSERT INTO question_tags (question_id, tag, exam_id, objective_id, difficulty, shuffle_key)
        SELECT DISTINCT q.id, t.value, q.exam_id, q.objective_id, q.difficulty, q.shuffle_key
        FROM questions q, json_each(CASE WHEN json_valid(q.tags) THEN q.tags ELSE '[]' END) t
        WHERE t.type = 'text' AND q.review_status = 'approved' AND q.is_active = 1
        """
    )
    migrator.sql(
        """
        INSERT INTO missed (user_id, question_id, exam_id, answer_id)
        SELECT a.user_id, a.question_id, q.exam_id, a.id FROM user_answers a JOIN questions q ON q.id = a.question_id
        WHERE a.is_correct = 0 AND a.attempt_number = (
            SELECT max(attempt_number) FROM user_answers l WHERE l.user_id = a.user_id AND l.question_id = a.question_id)
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "question_ratings_of_version"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "question_tags_shuffled"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "question_tags_kept"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "question_tags_first"
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_study_sessions" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "mode" TEXT NOT NULL DEFAULT 'practice' CHECK (mode IN ('practice', 'review', 'speed_drill', 'weak_areas', 'custom')),
            "objectives" TEXT,
            "difficulty_filter" TEXT,
            "question_count" INTEGER NOT NULL DEFAULT 20,
            "total_questions" INTEGER NOT NULL DEFAULT 0,
            "correct_answers" INTEGER NOT NULL DEFAULT 0,
            "skipped_questions" INTEGER NOT NULL DEFAULT 0,
            "flagged_questions" INTEGER NOT NULL DEFAULT 0,
            "time_spent_seconds" INTEGER NOT NULL DEFAULT 0,
            "avg_time_per_question" REAL,
            "accuracy" REAL,
            "streak_count" INTEGER NOT NULL DEFAULT 0,
            "max_streak" INTEGER NOT NULL DEFAULT 0,
            "objective_scores" TEXT NOT NULL DEFAULT '{}',
            "status" TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'completed', 'abandoned')),
            "current_question_id" INTEGER,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "last_activity" INTEGER NOT NULL DEFAULT (unixepoch()),
            "completed_at" INTEGER,
            "question_ids" TEXT NOT NULL DEFAULT '[]',
            "question_versions" TEXT NOT NULL DEFAULT '[]',
            "seed" INTEGER NOT NULL DEFAULT 0,
            "answers_before" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        INSERT INTO "new_study_sessions" ("id", "user_id", "exam_id", "mode", "objectives", "difficulty_filter", "question_count", "total_questions", "correct_answers", "skipped_questions", "flagged_questions", "time_spent_seconds", "avg_time_per_question", "accuracy", "streak_count", "max_streak", "objective_scores", "status", "current_question_id", "created_at", "last_activity", "completed_at", "question_ids", "question_versions", "seed", "answers_before") SELECT "id", "user_id", "exam_id", iif("mode" = 'adaptive', 'custom', "mode"), "objectives", "difficulty_filter", "question_count", "total_questions", "correct_answers", "skipped_questions", "flagged_questions", "time_spent_seconds", "avg_time_per_question", "accuracy", "streak_count", "max_streak", "objective_scores", "status", "current_question_id", "created_at", "last_activity", "completed_at", "question_ids", "question_versions", "seed", "answers_before" FROM "study_sessions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "study_sessions"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_study_sessions" RENAME TO "study_sessions"
        """
    )
    migrator.sql(
        """
        CREATE INDEX "study_sessions_user_id" ON "study_sessions" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "user_answers_wrong_by_user" ON "user_answers" ("user_id", "id") WHERE ("is_correct" = 0)
        """
    )
    migrator.sql(
        """
        DROP TABLE "bookmarks"
        """
    )
    migrator.sql(
        """
        DROP TABLE "exam_ratings"
        """
    )
    migrator.sql(
        """
        DROP TABLE "learner_ratings"
        """
    )
    migrator.sql(
        """
        DROP TABLE "missed"
        """
    )
    migrator.sql(
        """
        DROP TABLE "question_ratings"
        """
    )
    migrator.sql(
        """
        DROP TABLE "question_tags"
        """
    )
