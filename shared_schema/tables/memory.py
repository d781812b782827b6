"""Tables of the study service: what learners remember of questions, and the weights that were fitted to them."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, counter, now, one_of, refers_to
from shared_schema.tables.table import Table

STATES = ("learning", "review", "relearning")


class MemoryState(Table):
    """What a learner remembers of a question: FSRS over all her answers to it, in the order of `answered_at`.

    `stability` is in days, `reps` is the number of answers, `lapses` how often she was wrong in the state `review`.
    `algorithm` and `weights` tell what it was computed with: see `study_service.memory`.
    """

    user_id = refers_to("users", "CASCADE")
    question_id = refers_to("questions", "CASCADE")
    exam_id = refers_to("exams", "CASCADE")
    stability = peewee.FloatField(constraints=[between("stability", 0.001, 36500)])
    difficulty = peewee.FloatField(constraints=[between("difficulty", 1, 10)])
    state = peewee.TextField(constraints=[one_of("state", *STATES)])
    due_at = peewee.IntegerField()
    last_review_at = peewee.IntegerField()
    reps = counter()
    lapses = counter()
    algorithm = peewee.IntegerField()
    weights = counter()

    class Meta:
        table_name = "memory_states"
        primary_key = peewee.CompositeKey("user_id", "question_id")
        indexes = ((("user_id", "exam_id", "due_at"), False),)
        without_rowid = True  # rows are found by their key, or by an index


# How many were reviewed today. The first answer to a question is no review.
MemoryState.add_index(
    MemoryState.index(
        MemoryState.user_id,
        MemoryState.exam_id,
        MemoryState.last_review_at,
        where=MemoryState.reps > 1,
        name="memory_states_reviewed",
    )
)


class MemoryWeights(Table):
    """The latest fit of FSRS to a learner's answers. `weights` is null where the default ones are as good.

    `number` is another one with every change of `weights`; states have the number of those that they were computed
    with, 0 for the default ones. `reviews` is how many answers were used, the losses are of the latest 40 % of them.
    """

    user_id = peewee.IntegerField(
        primary_key=True, constraints=[peewee.SQL('REFERENCES "users" ("id") ON DELETE CASCADE')]
    )
    number = counter()
    algorithm = peewee.IntegerField()
    weights = JSONField(shape.List(shape.Float(), validate=marshmallow.validate.Length(equal=21)), null=True)
    reviews = counter()
    default_log_loss = peewee.FloatField(null=True)
    fitted_log_loss = peewee.FloatField(null=True)
    fitted_at = now()

    class Meta:
        table_name = "memory_weights"
