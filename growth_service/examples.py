"""What the examples of the OpenAPI document show, by schema, by field of a schema, or by field."""

_ACCOUNT, _TWEET = "1723789047364882208", "1923456789012345678"
_OPPORTUNITY = "5f1d7a9c3b2e4d6f8a0b1c2d3e4f5a6b"
_LEASE = f"0123456789abcdef0123456789abcdef.{_OPPORTUNITY}"

WORDS: dict[str, object] = {
    "next": None,
    "limit": 10,
    "leaseSeconds": 300,
    "followersCount": 1200,
    "impressions": 54000,
    "promptTokens": 1000,
    "completionTokens": 100,
    "totalTokens": 1100,
    "costUsd": 0.00021,
    "days": 30,
    "accountId": _ACCOUNT,
    "tweetId": _TWEET,
    "opportunityId": _OPPORTUNITY,
    "resultTweetId": "1923456789012349999",
    "username": "subnetsam",
    "accountUsername": "subnetsam",
    "displayName": "Subnet Sam",
    "accountDisplayName": "Subnet Sam",
    "bio": "I count addresses",
    "tweetText": "Why does a /27 have 30 hosts?",
    "suggestedResponse": "32 addresses, less the network's and the broadcast's.",
    "aiModelUsed": "gpt-4o-mini",
    "leaseToken": _LEASE,
    "rejectReason": "Too long",
    "failureReason": "503 of X",
    "errorMessage": None,
    "requestId": "call-1",
    "purpose": "reply_draft",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "date": "2026-01-15",
    "aiAnalysis": {"sentiment": "curious"},
    "AccountOut.id": _ACCOUNT,
    "TweetOut.id": _TWEET,
    "TweetOut.text": "Why does a /27 have 30 hosts?",
    "TweetOut.metrics": {"likes": 3, "retweets": 1},
    "TweetOut.entities": {"hashtags": ["subnetting"], "mentions": [], "urls": []},
    "Rejection": {"reason": "Too long"},
    "Failed": {"leaseToken": _LEASE, "outcome": "unknown", "reason": "The connection was lost"},
    "Reconciliation": {"outcome": "sent", "resultTweetId": "1923456789012349999"},
    "GenerationIn": {
        "requestId": "call-1",
        "purpose": "reply_draft",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100},
        "success": True,
    },
    "XResponse": {
        "data": [{"id": _TWEET, "text": "Why does a /27 have 30 hosts?", "author_id": _ACCOUNT}],
        "includes": {"users": [{"id": _ACCOUNT, "username": "subnetsam", "name": "Subnet Sam"}]},
        "meta": {"result_count": 1},
    },
}
for _schema in ("OpportunityOut", "OpportunityState", "LeasedOpportunity"):
    WORDS[f"{_schema}.id"] = _OPPORTUNITY
