"""Ranks of full-text search by FTS4, in SQL, for the functions `fts_rank` and `fts_bm25` of Peewee's FTSModel.

Both read the engine's matchinfo, a blob of 32-bit numbers (https://www.sqlite.org/fts3.html#matchinfo). The smaller a
rank, the better the match.
"""

import json
from typing import Any

import peewee

# One number of the blob, whose bytes are hexadecimal digits in `h`, the lowest byte first.
_DIGIT = "instr('123456789ABCDEF', substr(h, 8 * {i} + {place}, 1))"
_NUMBER = " + ".join(
    f"{16**power} * {_DIGIT}".replace("{place}", str(place))
    for place, power in enumerate((1, 0, 3, 2, 5, 4, 7, 6), start=1)
)
# `m` is the blob as a JSON array: `m ->> 0` phrases, `m ->> 1` columns, and so on. A cell is a phrase in a column.
_BEFORE = "(WITH RECURSIVE given(h) AS MATERIALIZED (SELECT hex("
_AFTER = f""")),
numbers(i, list) AS (
  SELECT 0, '[' || ({_NUMBER.replace("{i}", "0")}) FROM given
  UNION ALL
  SELECT i + 1, list || ',' || ({_NUMBER.replace("{i}", "(i + 1)")})
  FROM numbers, given WHERE 8 * (i + 2) <= length(h)),
info(m) AS MATERIALIZED (SELECT list || ']' FROM numbers ORDER BY i DESC LIMIT 1),
cells(n, col) AS (
  SELECT 0, 0
  UNION ALL
  SELECT n + 1, (n + 1) % (m ->> 1) FROM cells, info WHERE n + 1 < (m ->> 0) * (m ->> 1))
"""
_WEIGHT = "coalesce(? ->> col, 0)"

# The example of appendix A: the share of a phrase's hits in all rows that this row has.
_HITS, _ALL_HITS = "(m ->> (2 + 3 * n))", "(m ->> (3 + 3 * n))"
_RANK = f"""SELECT -coalesce(sum({{weight}} * {_HITS} * 1.0 / {_ALL_HITS}), 0.0)
FROM cells, info WHERE {_HITS} > 0)"""

# Okapi BM25, with k1 = 1.2 and b = 0.75.
_DOCUMENTS, _AVERAGE, _LENGTH = "(m ->> 2)", "max(m ->> (3 + col), 1.0)", "(m ->> (3 + (m ->> 1) + col))"
_FREQUENCY = "(m ->> (3 + 2 * (m ->> 1) + 3 * n))"
_WITH_TERM = "(m ->> (5 + 2 * (m ->> 1) + 3 * n))"
_RARITY = f"ln(max(({_DOCUMENTS} - {_WITH_TERM} + 0.5) / ({_WITH_TERM} + 0.5), {{least}}))"
_BM25 = f"""SELECT -coalesce(sum({{weight}} * {_RARITY.format(least="exp(1e-6)")}
  * {_FREQUENCY} * 2.2 / ({_FREQUENCY} + 1.2 * (0.25 + 0.75 * {_LENGTH} / {_AVERAGE}))), 0.0)
FROM cells, info)"""


def rank(matchinfo: Any, *weights: float) -> peewee.Node:
    """Of `matchinfo(table, 'pcx')`. The weights are those of the columns, each 1 if none is given."""
    return _of(_RANK, matchinfo, weights)


def bm25(matchinfo: Any, *weights: float) -> peewee.Node:
    """Of `matchinfo(table, 'pcnalx')`."""
    return _of(_BM25, matchinfo, weights)


def _of(select: str, matchinfo: Any, weights: tuple[float, ...]) -> peewee.Node:
    weight, parameters = (_WEIGHT, [json.dumps(weights)]) if weights else ("1.0", [])
    after = peewee.SQL(_AFTER + select.format(weight=weight), parameters)
    return peewee.NodeList((peewee.SQL(_BEFORE), matchinfo, after), glue="")
