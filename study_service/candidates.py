"""SQL of the questions from which a pick takes: as few rows as will do, whatever the size of the bank and of the past.

Every question has a random `shuffle_key`. A pick starts at a point of that order, which the caller draws, and walks on,
around the end if need be. Each answer draws its question a new key, so neighbours do not stay neighbours. The rows are
`lap`, `place` (the order of the walk), `id`, `difficulty` and `objective_id`; `values` are the parameters.

Bookmarks and mistakes are walked in an order of their own, or from the latest mistake on. Where few of them pass
the other filters all of the learner's own in the exam are read, so that none is missed; never the bank.
"""

from functools import partial

from shared_schema.fields import dumps
from study_service.wishes import SPARE, Wish

WEAK_BELOW = 0.7
# So many of the learner's own are compared where the mode compares: easy ones first, or by rating.
_COMPARED = 1000

_SEEN = """
    coalesce((SELECT answered_at FROM user_answers a WHERE a.user_id = :user AND a.question_id = {id}
              ORDER BY attempt_number DESC LIMIT 1), 0) > :since
"""
_SERVABLE = "x.review_status = 'approved' AND x.is_active = 1"
_ROW = "q.shuffle_key AS place, q.id, q.difficulty, q.objective_id"
# A stretch of an index, from the starting point on (first lap) or up to it (second); each is read only as far as asked.
_OF_BANK = f"""
    SELECT {{lap}} AS lap, {_ROW} FROM ({{strata}}) s JOIN questions q ON q.id IN (
        SELECT x.id FROM questions x
        WHERE x.{{scope}} = s.scope AND x.difficulty = s.difficulty AND {_SERVABLE}
          AND x.shuffle_key {{side}} :first AND NOT {_SEEN.format(id="x.id")} {{besides}}
        ORDER BY x.shuffle_key LIMIT :count)
"""
# The same stretch for each tag; a question that has two of them comes twice. It has only questions that may be asked.
_TAGGED = f"""
    SELECT DISTINCT {{lap}} AS lap, {_ROW} FROM ({{strata}}) s, json_each(:tags) t JOIN questions q ON q.id IN (
        SELECT x.question_id FROM question_tags x
        WHERE x.{{scope}} = s.scope AND x.tag = t.value AND x.difficulty = s.difficulty
          AND x.shuffle_key {{side}} :first AND NOT {_SEEN.format(id="x.question_id")} {{besides}}
        ORDER BY x.shuffle_key LIMIT :count)
"""
_WITHIN_EXAM = "SELECT :exam AS scope, value AS difficulty FROM json_each(:difficulties)"
_WITHIN_OBJECTIVES = """
    SELECT o.id AS scope, d.value AS difficulty FROM objectives o, json_each(:difficulties) d
    WHERE o.exam_id = :exam AND o.id IN (SELECT value FROM json_each(:objectives))
"""
_LEVELS = """
    SELECT o.id, coalesce(CASE WHEN json_valid(p.objective_mastery)
                               THEN json_extract(p.objective_mastery, '$."' || o.id || '".level') END, 0) AS level
    FROM objectives o LEFT JOIN user_progress p ON p.user_id = :user AND p.exam_id = o.exam_id
    WHERE o.exam_id = :exam AND o.is_active = 1
"""
# The objectives below the mark or not studied yet; all where none is weak.
_WEAK = f"""
    SELECT o.id FROM ({_LEVELS}) o
    WHERE o.level < {WEAK_BELOW} OR NOT EXISTS (SELECT 1 FROM ({_LEVELS}) WHERE level < {WEAK_BELOW})
"""
_WITHIN_WEAK = f"SELECT o.id AS scope, d.value AS difficulty FROM ({_WEAK}) o, json_each(:difficulties) d"
# CROSS JOIN keeps the engine from walking the exam's questions instead.
_OWN = f"""
    SELECT * FROM (
        SELECT {{lap}} AS lap, {{place}} AS place, x.id, x.difficulty, x.objective_id
        FROM {{table}} b CROSS JOIN questions x ON x.id = b.question_id
        WHERE b.user_id = :user AND b.exam_id = :exam {{part}} AND x.exam_id = :exam AND {_SERVABLE}
          AND x.difficulty BETWEEN :low AND :high AND NOT {_SEEN.format(id="x.id")} {{filters}}
        ORDER BY {{order}} LIMIT :compared)
"""
_OBJECTIVE = "AND x.objective_id IN (SELECT value FROM json_each(:objectives))"
_WEAK_OBJECTIVE = f"AND x.objective_id IN ({_WEAK})"
_HAS_TAG = """
    AND EXISTS (SELECT 1 FROM question_tags t
                WHERE t.question_id = x.id AND t.tag IN (SELECT value FROM json_each(:tags)))
"""
_BOOKMARKED = "AND EXISTS (SELECT 1 FROM bookmarks m WHERE m.user_id = :user AND m.question_id = x.id)"
_SIDES = (">=", "<")


def sql(wish: Wish, besides: str = "") -> str:
    """The SELECT of the candidates. `besides` is one more condition on the question x, beginning with AND."""
    if wish.mode == "review":
        return _own(wish, "missed", besides)
    if wish.only:
        return _own(wish, "bookmarks" if wish.only == "bookmarked" else "missed", besides)
    scope, strata = _strata(wish)
    if wish.tags:
        lap, besides = _TAGGED, besides.replace("x.id", "x.question_id")
    else:
        lap = _OF_BANK
    laps = [
        lap.format(lap=number, side=side, scope=scope, strata=strata, besides=besides)
        for number, side in enumerate(_SIDES)
    ]
    return " UNION ALL ".join(laps)


def values(user_id: int, wish: Wish, now: int, first: int) -> dict[str, object]:
    """The parameters of `sql`; `now` in epoch seconds, `first` the place to start from."""
    low, high = wish.difficulty
    return {
        "user": user_id,
        "exam": wish.exam_id,
        "low": low,
        "high": high,
        "difficulties": dumps(list(range(low, high + 1))),
        "objectives": dumps(wish.objective_ids),
        "tags": dumps(wish.tags),
        "first": first,
        "since": now - wish.hours * 3600,
        "count": wish.count,
        "compared": _COMPARED if wish.mode in ("speed_drill", "adaptive") else wish.count + SPARE,
    }


def _own(wish: Wish, table: str, besides: str) -> str:
    """Candidates among the learner's own bookmarks or mistakes."""
    filters = [besides]
    if wish.objective_ids:
        filters.append(_OBJECTIVE)
    elif wish.mode == "weak_areas":
        filters.append(_WEAK_OBJECTIVE)
    if wish.tags:
        filters.append(_HAS_TAG)
    if wish.mode == "review" and wish.only == "bookmarked":
        filters.append(_BOOKMARKED)
    walk = partial(_OWN.format, table=table, filters=" ".join(filters))
    if wish.mode != "review":
        laps = [
            walk(lap=lap, place="b.place", order="b.place", part=f"AND b.place {side} :first")
            for lap, side in enumerate(_SIDES)
        ]
        return " UNION ALL ".join(laps)
    return walk(lap=0, place="-b.answer_id", order="b.answer_id DESC", part="")


def _strata(wish: Wish) -> tuple[str, str]:
    """The column that a stretch is of, and the stretches to walk."""
    if wish.objective_ids:
        return "objective_id", _WITHIN_OBJECTIVES
    if wish.mode == "weak_areas":
        return "objective_id", _WITHIN_WEAK
    return "exam_id", _WITHIN_EXAM
