"""AI calls of ninety days, and the budgets with their holds."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.sizes import Size
from tests.benchmarks.scale.writing import DAY, fill, numbers, scattered

_SPAN_S = 90 * DAY
_OPEN = 20  # holds whose call is still under way
_LIMIT = 10**15  # so high that nothing has to be told
_BUDGETS = (("calls-day", "day", None), ("calls-month", "month", None), ("drafts-day", "day", "purpose 0"))


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """Calls in the order of time; one of fifty has no price, a third has two, a tenth made questions."""
    costs = f"(SELECT n, iif(n % 50, 1000 + {scattered('n', 81, 1_000_000)} * 40, NULL) AS cost FROM "
    tokens, question = scattered("n", 82, 4_000), scattered("n", 83, size.questions - 3)
    ok, at = f"{scattered('n', 84, 20)} > 0", f"{now - 30} - ({size.calls} - n) * {_SPAN_S} / {size.calls}"
    fill(
        database,
        "ai_generation_log",
        f"{costs}{numbers(size.calls)})",
        id="n",
        purpose=f"'purpose ' || {scattered('n', 85, 6)}",
        model=f"'model-' || {scattered('n', 86, 8)}",
        provider="'provider-' || (n % 3)",
        prompt_tokens=tokens,
        completion_tokens=f"{tokens} / 4",
        total_tokens=f"{tokens} + {tokens} / 4",
        exam_id=f"iif(n % 3 = 0, 1 + {scattered('n', 87, size.exams)}, NULL)",
        user_id=f"iif(n % 4 = 0, 1 + {scattered('n', 88, size.learners)}, NULL)",
        question_ids=f"iif(n % 10 = 0, json_array(1 + {question}, 2 + {question}, 3 + {question}), NULL)",
        success=ok,
        error_message=f"iif({ok}, NULL, 'the provider did not answer')",
        generation_time_ms=f"200 + {scattered('n', 89, 4_000)}",
        request_id="'call-' || n",
        response_id="iif(n % 2, 'response-' || n, NULL)",
        cost_nanousd="cost",
        cost_microusd="(cost + 500) / 1000",
        cost_basis="iif(cost IS NULL, NULL, iif(n % 3, 'tokens', 'billed'))",
        computed_nanousd="cost",
        billed_nanousd="iif(n % 3 = 0, cost + n % 1000, NULL)",
        price_source="iif(cost IS NULL, NULL, 'book')",
        created_at=at,
        recorded_at=f"{at} + 2",
        is_counted="1",
    )
    _budgets(database, now)
    _holds(database, size, now)


def _budgets(database: LibsqlDatabase, now: int) -> None:
    """They count from the first of the month before last."""
    for name, period, purpose in _BUDGETS:
        fill(
            database,
            "ai_budgets",
            "(SELECT 1)",
            name=f"'{name}'",
            period=f"'{period}'",
            limit_nanousd=f"{_LIMIT}",
            purpose="NULL" if purpose is None else f"'{purpose}'",
            counts_from=f"unixepoch({now}, 'unixepoch', 'start of month', '-2 months')",
            created_at=f"{now - 60 * DAY}",
            updated_at=f"{now - 60 * DAY}",
        )


def _holds(database: LibsqlDatabase, size: Size, now: int) -> None:
    """For the latest hundredth of the calls, resolved as the ledger does it, and for some that are under way."""
    fill(
        database,
        "ai_holds",
        f"ai_generation_log WHERE id > {size.calls - size.calls // 100} ORDER BY id",
        id="printf('%032x', id)",
        budget=f"'{_BUDGETS[0][0]}'",
        request_id="request_id",
        amount_nanousd="50000000",
        created_at="created_at - 5",
        expires_at="created_at + 595",
    )
    fill(
        database,
        "ai_hold_resolutions",
        "ai_holds h JOIN ai_generation_log g ON g.request_id = h.request_id ORDER BY h.id",
        hold_id="h.id",
        kind="iif(g.cost_nanousd IS NULL, 'release', 'settle')",
        actual_nanousd="g.cost_nanousd",
        posted_nanousd="coalesce(g.cost_nanousd, 0)",
        overrun_nanousd="max(0, coalesce(g.cost_nanousd, 0) - h.amount_nanousd)",
        resolved_at="g.recorded_at",
        resolved_by="'generation'",
    )
    fill(
        database,
        "ai_holds",
        numbers(_OPEN),
        id=f"printf('%032x', n + {size.calls})",
        budget=f"'{_BUDGETS[0][0]}'",
        request_id="'open-' || n",
        amount_nanousd="50000000",
        created_at=f"{now - 30}",
        expires_at=f"{now + 2 * DAY}",
    )
