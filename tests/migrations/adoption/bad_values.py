"""Older values, each of which passes alone: what adoption says of them and what its rules make of them."""

NO_KEY = '[{"id":"a","text":"A","isCorrect":false},{"id":"b","text":"B","isCorrect":false}]'
NULL_WEIGHT = '[{"id":"a","text":"A","isCorrect":true},{"id":"b","text":"B","isCorrect":false,"weight":null}]'
MASTERY = (
    '{"1":{"level":80,"questionsAnswered":5,"lastStudied":"2025-01-31T12:00:00Z"},'
    '"2":{"level":0.5,"questionsAnswered":4}}'
)
BAD = [
    "UPDATE users SET timezone = 'Mars/Olympus', created_at = 95000000000000 WHERE id = 1",
    "INSERT INTO users (id, email, name) VALUES (7, 'Alice@Example.com', 'Alice again')",
    "INSERT INTO exams (id, vendor_id, code, name) VALUES (2, 'acme', 'T-2', 'Other')",
    "INSERT INTO objectives (id, exam_id, code, name, parent_id) VALUES (3, 2, '1', 'Other', 1)",
    "UPDATE questions SET objective_id = 3 WHERE id = 3",
    'UPDATE questions SET answers = \'["x","y"]\' WHERE id = 1',
    f"UPDATE questions SET answers = '{NULL_WEIGHT}' WHERE id = 2",
    f"UPDATE questions SET answers = '{NO_KEY}' WHERE id = 4",
    "UPDATE questions SET correct_attempts = 9, tags = '[1]' WHERE id = 3",
    'UPDATE study_sessions SET objective_scores = \'{"1":50,"2":0.25}\', correct_answers = 7 WHERE id = 1',
    "INSERT INTO study_sessions (id, user_id, exam_id) VALUES (2, 2, 1)",
    "UPDATE user_answers SET study_session_id = 2 WHERE id = 3",
    "UPDATE user_answers SET selected_answer = '[oops' WHERE id = 2",
    "UPDATE user_answers SET time_spent_seconds = -5 WHERE id = 5",
    "UPDATE test_attempts SET question_ids = '[1,99,2]'",
    f"UPDATE user_progress SET overall_accuracy = 65, objective_mastery = '{MASTERY}', last_study_date = '2999-01-01'",
]
SAID = [
    "BLOCKED users.created_at: before 1900 or in the future (1 rows; mend with time-default)",
    "    1: 95000000000000",
    "BLOCKED users.timezone: not a time zone (1 rows; mend with zone-utc)",
    "    1: 'Mars/Olympus'",
    "BLOCKED users.email: another row has the same email, but for capitals (1 rows; mend with unique-suffix)",
    "    7: 'Alice@Example.com'",
    "BLOCKED objectives.parent_id: of another exam (1 rows; mend with foreign-null)",
    "    3: 1",
    "BLOCKED questions.correct_attempts: more than total_attempts (1 rows; mend with clamp)",
    "    3: 9",
    "BLOCKED questions.objective_id: of another exam (1 rows; mend with own-objective)",
    "    3: 3",
    "BLOCKED questions.tags: not as the services write it: Not a valid string. (1 rows; mend with json-shape or"
    " json-default)",
    "    3: '[1]'",
    "BLOCKED questions.answers: not a list of options: Invalid input type. (1 rows; mend with needs-revision)",
    '    1: \'["x","y"]\'',
    "BLOCKED questions.answers: not a list of options: weight: Field may not be null. (1 rows; mend with json-shape or"
    " needs-revision)",
    f"    2: '{NULL_WEIGHT[:78]}…",
    "BLOCKED questions.answers: no right option (1 rows; mend with needs-revision)",
    f"    4: '{NO_KEY[:78]}…",
    "BLOCKED study_sessions.correct_answers: more than total_questions (1 rows; mend with clamp)",
    "    1: 7",
    "BLOCKED study_sessions.objective_scores: a share that is not between 0 and 1 (1 rows; mend with json-shape or"
    " json-default)",
    '    1: \'{"1":50,"2":0.25}\'',
    "BLOCKED test_attempts.question_ids: ids that no question has (1 rows; mend with known-ids)",
    "    1: '[1,99,2]'",
    "BLOCKED user_answers.time_spent_seconds: not between 0 and 86400 (1 rows; mend with clamp)",
    "    5: -5",
    "BLOCKED user_answers.study_session_id: of another person or exam (1 rows; mend with foreign-null)",
    "    3: 2",
    "BLOCKED user_answers.selected_answer: begins with [ and is not a JSON list of texts (1 rows; mend with"
    " answer-list)",
    "    2: '[oops'",
    "BLOCKED user_progress.overall_accuracy: not between 0 and 1 (1 rows; mend with percent-to-fraction or clamp)",
    "    1: 65.0",
    "BLOCKED user_progress.last_study_date: before 1900 or in the future (1 rows; mend with time-null)",
    "    1: '2999-01-01'",
    "BLOCKED user_progress.objective_mastery: not as the services write it: lastStudied: Not a valid integer. (1 rows;"
    " mend with json-shape or json-default)",
    f"    1: '{MASTERY[:78]}…",
]
MENDS = [
    "time-default", "time-null", "zone-utc", "unique-suffix", "foreign-null", "clamp", "own-objective", "json-shape",
    "needs-revision", "known-ids", "answer-list", "percent-to-fraction",
]  # fmt: skip
KEPT = [
    ("questions", 1, "answers", "needs-revision", '["x","y"]'),
    ("questions", 1, "review_status", "needs-revision", "approved"),
    ("questions", 2, "answers", "json-shape", NULL_WEIGHT),
    ("questions", 3, "correct_attempts", "clamp", 9),
    ("questions", 3, "objective_id", "own-objective", 3),
    ("questions", 3, "tags", "json-shape", "[1]"),
    ("questions", 4, "review_status", "needs-revision", "pending"),
    ("objectives", 3, "parent_id", "foreign-null", 1),
    ("study_sessions", 1, "correct_answers", "clamp", 7),
    ("study_sessions", 1, "objective_scores", "json-shape", '{"1":50,"2":0.25}'),
    ("test_attempts", 1, "question_ids", "known-ids", "[1,99,2]"),
    ("user_answers", 2, "selected_answer", "answer-list", "[oops"),
    ("user_answers", 3, "study_session_id", "foreign-null", 2),
    ("user_answers", 5, "time_spent_seconds", "clamp", -5),
    ("user_progress", 1, "objective_mastery", "json-shape", MASTERY),
    ("user_progress", 1, "overall_accuracy", "percent-to-fraction", 65.0),
    ("user_progress", 1, "last_study_date", "time-null", "2999-01-01"),
    ("users", 1, "timezone", "zone-utc", "Mars/Olympus"),
    ("users", 1, "created_at", "time-default", 95_000_000_000_000),
    ("users", 7, "email", "unique-suffix", "Alice@Example.com"),
]
NEW = [
    (
        "SELECT id, review_status, objective_id, correct_attempts, tags, substr(answers, 1, 20) FROM questions",
        [
            (1, "needs_revision", 2, 1, "[]", "[]"),
            (2, "approved", 1, 1, "[]", '[{"id":"a","text":"A'),
            (3, "approved", 1, 2, '["1"]', '[{"id":"a","text":"L'),
            (4, "needs_revision", 1, 1, "[]", '[{"id":"a","text":"A'),
        ],
    ),
    ("SELECT id, questions_available FROM exams", [(1, 2), (2, 0)]),
    ("SELECT parent_id FROM objectives WHERE id = 3", [(None,)]),
    ("SELECT email, timezone FROM users", [
        ("alice@example.com", "UTC"), ("bob@example.com", "UTC"), ("Alice@Example.com#7", "UTC"),
    ]),
    ("SELECT correct_answers, objective_scores, question_ids FROM study_sessions WHERE id = 1", [
        (2, '{"1":0.5,"2":0.25}', "[1,2]"),
    ]),
    ("SELECT question_ids FROM test_attempts", [("[1,2]",)]),
    ("SELECT id, study_session_id, selected_answer, time_spent_seconds FROM user_answers WHERE id IN (2, 3, 5)", [
        (2, 1, '["[oops"]', 11), (3, None, "a", 12), (5, None, "a", 0),
    ]),
    ("SELECT overall_accuracy, last_study_date, objective_mastery FROM user_progress", [
        (
            0.65, None,
            '{"1":{"level":0.8,"questionsAnswered":5,"correct":4,"lastStudied":1738324800},'
            '"2":{"level":0.5,"questionsAnswered":4,"correct":2,"lastStudied":null}}',
        ),
    ]),
]  # fmt: skip
