"""Adaptive sessions: they begin with two questions, and each answer adds one that suits the learner as she is then."""

import dataclasses
import random
from functools import cache

from shared_schema.database import Statement
from study_service import candidates, grading
from study_service.wishes import Kind, Wish

AHEAD = 2  # so a learner reads one question while the one behind it is chosen by her answer

_KINDS = ", ".join(map(repr, grading.KINDS))
# Not again in the session, nor what was answered elsewhere since it began, which told the key.
_NEW = f"""
    x.id NOT IN (SELECT w.value FROM study_sessions g, json_each(g.question_ids) w WHERE g.id = :session)
    AND NOT EXISTS (SELECT 1 FROM user_answers t WHERE t.user_id = :user AND t.question_id = x.id
                    AND t.id > (SELECT coalesce(answers_before, 0) FROM study_sessions WHERE id = :session))
    AND json_valid(x.answers) AND x.type IN ({_KINDS})
"""
_ADD = """
    UPDATE study_sessions SET
        question_ids = json_insert(question_ids, '$[#]', chosen.id),
        question_versions = json_insert(question_versions, '$[#]', chosen.version)
    FROM (SELECT id, version FROM ({walk})
          ORDER BY seen > :since, iif(seen > :since, seen, turn) LIMIT 1) chosen
    WHERE study_sessions.id = :session AND json_valid(question_ids) AND json_valid(question_versions)
      AND json_array_length(question_ids) < question_count
"""


def beginning(wish: Wish) -> Wish:
    """What a session of this wish begins with: all of it, unless it is adaptive."""
    return dataclasses.replace(wish, count=min(AHEAD, wish.count)) if wish.mode == "adaptive" else wish


def add(user_id: int, session_id: int, wish: Wish, now: int) -> Statement:
    """The step that adds one more question, where there is one and the session is not full.

    `wish` is what the session was started with, `now` epoch seconds. It goes behind what counts the answer in the
    ratings.
    """
    one = dataclasses.replace(wish, count=1)
    values = candidates.values(user_id, one, now, random.randrange(candidates.KEYS))
    return Statement(_add(one.kind), {**values, "session": session_id})


@cache
def _add(kind: Kind) -> str:
    return _ADD.format(walk=candidates.sql(kind, "x.id, x.version", _NEW))
