"""Databases as they are in the field, built from their description: the raw SQL's eight tables, and the TypeScript
layer's fifteen, or fourteen where one could not be created.
"""

import re
import time
from collections.abc import Iterator

from shared_schema.database import LibsqlDatabase

RAW = (
    "users", "exams", "objectives", "questions", "study_sessions", "test_attempts", "user_answers", "user_progress",
)  # fmt: skip
FAILED = "engagement_opportunities"
# table: columns as `name type =default → parent (on delete)`, then the indexes.
DESCRIPTION = {
    "users": """id integer pk; email text not null; name text not null; picture text; provider text ='google';
        provider_id text; password_hash text; role text ='user'; permissions text ='[]';
        subscription_status text ='free'; subscription_expires_at integer; stripe_customer_id text;
        stripe_subscription_id text; bio text; timezone text ='UTC'; preferred_language text ='en'; last_login integer;
        login_count integer =0; is_active integer =true; email_verified integer =false;
        created_at integer =CURRENT_TIMESTAMP; updated_at integer =CURRENT_TIMESTAMP
        | (email), (is_active, subscription_status), (provider, provider_id), (stripe_customer_id), unique (email)""",
    "audit_log": """id integer pk; user_id integer → users (set null); ip_address text; user_agent text;
        session_id text; action text not null; entity_type text; entity_id text; old_values text; new_values text;
        metadata text; request_id text; method text; path text; success integer =true; error_code text;
        error_message text; created_at integer =CURRENT_TIMESTAMP
        | (action, created_at), (created_at), (entity_type, entity_id), (session_id, created_at),
        (success, created_at), (user_id, created_at)""",
    "exams": """id integer pk; vendor_id text not null; code text not null; name text not null; description text;
        passing_score real =0.65; question_count integer =65; time_limit_minutes integer =90; version text;
        expires_at integer; difficulty_level integer =3; prerequisites text; price_cents integer =0;
        is_active integer =true; is_beta integer =false; total_attempts integer =0; pass_rate real =0;
        avg_score real =0; created_at integer =CURRENT_TIMESTAMP; updated_at integer =CURRENT_TIMESTAMP
        | (difficulty_level, is_active), (is_active, is_beta), (vendor_id, is_active), unique (vendor_id, code)""",
    "objectives": """id integer pk; exam_id integer not null → exams (cascade); code text not null;
        name text not null; description text; weight real =0.25; question_percentage real;
        parent_id integer → objectives (cascade); sort_order integer =0; is_active integer =true;
        created_at integer =CURRENT_TIMESTAMP
        | (exam_id, code), (exam_id, is_active), (parent_id, sort_order)""",
    "questions": """id integer pk; exam_id integer not null → exams (cascade);
        objective_id integer not null → objectives (cascade); text text not null; type text ='multiple_choice';
        answers text not null; explanation text; reference text; external_link text; difficulty integer =3;
        tags text ='[]'; ai_generated integer =false; ai_model text; ai_prompt_version text; ai_confidence_score real;
        review_status text ='pending'; reviewed_by integer → users (set null); reviewed_at integer;
        total_attempts integer =0; correct_attempts integer =0; avg_time_seconds integer =0;
        discrimination_index real; image_url text; diagram_data text; is_active integer =true; is_beta integer =false;
        created_at integer =CURRENT_TIMESTAMP; updated_at integer =CURRENT_TIMESTAMP
        | (discrimination_index), (exam_id, difficulty, is_active), (exam_id, objective_id, is_active),
        (is_active, is_beta), (review_status, ai_generated), (tags)""",
    "study_sessions": """id integer pk; user_id integer not null → users (cascade);
        exam_id integer not null → exams (cascade); mode text ='practice'; objectives text; difficulty_filter text;
        question_count integer =20; total_questions integer =0; correct_answers integer =0;
        skipped_questions integer =0; flagged_questions integer =0; time_spent_seconds integer =0;
        avg_time_per_question real; accuracy real; streak_count integer =0; max_streak integer =0;
        objective_scores text ='{}'; status text ='active'; current_question_id integer;
        created_at integer =CURRENT_TIMESTAMP; last_activity integer =CURRENT_TIMESTAMP; completed_at integer
        | (status, last_activity), (user_id, accuracy), (user_id, exam_id, status), (user_id, status, created_at)""",
    "test_attempts": """id integer pk; user_id integer not null → users (cascade);
        exam_id integer not null → exams (cascade); question_ids text not null; time_limit_minutes integer;
        passing_score real; score real; passed integer; correct_count integer; incorrect_count integer;
        skipped_count integer; objective_breakdown text; total_time_seconds integer; time_per_question text;
        review_enabled integer =true; certificate_issued integer =false; status text ='in_progress';
        started_at integer =CURRENT_TIMESTAMP; completed_at integer; expires_at integer
        | (completed_at), (exam_id, passed, score), (status, started_at), (user_id, exam_id, status),
        (user_id, passed, score)""",
    "user_answers": """id integer pk; user_id integer not null → users (cascade);
        question_id integer not null → questions (cascade); study_session_id integer → study_sessions (cascade);
        test_attempt_id integer → test_attempts (cascade); selected_answer text not null; is_correct integer not null;
        time_spent_seconds integer; confidence_level integer; flagged integer =false; changed_answer integer =false;
        attempt_number integer =1; days_since_last_seen integer; answered_at integer =CURRENT_TIMESTAMP
        | (question_id, is_correct, time_spent_seconds), (study_session_id), (test_attempt_id), (user_id, answered_at),
        (user_id, is_correct, answered_at), (user_id, question_id, answered_at)""",
    "user_progress": """id integer pk; user_id integer not null → users (cascade);
        exam_id integer not null → exams (cascade); total_questions_seen integer =0; unique_questions_seen integer =0;
        total_correct integer =0; total_incorrect integer =0; overall_accuracy real =0; current_streak integer =0;
        longest_streak integer =0; avg_time_per_question real; total_study_minutes integer =0; last_study_date text;
        study_days_count integer =0; objective_mastery text ='{}'; readiness_score real =0; predicted_exam_score real;
        confidence_interval real; weak_topics text ='[]'; recommended_objectives text ='[]'; tests_taken integer =0;
        tests_passed integer =0; best_score real =0; avg_test_score real =0; last_test_date text;
        created_at integer =CURRENT_TIMESTAMP; updated_at integer =CURRENT_TIMESTAMP
        | (exam_id, longest_streak), (exam_id, overall_accuracy), (exam_id, readiness_score),
        (exam_id, total_study_minutes), (user_id), unique (user_id, exam_id)""",
    "twitter_accounts": """id text pk; username text not null; display_name text; bio text;
        followers_count integer =0; following_count integer =0; tweet_count integer =0; is_own_account integer =false;
        is_competitor integer =false; is_target_audience integer =false; last_analyzed_at integer;
        created_at integer =CURRENT_TIMESTAMP; updated_at integer =CURRENT_TIMESTAMP
        | (is_competitor, last_analyzed_at), (is_own_account), (is_target_audience, last_analyzed_at), (username),
        unique (username)""",
    "tweets": """id text pk; account_id text not null → twitter_accounts (no action); text text not null;
        metrics text; entities text; ai_analysis text; created_at integer; analyzed_at integer
        | (account_id), (account_id, created_at), (analyzed_at), (created_at)""",
    "engagement_opportunities": """id text pk =(lower(hex(randomblob(16))));
        tweet_id text not null → tweets (no action);
        account_id text not null → twitter_accounts (no action); opportunity_type text; relevance_score real;
        suggested_response text; ai_model_used text; ai_cost real; status text ='pending'; executed_at integer;
        created_at integer =CURRENT_TIMESTAMP
        | (created_at), (relevance_score), (status), (status, created_at), (tweet_id)""",
    "growth_metrics": """id integer pk; date text not null; followers_count integer; following_count integer;
        new_followers integer; lost_followers integer; tweets_sent integer; engagements_made integer;
        impressions integer; profile_visits integer; engagement_rate real; ai_costs real;
        created_at integer =CURRENT_TIMESTAMP
        | (date), (date, ai_costs), (date, new_followers), unique (date)""",
    "voice_profiles": """id integer pk; name text not null; description text; tone text; topics text;
        vocabulary text; examples text; voice_data text; is_active integer =false;
        created_at integer =CURRENT_TIMESTAMP; updated_at integer =CURRENT_TIMESTAMP | (is_active), (name)""",
    "ai_generation_log": """id integer pk; purpose text not null; model text not null; prompt_tokens integer;
        completion_tokens integer; total_tokens integer; cost_cents real; exam_id integer → exams (set null);
        objective_id integer → objectives (set null); question_ids text; tweet_id text; opportunity_id text;
        success integer =true; error_message text; generation_time_ms integer; request_id text;
        user_id integer → users (set null); ip_address text; user_agent text; created_at integer =CURRENT_TIMESTAMP
        | (created_at), (created_at, cost_cents), (model, created_at), (purpose, created_at), (success, created_at),
        (user_id, created_at)""",
}
_TIME = re.compile(r"^(last_login|last_activity|\w+_at)$")


def statements(kind: str, changed: dict[str, str] | None = None) -> Iterator[str]:
    """The SQL that made a database of a kind: raw, typescript, or fourteen. `changed` replaces descriptions."""
    for table, described in (DESCRIPTION | (changed or {})).items():
        if (kind == "raw" and table not in RAW) or (kind == "fourteen" and table == FAILED):
            continue
        columns, _, indexes = described.partition("|")
        yield f"CREATE TABLE {table} ({', '.join(_column(' '.join(one.split()), kind) for one in columns.split(';'))})"
        for n, index in enumerate(re.findall(r"(?:unique )?\([^)]*\)", indexes) if kind != "raw" else ()):
            unique = "UNIQUE " if index.startswith("unique") else ""
            yield f"CREATE {unique}INDEX idx_{table}_{n} ON {table} {index.removeprefix('unique ')}"


def _column(described: str, kind: str) -> str:
    match = re.fullmatch(r"(\w+) (\w+)( pk)?( not null)?( =(.*?))?( → (\w+) \((.*)\))?", described)
    assert match, described
    name, type_, pk, needed, default, parent, rule = *match.group(1, 2, 3, 4, 6), *match.group(8, 9)
    type_ = type_.upper()
    if kind == "raw" and (_TIME.match(name) or default in ("true", "false")):
        type_ = "TIMESTAMP" if _TIME.match(name) else "BOOLEAN"
    if pk:
        auto = " AUTOINCREMENT" if kind == "raw" else ""
        return f"{name} {type_} PRIMARY KEY{auto}" + (f" DEFAULT {default}" if default else "")
    return (
        f"{name} {type_}"
        + (" NOT NULL" if needed else "")
        + (f" DEFAULT {default}" if default else "")
        + (f" REFERENCES {parent} (id) ON DELETE {rule.upper()}" if parent else "")
    )


def create(db: LibsqlDatabase, kind: str, changed: dict[str, str] | None = None) -> None:
    for sql in statements(kind, changed):
        db.execute_sql(sql)


def insert(db: LibsqlDatabase, table: str, **values: object) -> None:
    """A row as an older program wrote it."""
    marks = ", ".join("?" * len(values))
    db.execute_sql(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


ANSWERS = '[{"id":"a","text":"Layer 2","isCorrect":true},{"id":"b","text":"Layer 3","isCorrect":false}]'
NOON = "2025-01-31 12:00:00"
NOON_S = 1_738_324_800


def fill(db: LibsqlDatabase, kind: str) -> None:
    """Two people, one exam, four questions, answers: everything adoptable, and nothing twice in the same spelling."""
    _people_and_bank(db)
    _studies(db)
    if kind == "raw":
        return
    _growth(db)
    if kind == "typescript":
        insert(db, FAILED, id="o1", tweet_id="20", account_id="10", opportunity_type="Reply", relevance_score=0.9,
               ai_cost=0.0123455, created_at=NOON)  # fmt: skip
        insert(db, FAILED, id="o2", tweet_id="20", account_id="10", opportunity_type="quote", relevance_score=1,
               ai_cost=None, status="executed", executed_at=NOON_S, created_at="2025-01-30")  # fmt: skip


def _people_and_bank(db: LibsqlDatabase) -> None:
    insert(db, "users", id=1, email="alice@example.com", name="Alice", timezone="Europe/Berlin", created_at=NOON)
    insert(db, "users", id=2, email="bob@example.com", name="Bob O'Hara 🐙", provider="Google ", role=None,
           is_active="TRUE", login_count="7", last_login=NOON_S * 1000 + 250, created_at=NOON_S,
           updated_at="2025-01-31T13:00:00+01:00")  # fmt: skip
    insert(db, "exams", id=1, vendor_id="acme", code="T-1", name="Test exam", is_active="true", passing_score="0.7")
    insert(db, "objectives", id=1, exam_id=1, code="1", name="Routing", weight=1, is_active=None)
    insert(
        db, "objectives", id=2, exam_id=1, code="2", name="Cabling", parent_id=1, created_at="2025-01-31T12:00:00.000Z"
    )
    for n in range(1, 5):
        insert(db, "questions", id=n, exam_id=1, objective_id=1 + n % 2, text=f"Question {n}", answers=ANSWERS,
               type="Multiple Choice" if n == 2 else "multiple_choice", difficulty=n, reviewed_by=1,
               review_status="pending" if n == 4 else "approved", reviewed_at="2025-01-31T12:00:00.500Z",
               total_attempts=2, correct_attempts=1, avg_time_seconds=15, created_at=NOON)  # fmt: skip


def _studies(db: LibsqlDatabase) -> None:
    insert(db, "study_sessions", id=1, user_id=1, exam_id=1, status="Completed", total_questions=2, created_at=NOON,
           last_activity=NOON_S, completed_at="2025-01-31 13:00:00")  # fmt: skip
    insert(db, "test_attempts", id=1, user_id=1, exam_id=1, question_ids="[1,2]", passed="true", score=0.5,
           started_at=NOON_S)  # fmt: skip
    times = (
        NOON,
        NOON_S + 60,
        "2025-01-31T12:02:00Z",
        "2025-01-31T13:03:00.25+01:00",
        str(NOON_S + 240),
        NOON_S + 300.5,
    )
    for n, answered_at in enumerate(times):
        insert(db, "user_answers", user_id=1, question_id=1 + n % 2, study_session_id=1 if n < 2 else None,
               selected_answer="a", is_correct=("true", "0", 1, 0, "f", 1)[n], time_spent_seconds=10 + n,
               attempt_number=1, confidence_level="3" if n else None, flagged=None,
               answered_at=answered_at)  # fmt: skip
    insert(db, "user_progress", id=1, user_id=1, exam_id=1, total_questions_seen=6, unique_questions_seen=2,
           total_correct=3, total_incorrect=3, total_study_minutes=1, last_study_date="2025-01-31",
           overall_accuracy=0.5, last_test_date="2025-01-30 09:00:00", updated_at=None, created_at=NOON)  # fmt: skip


def _growth(db: LibsqlDatabase) -> None:
    insert(db, "audit_log", user_id=1, action="login", new_values='{"a":1}', created_at=NOON)
    insert(db, "twitter_accounts", id="10", username="ours", is_own_account="t", created_at=NOON)
    insert(db, "tweets", id="20", account_id="10", text="hello", metrics='{"likes":1,"retweets":0,"replies":0}',
           created_at=NOON_S * 1000)  # fmt: skip
    insert(db, "growth_metrics", date="2025-01-31", ai_costs=0.1, created_at=NOON)
    insert(db, "growth_metrics", date="2025-02-01", followers_count=12.0, ai_costs=1.0000005, created_at=NOON_S)
    insert(db, "voice_profiles", name="calm", topics='["tcp"]', is_active="false", created_at=NOON)
    insert(db, "ai_generation_log", purpose="draft", model="m", cost_cents=0.123, request_id="r-1", user_id=1,
           exam_id=1, created_at=NOON)  # fmt: skip


def now() -> int:
    return int(time.time())
