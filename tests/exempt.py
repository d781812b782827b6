"""What changes without an entry in the audit log: facts of their own, and what is counted from them.

Every other statement of the services that changes a row stands in a batch with an entry about an entity of its table.
The tests replay all that they have run and compare it with these dictionaries, so a new table needs its place here.
"""

# Under which entity the changes of a table are logged.
ENTITIES = {
    "users": {"user"},
    "revocations": {"user", "token"},
    "exams": {"exam"},
    "objectives": {"objective"},
    "questions": {"question"},
    "question_versions": {"question"},  # of the question that they are versions of
    "study_sessions": {"study_session"},
    "test_attempts": {"test_attempt"},
    "accommodations": {"user"},
    "twitter_accounts": {"account", "tweet"},  # a response of X is one entry, with counts of its tweets and authors
    "tweets": {"tweet"},
    "tweet_metrics_days": {"tweet"},
    "engagement_opportunities": {"opportunity"},
    "send_attempts": {"opportunity"},  # what became of a lease is a step of its opportunity
    "growth_metrics": {"growth_metric"},
    "voice_profiles": {"voice_profile"},
    "voice_profile_versions": {"voice_profile"},  # by triggers, from the profile
    "ai_budgets": {"budget"},
}

TABLES = {
    "audit_log": "the log itself",
    "audit_seals": "the chain over the log",
    "sign_ins": "their beginning and end are logged with the user; expired ones go by themselves",
    "refresh_tokens": "the tokens of a sign-in",
    "learner_days": "counted from the answers, in their batch",
    "user_answers": "answers are facts, each with its learner and time, and are never changed",
    "objective_mastery": "counted from the answers, in their batch",
    "study_days": "the same",
    "user_progress": "counted from the answers, in their batch",
    "missed": "counted from the answers, in their batch",
    "memory_states": "replayed from the answers, in their batch",
    "memory_weights": "fitted to the answers",
    "question_ratings": "the same",
    "exam_ratings": "the same",
    "learner_ratings": "the same",
    "review_queue": "which questions want a look, kept by triggers on what is logged",
    "question_tags": "a copy of the questions' tags, kept by triggers",
    "question_bands": "computed from the questions' texts, kept by triggers",
    "question_search": "an index of the questions' words, kept by triggers",
    "bookmarks": "a learner's own marks, which change nothing for anybody else",
    "question_flags": "a learner's own remark, with its time; its resolution is logged",
    "test_answers": "what is chosen while a test runs; its end is logged",
    "test_results": "how a test was graded, beside the log of its end or its regrade; never changed",
    "exam_scores": "counted from the tests, whose ends are logged",
    "exam_statistics": "measured from the answers",
    "question_statistics": "the same",
    "opportunity_counts": "counted from the opportunities by triggers; their changes are logged",
    "timeline_spans": "which parts of our timelines were filed: evidence, counted from the ids of the posts",
    "ai_generation_log": "the ledger of AI calls: facts, each with its time, and never changed",
    "ai_repricings": "what a call costs by a later price book: facts of their own, never changed",
    "ai_cost_slots": "summed up from the ledger, by triggers",
    "ai_generation_questions": "which questions the calls of the ledger were for, by triggers",
    "ai_holds": "what was reserved before a call: facts, each with its time, and never changed",
    "ai_hold_resolutions": "what became of that, the same",
    "ai_open_holds": "the holds without a resolution, kept by triggers",
    "ai_budget_periods": "counted from the ledger, the holds and their resolutions, by triggers",
    "ai_budget_alerts": "follow from that; then whether the webhook was told",
    "send_slots": "kept by triggers; the claims and reports that move them are logged",
    "opportunity_quarters": "the same",
    "opportunity_days": "the same",
    "receipts": "what a client's key has done; the row that it did is logged",
    "idempotency_keys": "the same, of releases before",
    "client_answers": "receipts of answers, stored with them",
    "forgotten_keys": "whose old keys were deleted",
    "deployments": "heartbeats of the services",
    "consistency_clock": "moves on with every batch",
}

# A statement that sets no other column than these needs no entry.
COLUMNS = {
    "questions": {
        "total_attempts": "counted from the answers, in their batch",
        "correct_attempts": "the same",
        "total_time_seconds": "the same",
        "avg_time_seconds": "the same",
        "discrimination_index": "measured from the answers",
        "bands": "computed from the text",
        "open_flags": "counted from the flags, by triggers",
        "text_digest": "computed from the text and the options, whose changes are logged",
        "content_digest": "the same",
        "shuffle_key": "drawn anew with one answer in eight, so that the next pick is another one",
    },
    "study_sessions": {
        "total_questions": "counted from the answers, in their batch",
        "correct_answers": "the same",
        "flagged_questions": "the same",
        "time_spent_seconds": "the same",
        "avg_time_per_question": "the same",
        "accuracy": "the same",
        "streak_count": "the same",
        "max_streak": "the same",
        "current_question_id": "the question of the last answer",
        "last_activity": "the time of the last answer",
        "question_ids": "an adaptive session gets one more question with each answer",
        "question_versions": "the same",
    },
    "test_attempts": {
        "saves": "counts what is saved while a test runs",
        "last_saved_at": "the time of that",
    },
    "exams": {
        "questions_available": "counted from the questions, whose changes are logged",
        "total_attempts": "counted from the tests, whose ends are logged",
        "pass_rate": "the same",
        "avg_score": "the same",
    },
    "growth_metrics": {
        "ai_cost_nanousd": "summed up from the ledger, in its batch",
        "ai_cost_microusd": "the same",
        "updated_at": "the time of that",
    },
}
