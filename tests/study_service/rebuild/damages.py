"""What can be wrong with each thing that is counted: by part, the SQL that spoils it."""

DAMAGE = {
    "study_days": [
        "UPDATE study_days SET answered = answered + 1 WHERE user_id = 1 AND day = (SELECT min(day) FROM study_days"
        " WHERE user_id = 1)",
        "UPDATE study_days SET seconds = seconds - 1 WHERE user_id = 2 AND day = (SELECT max(day) FROM study_days"
        " WHERE user_id = 2)",
        "DELETE FROM study_days WHERE user_id = 1 AND day = (SELECT max(day) FROM study_days WHERE user_id = 1)",
        "INSERT INTO study_days (user_id, exam_id, day, answered) VALUES (1, 1, '2020-01-01', 5)",
    ],
    "learner_days": [
        "UPDATE learner_days SET answered = 0 WHERE user_id = 1",
        "DELETE FROM learner_days WHERE user_id = 2",
        "INSERT INTO learner_days (user_id, day, answered) VALUES (1, '2020-01-01', 5)",
    ],
    "progress": [
        *(
            f"UPDATE user_progress SET {column} = {column} + 1 WHERE user_id = 1 AND exam_id = 1"
            for column in (
                "total_questions_seen", "unique_questions_seen", "total_correct", "total_incorrect", "overall_accuracy",
                "avg_time_per_question", "total_study_seconds", "total_study_minutes", "study_days_count",
                "longest_streak", "current_streak", "first_correct", "points",
            )
        ),
        "UPDATE user_progress SET is_shared = 1 - is_shared WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET last_study_date = NULL WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET streak_day = '2020-01-01' WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET overall_accuracy = overall_accuracy + 0.000001 WHERE user_id = 1 AND exam_id = 1",
        "INSERT INTO user_progress (user_id, exam_id, total_correct) VALUES (3, 1, 1)",
    ],
    "mastery": [
        "UPDATE objective_mastery SET weighted_total = weighted_total + 0.001 WHERE user_id = 1 AND objective_id = 1",
        "UPDATE objective_mastery SET weighted_correct = 0 WHERE user_id = 1 AND objective_id = 1",
    ],
    "mastery_shown": [
        "UPDATE user_progress SET objective_mastery = 'no JSON' WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET objective_mastery = '[1,\"x\"]' WHERE user_id = 1 AND exam_id = 1",
        "UPDATE user_progress SET objective_mastery = json_set(objective_mastery, '$.1.level', 0.1) WHERE user_id = 1"
        " AND exam_id = 1",
        "UPDATE user_progress SET objective_mastery = json_remove(objective_mastery, '$.1') WHERE user_id = 1",
    ],
    "questions": [
        f"UPDATE questions SET {column} = {column} + 1 WHERE id = 3"
        for column in ("total_attempts", "correct_attempts", "total_time_seconds", "avg_time_seconds")
    ],
    "sessions": [
        f"UPDATE study_sessions SET {column} = coalesce({column}, 0) + 1 WHERE id = 1"
        for column in (
            "total_questions", "correct_answers", "flagged_questions", "time_spent_seconds", "max_streak",
            "streak_count", "accuracy", "avg_time_per_question",
        )
    ],
    "ended_sessions": [
        "UPDATE study_sessions SET skipped_questions = skipped_questions + 1 WHERE id = 4",
        "UPDATE study_sessions SET objective_scores = '{}' WHERE id = 4",
    ],
    "recognised": [
        "UPDATE questions SET text_digest = 'x' WHERE id = 3",
        "UPDATE questions SET content_digest = 'x' WHERE id = 3",
        "UPDATE questions SET bands = '[1]' WHERE id = 3",
        "UPDATE questions SET bands = 'no JSON' WHERE id = 3",
    ],
    "review_queue": [
        "UPDATE review_queue SET sound = sound / 2 WHERE question_id = (SELECT min(question_id) FROM review_queue)",
        "DELETE FROM review_queue WHERE question_id = (SELECT min(question_id) FROM review_queue)",
        "INSERT INTO review_queue (question_id, exam_id, sound) SELECT min(id), 1, 0.5 FROM questions"
        " WHERE review_status = 'approved' AND id NOT IN (SELECT question_id FROM review_queue)",
    ],
    "exams": ["UPDATE exams SET questions_available = 99 WHERE id = 2"],
    "versions": [
        *(
            f"UPDATE question_versions SET {column} = {other} WHERE question_id = 3"
            for column, other in (
                ("objective_id", "2"), ("text", "'other'"), ("type", "'numeric'"), ("answers", "'[]'"),
                ("explanation", "NULL"), ("reference", "'other'"), ("external_link", "'other'"), ("difficulty", "1"),
                ("tags", "'[1]'"), ("image_url", "'other'"), ("diagram_data", "'other'"),
                ("review_status", "'rejected'"), ("ai_generated", "1"), ("ai_model", "'other'"),
                ("ai_prompt_version", "'other'"), ("ai_confidence_score", "0.5"),
            )
        ),
        "DELETE FROM question_versions WHERE question_id = 3",
    ],
    "tags": [
        *(
            f"UPDATE question_tags SET {column} = {other} WHERE question_id = 1 AND tag = 'layer 3'"
            for column, other in (("exam_id", 2), ("objective_id", 2), ("difficulty", 5), ("shuffle_key", -1))
        ),
        "DELETE FROM question_tags WHERE question_id = 1 AND tag = 'layer 3'",
        "INSERT INTO question_tags VALUES (2, 'more', 1, 1, 1, 1)",
    ],
    "flags": ["UPDATE questions SET open_flags = open_flags + 1 WHERE id < 4"],
    "bands": [
        "UPDATE question_bands SET exam_id = 2 WHERE question_id = 3",
        "DELETE FROM question_bands WHERE question_id = 2",
        "INSERT INTO question_bands (question_id, band, exam_id) VALUES (2, 7, 1)",
    ],
    "search": [
        *(
            f"UPDATE question_search SET {column} = 'other' WHERE rowid = 3"
            for column in ("scope", "text", "options", "explanation", "reference", "tags")
        ),
        "DELETE FROM question_search WHERE rowid < 3",
        "INSERT INTO question_search (rowid, text) VALUES (7000, 'behind the last question')",
    ],
    "missed": [
        "UPDATE missed SET exam_id = 2 WHERE user_id = 1 AND exam_id = 1",
        "UPDATE missed SET answer_id = answer_id - 1 WHERE user_id = 2",
        "INSERT INTO missed (user_id, question_id, exam_id, answer_id) SELECT user_id, question_id, 1, 1"
        " FROM user_answers a WHERE is_correct AND attempt_number = (SELECT max(attempt_number) FROM user_answers b"
        " WHERE b.user_id = a.user_id AND b.question_id = a.question_id) LIMIT 1",
        "DELETE FROM missed WHERE user_id = 1",
    ],
    **{
        table: [
            *(
                f"UPDATE {table} SET {column} = {column} + {more} WHERE {key} = 1"
                for column, more in (("answers", 1), ("rating", 0.000001), *also)
            ),
            f"DELETE FROM {table} WHERE {key} = 1",
        ]
        for table, key, also in (
            ("exam_ratings", "user_id", []), ("learner_ratings", "user_id", [("expected", 0.000001)]),
            ("question_ratings", "question_id", []),
        )
    },
    "memory": [
        *(
            f"UPDATE memory_states SET {column} = {other} WHERE user_id = 1"
            for column, other in (
                ("exam_id", "3 - exam_id"), ("state", "'relearning'"), ("due_at", "due_at + 1"),
                ("last_review_at", "last_review_at - 1"), ("reps", "reps + 1"), ("lapses", "lapses + 1"),
                ("algorithm", "0"), ("weights", "1"), ("stability", "stability + 0.000001"),
                ("difficulty", "11 - difficulty"),
            )
        ),
        "DELETE FROM memory_states WHERE user_id = 1 AND exam_id = 1",
        "INSERT INTO memory_states SELECT 3, question_id, exam_id, stability, difficulty, state, due_at, last_review_at"
        ", reps, lapses, algorithm, weights FROM memory_states WHERE user_id = 1 AND exam_id = 2",
    ],
    "results": [
        "UPDATE test_results SET passed = NOT passed WHERE attempt_id = 1 AND number = 1",
        "UPDATE test_results SET skipped_count = skipped_count + 1 WHERE attempt_id = 1 AND number = 1",
        "UPDATE test_results SET incorrect_count = incorrect_count + 1 WHERE attempt_id = 1 AND number = 1",
        "UPDATE test_results SET score = score + 0.0001 WHERE attempt_id = 1 AND number = 1",
    ],
    "tests": [
        *(
            f"UPDATE test_attempts SET {column} = {column} + 1 WHERE id = 1"
            for column in ("results", "correct_count", "incorrect_count", "skipped_count")
        ),
        "UPDATE test_attempts SET objective_breakdown = '{}' WHERE id = 1",
        "UPDATE test_attempts SET score = 1, passed = 1 WHERE id = 2",
    ],
    "exam_scores": [
        "UPDATE exam_scores SET passed = attempts - passed + 1 WHERE permille = 0",
        "INSERT INTO exam_scores VALUES (2, 1, 1, 0)",
    ],
    "exams_tests": [
        f"UPDATE exams SET {column} = {column} + 1 WHERE id = 1"
        for column in ("total_attempts", "pass_rate", "avg_score")
    ],
    "learners_tests": [
        *(
            f"UPDATE user_progress SET {column} = {column} + 1 WHERE user_id = 1 AND exam_id = 1"
            for column in ("tests_taken", "tests_passed", "best_score", "avg_test_score")
        ),
    ],
}  # fmt: skip


# What is compared with a table that is counted itself.
SCORE = "UPDATE test_attempts SET score = 1, passed = 1 WHERE id = 2"


SHOWN_ALSO = {
    "mastery": ["mastery_shown"],
    "exam_scores": ["exams_tests"],
    "results": ["tests"],
    SCORE: ["exam_scores", "learners_tests"],
}
