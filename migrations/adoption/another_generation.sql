-- The exams and questions of a database of another generation, for the study service's import: a JSON document per exam,
-- each on a line of its own.
--
--     sqlite3 -readonly old.db < migrations/adoption/another_generation.sql > banks.jsonl
--
-- Write the names that your database has where they differ: exams (id, code, name, vendor), objectives (id, exam_id,
-- name, weight from 0 to 100), questions (id, exam_id, objective_id, text, options, correct_answer, explanation, difficulty).
-- `options` is a JSON list of texts. `correct_answer` counts from 0, as the import does: one number, or a JSON list.
-- For a database that counts from 1, write value - 1 where it says value.
SELECT json_object(
    'examCode', e.code,
    'examName', e.name,
    'vendorName', coalesce(e.vendor, 'PingToPass'),
    'objectives', coalesce(
        (SELECT json_group_array(json_object('title', o.name, 'weight', coalesce(o.weight, 0)))
         FROM (SELECT * FROM objectives WHERE exam_id = e.id ORDER BY id) o HAVING count(*) > 0),
        json('[{"title": "General", "weight": 0}]')),
    'questions', (
        SELECT json_group_array(json_object(
            'questionText', q.text,
            'questionType', iif(json_array_length(q.correct_answer) > 1, 'multi-select', 'multiple-choice'),
            'options', json(q.options),
            'correctAnswer', (
                SELECT json_group_array(CAST(value AS INTEGER))
                FROM json_each(iif(json_type(q.correct_answer) = 'array', q.correct_answer,
                                   json_array(q.correct_answer)))),
            'objectiveTitle', (SELECT name FROM objectives o WHERE o.id = q.objective_id AND o.exam_id = e.id),
            'explanation', q.explanation,
            'difficulty', coalesce(q.difficulty, 3)))
        FROM (SELECT * FROM questions WHERE exam_id = e.id ORDER BY id) q))
FROM exams e WHERE EXISTS (SELECT 1 FROM questions q WHERE q.exam_id = e.id) ORDER BY e.id;
