"""What the study tables have of one person: `python -m study_service.personal export USER_ID`, or `erase`."""

from shared_schema import personal
from shared_schema.audit import Actor
from shared_schema.personal import Part

PARTS = (
    Part("user_answers", "user_id = :user"),
    Part("learner_days", "user_id = :user", "user_id, day, answered, day AS id"),
    Part("user_progress", "user_id = :user"),
    Part("study_sessions", "user_id = :user"),
    Part("test_attempts", "user_id = :user"),
    Part("questions", "reviewed_by = :user", "id, review_status, review_feedback, reviewed_at"),
)


def erase(user_id: int, actor: Actor) -> dict[str, int]:
    """Nothing tells here who somebody is: answers and what is counted from them stay, under the number of the user."""
    return {}


if __name__ == "__main__":
    personal.command(PARTS, erase)()
