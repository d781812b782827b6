"""A database with thousands of posts, drafts and AI calls, in which a read that walks too far shows."""

from shared_schema.database import LibsqlDatabase, Statement

TWEETS, OPPORTUNITIES, CALLS, DAYS = 6_000, 3_000, 4_000, 90
_SPAN_S = DAYS * 86_400

_N = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
_AGO = f"unixepoch() - ({{0}} - n) * {_SPAN_S} / {{0}}"
_STATUS = """
    CASE WHEN n > 2000 THEN 'pending' WHEN n > 1900 THEN 'approved' WHEN n > 1890 THEN 'claimed'
         WHEN n > 1880 THEN 'unknown' WHEN n % 2 THEN 'executed' WHEN n % 4 THEN 'rejected' ELSE 'expired' END
"""
_FILLED: tuple[tuple[int, str], ...] = (
    (3, "exams (id, vendor_id, code, name) SELECT n, 'v', n, 'Exam'"),
    (
        2_000,
        """twitter_accounts (id, username, is_own_account, is_competitor, is_target_audience)
           SELECT n, 'account' || n, n = 1, n % 100 = 2, n % 10 = 3""",
    ),
    (
        TWEETS,
        f"""tweets (id, account_id, text, metrics, created_at, conversation_id)
            SELECT 1000000 + n, 2 + n % 500, 'post ' || n,
                json_object('likes', n * 7919 % 1000, 'retweets', 1, 'replies', 2), {_AGO.format(TWEETS)},
                1000000 + n - n % 5""",
    ),
    (
        OPPORTUNITIES,
        f"""engagement_opportunities (id, tweet_id, account_id, chain_id, opportunity_type, relevance_score, status,
                created_at, executed_at, suggested_response, result_tweet_id, lease_expires_at, approved_pair)
            SELECT printf('%032x', n), 1000000 + n, 2 + n % 500, 1000000 + n, 'reply', n % 997 / 1000.0, {_STATUS},
                {_AGO.format(OPPORTUNITIES)}, iif({_STATUS} = 'executed', {_AGO.format(OPPORTUNITIES)}, NULL), 'reply',
                iif({_STATUS} = 'executed', 1000000 + {TWEETS} - n, NULL),
                iif({_STATUS} = 'claimed', unixepoch() + 3600, NULL), json_array('reply', 'post ' || n)""",
    ),
    (
        1_900,  # of those that were claimed
        f"""send_slots (opportunity_id, account_id, chain_id, thread_id, taken_at)
            SELECT printf('%032x', n), 2 + n % 500, 1000000 + n, 1000000 + n - n % 5, {_AGO.format(OPPORTUNITIES)}""",
    ),
    (
        CALLS,
        f"""ai_generation_log (request_id, purpose, model, provider, success, prompt_tokens, completion_tokens,
                cost_nanousd, created_at, recorded_at, exam_id, user_id, question_ids)
            SELECT 'call-' || n, 'purpose' || n % 4, 'model' || n % 3, 'p', n % 20 > 0, 10, 5, iif(n % 50, 1000, NULL),
                {_AGO.format(CALLS)}, unixepoch(), iif(n % 3 = 0, 1 + n % 3, NULL), iif(n % 4 = 0, 1 + n / 4 % 4, NULL),
                iif(n % 10 = 0, json_array(n), NULL)""",
    ),
    (DAYS, "growth_metrics (date, followers_count) SELECT date('now', '-' || (n - 1) || ' days'), n"),
    (50, "voice_profiles (name, is_active, topics) SELECT 'voice ' || n, n = 7, '[\"subnets\"]'"),
)


def fill(database: LibsqlDatabase) -> None:
    """Write the rows, a table in a batch."""
    for count, rows in _FILLED:
        database.batch([Statement(f"{_N} INSERT INTO {rows} FROM numbers", (count,))])
