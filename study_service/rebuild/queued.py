"""What wants a look of those who review questions."""

from shared_schema.rebuild.part import Part
from shared_schema.tables import queue

PARTS = (
    Part(
        "review_queue",
        "review_queue",
        "questions",
        "question_id > :after AND question_id <= :upto",
        ("question_id",),
        f"{queue.QUEUED} AND q.id > :after AND q.id <= :upto",
        ("exam_id",),
        ("sound",),
        size=1000,
    ),
)
