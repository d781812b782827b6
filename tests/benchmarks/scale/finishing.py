"""What the commands that count do not say: when rows were made, and in which order mistakes come."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.writing import scattered

_OF_PROGRESS = """
    UPDATE user_progress SET created_at = s.began, updated_at = s.ended, last_test_date = date(s.tested, 'unixepoch')
    FROM (SELECT user_id, exam_id, min(begins_at) AS began, max(begins_at + (length - 1) * pace) AS ended,
              max(iif(test IS NULL, NULL, begins_at)) AS tested
          FROM sittings GROUP BY user_id, exam_id) s
    WHERE user_progress.user_id = s.user_id AND user_progress.exam_id = s.exam_id
"""
_OF_MISSED = f"UPDATE missed SET place = {scattered('answer_id', 95, 2**20)} * 2048"


def make(database: LibsqlDatabase) -> None:
    for sql in (_OF_PROGRESS, _OF_MISSED):
        database.execute_sql(sql)
