"""SQL of the questions from which a pick takes: as few rows as will do, whatever the size of the bank and of the past.

Every question has a random `shuffle_key`. A pick starts at a point of that order, which the caller draws, and walks on,
around the end if need be. One answer in eight draws its question a new key, so neighbours do not stay neighbours. The
loops of a walk are nested in the order in which they are written, and each reads a stretch of an index: what is read is
`most` questions and no more. Where the walk goes through several objectives or difficulties it takes a window of the
order from each, and then the next, wider one: so they come mixed, as in the bank.

Bookmarks and mistakes are walked in an order of their own, or from the latest mistake on. Where few of them pass
the other filters all of the learner's own in the exam are read, so that none is missed; never the bank.
"""

from functools import cache

from shared_schema.fields import dumps
from study_service import elo
from study_service.wishes import SPARE, Kind, Wish

WEAK_BELOW = 0.7
KEYS = 2**31  # shuffle keys are below it
_COMPARED = 8  # so many questions are compared by their ratings
# So many of the learner's own are compared where the mode compares: easy ones first, or by rating.
_OWN_COMPARED = 1000
_LEAST = 16  # so many questions of objectives or difficulties are looked at for a small pick, to find new ones
_WINDOWS = ((0, 1), (1, 3), (3, 7), (7, KEYS))  # of the order, in steps; a step has as many questions as are asked for

# The learner's last answer to the question.
_SEEN = """coalesce((SELECT answered_at FROM user_answers
    WHERE user_id = :user AND question_id = x.id ORDER BY attempt_number DESC LIMIT 1), 0)"""
_SERVABLE = "x.review_status = 'approved' AND x.is_active = 1"
_LAPS = "json_each(:laps) w"
_WITHIN_LAP = "{place} >= w.value->>0 AND {place} < w.value->>1"
_WITHIN_WINDOW = """w.value->>0 + e.step * (w.value->>2) < w.value->>1
    AND {place} >= w.value->>0 + e.step * (w.value->>2)
    AND {place} < min(w.value->>1, w.value->>0 + e.step * (w.value->>3))"""
# As many questions of the whole exam as a step has: where some of it is walked, of all difficulties or objectives.
_STEP = f"(SELECT {KEYS} * :step / (questions_available + 1) AS step FROM exams WHERE id = :exam) e"
# The objectives below the mark or not studied yet; all where none is weak.
_WEAK = f"""
    SELECT iif(weak = '[]', every, weak) AS weak, json_array_length(every) AS many FROM (
        SELECT json_group_array(id) AS every,
            json_group_array(id) FILTER (WHERE coalesce(json_extract(
            (SELECT objective_mastery FROM user_progress WHERE user_id = :user AND exam_id = :exam
             AND json_valid(objective_mastery)), '$."' || id || '".level'), 0) < {WEAK_BELOW}) AS weak
        FROM objectives WHERE exam_id = :exam AND is_active = 1)"""
_STEP_OF_WEAK = f"""(
    SELECT weak, {KEYS} * :step * many / json_array_length(weak) / (questions_available + 1) AS step
    FROM ({_WEAK}) CROSS JOIN exams WHERE id = :exam) e"""
_OBJECTIVES = {"one": "json_each(:objectives)", "given": "json_each(:objectives)", "weak": "json_each(e.weak)"}
_AMONG_OBJECTIVES = {
    **dict.fromkeys(("one", "given"), "x.objective_id IN (SELECT value FROM json_each(:objectives))"),
    "weak": f"x.objective_id IN (SELECT value FROM json_each((SELECT weak FROM ({_WEAK}))))",
}
_HAS_TAG = """EXISTS (SELECT 1 FROM question_tags t
    WHERE t.question_id = x.id AND t.tag IN (SELECT value FROM json_each(:tags)))"""
_BOOKMARKED = "EXISTS (SELECT 1 FROM bookmarks m WHERE m.user_id = :user AND m.question_id = x.id)"
_OF_EXAM = "(SELECT rating FROM exam_ratings WHERE user_id = :user AND exam_id = :exam)"
_WANTED = elo.level("l.rating", "l.answers", _OF_EXAM)
_RATED = " LEFT JOIN learner_ratings l ON l.user_id = :user AND l.objective_id = {}"
_RATING = "(SELECT rating FROM question_ratings WHERE question_id = x.id)"
# How far a question, or a difficulty, is from what the learner answers rightly as often as she should.
_FAR = f"abs({{}} - ({_WANTED} - {elo.TARGET}))"
_QUESTION_FAR = _FAR.format(f"coalesce({_RATING}, {elo.start('x.difficulty')})")
_EASY_FIRST = "(SELECT value, value AS turn FROM json_each(:difficulties))"
# Without a LIMIT the engine would not sort: the order of a list that is joined means nothing in SQL.
_FITTING_FIRST = f"""(SELECT value, {_FAR.format(elo.start("value"))} AS turn
    FROM json_each(:difficulties){_RATED.format(":objective")} ORDER BY turn LIMIT 5)"""
_DIFFICULTIES = {"speed_drill": _EASY_FIRST, "adaptive": _FITTING_FIRST}


@cache
def sql(kind: Kind, columns: str, besides: str = "") -> str:
    """The SELECT of `columns` of the questions x that were walked by, each once, and of `place`, `turn` and `seen`.

    They are to be asked in the order of `turn`, then of `place` from the starting point on. `seen` is when the learner
    answered last, in epoch seconds, where the pick has to know it, or 0. `besides` is one more condition on x.
    """
    loops, conditions, place, turn = _own(kind) if kind.own else _of_bank(kind)
    if turn == _QUESTION_FAR:
        loops[-1] += _RATED.format("x.objective_id")
    if kind.recent == "left_out":
        conditions.append(f"{_SEEN} <= :since")
    conditions += [_SERVABLE, *([besides] if besides else [])]
    seen = _SEEN if kind.recent == "behind" else "0"
    walk = f"""{place} AS place, {turn} AS turn, {seen} AS seen
        FROM {" CROSS JOIN ".join(loops)} WHERE {" AND ".join(conditions)}"""
    if kind.compared:
        return f"""SELECT {columns}, place, turn, seen FROM (SELECT x.id AS one, {walk} LIMIT {_OWN_COMPARED})
            CROSS JOIN questions x ON x.id = one ORDER BY turn LIMIT :most"""
    distinct = "DISTINCT" if kind.tags > 1 and not kind.own else ""
    latest = "ORDER BY b.answer_id DESC" if kind.mode == "review" else ""
    return f"SELECT {distinct} {columns}, {walk} {latest} LIMIT :most"


def values(user_id: int, wish: Wish, now: int, first: int) -> dict[str, object]:
    """The parameters of `sql`; `now` in epoch seconds, `first` the place to start from."""
    low, high = wish.difficulty
    laps = ((first, KEYS), (0, first))
    return {
        "user": user_id,
        "exam": wish.exam_id,
        "low": low,
        "high": high,
        "difficulties": dumps(_difficulties(wish, first)),
        "objectives": dumps(wish.objective_ids),
        "objective": wish.objective_ids[0] if len(wish.objective_ids) == 1 else None,
        "tags": dumps(wish.tags),
        "laps": dumps(laps),
        "windows": dumps([(*lap, *window) for lap in laps for window in _WINDOWS]),
        "since": now - wish.hours * 3600,
        "step": 1 + wish.count * 6 // (high - low + 1) * (8 if wish.tags else 1),
        "most": _most(wish),
    }


def _difficulties(wish: Wish, first: int) -> list[int]:
    """The difficulties of a wish, easy ones first where that counts. Else none of them is first more often."""
    low, high = wish.difficulty
    start = 0 if wish.kind.ordered else first % (high - low + 1)
    return [*range(low + start, high + 1), *range(low, low + start)]


def _most(wish: Wish) -> int:
    """How many questions are read, so that three rows are for each that is asked for: with the learner's last answers
    they are two each, and a few rows go to the exam, its objectives and the windows.
    """
    kind = wish.kind
    if kind.own or kind.recent == "left_out":
        return wish.count + SPARE
    if kind.whole:
        return wish.count + SPARE + wish.count // 5
    return _COMPARED if kind.rated else max(wish.count + 2, _LEAST)


def _own(kind: Kind) -> tuple[list[str], list[str], str, str]:
    """The loops and conditions of a walk through the learner's own bookmarks or mistakes."""
    conditions = ["b.user_id = :user AND b.exam_id = :exam AND x.exam_id = :exam"]
    if kind.difficulties < 5:
        conditions.append("x.difficulty BETWEEN :low AND :high")
    if kind.scope != "exam":
        conditions.append(_AMONG_OBJECTIVES[kind.scope])
    if kind.tags:
        conditions.append(_HAS_TAG)
    # CROSS JOIN keeps the engine from walking the exam's questions instead.
    loops = [f"{kind.own} b", "questions x ON x.id = b.question_id"]
    if kind.mode == "review":
        return loops, [*conditions, *([_BOOKMARKED] if kind.marked else [])], "0", "-b.answer_id"
    turn = {"speed_drill": "x.difficulty", "adaptive": _QUESTION_FAR}.get(kind.mode, "0")
    return [_LAPS, *loops], [_WITHIN_LAP.format(place="b.place"), *conditions], "b.place", turn


def _of_bank(kind: Kind) -> tuple[list[str], list[str], str, str]:
    """The same of a walk through the bank."""
    row = "g" if kind.tags else "x"
    place, turn = f"{row}.shuffle_key", "0"
    loops, conditions = [_LAPS], [_WITHIN_LAP.format(place=place)]
    if kind.mixed:
        loops = [_STEP_OF_WEAK if kind.scope == "weak" else _STEP, "json_each(:windows) w"]
        conditions = [_WITHIN_WINDOW.format(place=place)]
    if kind.ordered:
        loops.insert(0, f"{_DIFFICULTIES[kind.mode]} d")
        turn = _QUESTION_FAR if kind.rated else "d.turn"
    if kind.scope == "exam":
        conditions.append(f"{row}.exam_id = :exam")
    else:
        loops.append(f"{_OBJECTIVES[kind.scope]} o")
        conditions.append(f"{row}.objective_id = o.value")
    if kind.graded:
        conditions.append(f"{row}.difficulty = d.value")
        loops += [] if kind.ordered else ["json_each(:difficulties) d"]
    if kind.tags:
        conditions.append("g.tag = t.value")
        loops += ["json_each(:tags) t", "question_tags g"]
    loops.append("questions x ON x.id = g.question_id" if kind.tags else "questions x")
    return loops, conditions, place, turn
