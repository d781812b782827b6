"""What wants a look of those who review questions."""

from shared_schema.rebuild.part import Part

PARTS = (
    Part(
        "review_queue",
        "review_queue",
        "questions",
        "question_id > :after AND question_id <= :upto",
        ("question_id",),
        "SELECT * FROM wanted_reviews WHERE question_id > :after AND question_id <= :upto",
        ("exam_id",),
        ("sound",),
        size=1000,
    ),
)
