"""Unique keys that older databases did not have, and the renumbering of attempts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """`mend` is the rule for rows with the same key: the first in the order `best` stays. `where` limits the key.

    A `folded` key does not tell capital letters from small ones.
    """

    table: str
    columns: tuple[str, ...]
    mend: str
    best: str = "id"
    where: str = ""
    folded: bool = False

    @property
    def same(self) -> str:
        """What is said of rows with the same key."""
        return f"another row has the same {', '.join(self.columns)}" + (", but for capitals" if self.folded else "")


_LIVE = "status IN ('pending', 'approved', 'claimed', 'unknown')"
# A row that other rows refer to is never set aside: it stays, and its key gets its id as a suffix.
KEYS = (
    Key("users", ("email",), "unique-suffix", folded=True),
    Key("exams", ("vendor_id", "code"), "unique-suffix"),
    Key("objectives", ("exam_id", "code"), "unique-suffix"),
    Key("twitter_accounts", ("username",), "unique-suffix"),
    Key("ai_generation_log", ("request_id",), "unique-suffix"),
    # The service would have refused a second answer.
    Key("user_answers", ("study_session_id", "question_id"), "detach-repeat", "answered_at, id"),
    Key("user_progress", ("user_id", "exam_id"), "duplicate-aside", "total_questions_seen DESC, updated_at DESC, id"),
    Key("growth_metrics", ("date",), "duplicate-aside", "created_at DESC, id DESC"),
    Key(
        "engagement_opportunities",
        ("tweet_id", "opportunity_type"),
        "duplicate-aside",
        "status = 'approved' DESC, relevance_score DESC, created_at DESC, id",
        _LIVE,
    ),
)
# The other unique keys of our tables, which need no rule: older rows have NULL there, or are renumbered.
NOT_ASKED = frozenset({"questions_exam_id_content_digest", "user_answers_user_id_question_id_attempt_number"})


def of(table: str) -> list[Key]:
    return [key for key in KEYS if key.table == table]


def present(key: Key) -> str:
    """SQL: the rows that have the key. NULL is equal to nothing."""
    return " AND ".join([f"{column} IS NOT NULL" for column in key.columns] + ([key.where] if key.where else []))


def ranked(key: Key, rows: str, also: str = "id") -> str:
    """SQL: `also` for each row but the best of its key. `rows` is a subquery that has the key's columns."""
    parts = [f"lower(trim({column}))" if key.folded else column for column in key.columns]
    rank = f"row_number() OVER (PARTITION BY {', '.join(parts)} ORDER BY {key.best})"
    return f"SELECT {also} FROM (SELECT *, {rank} AS place FROM {rows} WHERE {present(key)}) WHERE place > 1"


def changed_column(key: Key) -> str:
    """The column that a rule changes to make rows of one key different."""
    return key.columns[0] if key.mend == "detach-repeat" else key.columns[-1]


def mended(key: Key) -> str:
    """SQL of the changed column's new value."""
    return "NULL" if key.mend == "detach-repeat" else f"{key.columns[-1]} || '#' || id"
