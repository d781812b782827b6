"""Whose thing each id of a request refers to. A new operation, parameter or field has to be added here."""

import re
from collections.abc import Iterator
from typing import Any

from tests.attacks import places
from tests.contract import calls
from tests.contract.calls import Call

MINE = "the learner's own"
SHARED = "everybody's who may call the operation"
LEASED = "of whoever has the token of its lease"
NAMED = "a name that the caller has given, and nobody else's: test_outcomes, test_offline"
IN_A_LIST = "the learner's own, in a list of answers: test_offline"
PROOF = "itself the proof of who sends it"

# What a body of X refers to.
FROM_X = dict.fromkeys(("author_id", "conversation_id", "in_reply_to_user_id", "edit_history_tweet_ids"), SHARED)
WHOSE: dict[str, dict[str, dict[str, str]]] = {
    "study": {
        "signInWithGoogle": {"credential": PROOF},
        "refreshTokens": {"refreshToken": PROOF},
        "changeUser": {"userId": SHARED},
        "giveExtraTime": {"userId": SHARED},
        "addExam": {"vendorId": SHARED},
        "getExam": {"examId": SHARED},
        "changeExam": {"examId": SHARED, "vendorId": SHARED},
        "retireExam": {"examId": SHARED},
        "listObjectives": {"examId": SHARED},
        "addObjective": {"examId": SHARED},
        "changeObjective": {"examId": SHARED, "objectiveId": SHARED},
        "retireObjective": {"examId": SHARED, "objectiveId": SHARED},
        "listQuestions": {"examId": SHARED, "objectiveId": SHARED},
        "addQuestion": {"examId": SHARED, "objectiveId": SHARED},
        "listQueue": {"examId": SHARED},
        "exportQuestions": {"examId": SHARED},
        "listLosses": {"examId": SHARED},
        "deleteQuestion": {"questionId": SHARED},
        "restoreQuestion": {"questionId": SHARED},
        "getQuestion": {"questionId": SHARED},
        "editQuestion": {"questionId": SHARED, "objectiveId": SHARED, "id": SHARED},
        "listVersions": {"questionId": SHARED},
        "reviewVersion": {"questionId": SHARED, "version": SHARED},
        "reviewQuestion": {"questionId": SHARED},
        "listReviews": {"questionId": SHARED},
        "importQuestions": {"examId": SHARED},
        "pickQuestions": {"examId": SHARED, "objectiveIds": SHARED},
        "answerQuestion": {"questionId": SHARED, "studySessionId": MINE},
        "answerQuestions": {"clientId": NAMED, "questionId": SHARED, "studySessionId": IN_A_LIST},
        "startSession": {"examId": SHARED, "objectiveIds": SHARED},
        "getSession": {"sessionId": MINE},
        "pauseSession": {"sessionId": MINE},
        "resumeSession": {"sessionId": MINE},
        "completeSession": {"sessionId": MINE},
        "abandonSession": {"sessionId": MINE},
        "putBookmark": {"questionId": SHARED},
        "removeBookmark": {"questionId": SHARED},
        "listBookmarks": {"examId": SHARED},
        "addFlag": {"questionId": SHARED},
        "listFlags": {"questionId": SHARED},
        "resolveFlags": {"questionId": SHARED},
        "listDue": {"examId": SHARED},
        "startTest": {"examId": SHARED},
        "getTest": {"attemptId": MINE},
        "saveChoice": {"attemptId": MINE, "questionId": SHARED},
        "submitTest": {"attemptId": MINE},
        "getResult": {"attemptId": MINE},
        "extendTest": {"attemptId": SHARED},
        "regradeTest": {"attemptId": SHARED},
        "getProgress": {"examId": SHARED},
        "getLeaderboard": {"examId": SHARED},
        "listQuestionStatistics": {"examId": SHARED},
        "getExamStatistics": {"examId": SHARED},
        "listAuditEntries": {"entityId": SHARED, "userId": SHARED},
        "getRequest": {"key": NAMED},
    },
    "growth": {
        "putAccount": {"accountId": SHARED},
        "getAccount": {"accountId": SHARED},
        "ingestAccounts": {**FROM_X, "id": SHARED},
        "listTweets": {"accountId": SHARED, "conversationId": SHARED},
        "ingestTweets": {**FROM_X, "accountId": SHARED, "id": SHARED, "sinceId": SHARED, "untilId": SHARED},
        "putAnalysis": {"tweetId": SHARED},
        "getTweet": {"tweetId": SHARED},
        "addOpportunity": {"tweetId": SHARED},
        "getOpportunity": {"opportunityId": SHARED},
        "editOpportunity": {"opportunityId": SHARED},
        "undoDecision": {"opportunityId": SHARED},
        "approveOpportunity": {"opportunityId": SHARED},
        "rejectOpportunity": {"opportunityId": SHARED},
        "reportExecuted": {"opportunityId": LEASED, "leaseToken": PROOF, "resultTweetId": SHARED},
        "reportFailed": {"opportunityId": LEASED, "leaseToken": PROOF},
        "renewLease": {"opportunityId": LEASED, "leaseToken": PROOF},
        "releaseLease": {"opportunityId": LEASED, "leaseToken": PROOF},
        "reconcileOpportunity": {"opportunityId": SHARED, "resultTweetId": SHARED},
        **{
            name: {"profileId": SHARED}
            for name in ("getVoice", "replaceVoice", "changeVoice", "deleteVoice", "listVoiceVersions", "activateVoice")
        },
        "scoreDraft": {"profileId": SHARED},
        "putMetric": {"date": SHARED},
        "getMetric": {"date": SHARED},
        "removeMetric": {"date": SHARED},
        "putBudget": {"budgetName": SHARED},
        "getBudget": {"budgetName": SHARED},
        "listHolds": {"budgetName": SHARED},
        "addHold": {"budgetName": SHARED, "requestId": SHARED},
        "getHold": {"holdId": SHARED},
        "settleHold": {"holdId": SHARED},
        "releaseHold": {"holdId": SHARED},
        "recordGenerations": {
            **dict.fromkeys(("examId", "objectiveId", "questionIds", "tweetId", "opportunityId", "userId"), SHARED),
            **dict.fromkeys(("requestId", "responseId"), SHARED),
        },
        "listGenerations": {"examId": SHARED, "userId": SHARED},
        "getGeneration": {"requestId": SHARED},
        "listAuditEntries": {"entityId": SHARED, "userId": SHARED},
        "getRequest": {"key": NAMED},
    },
}
_NAMES_A_THING = re.compile(r"id|.*(Ids?|_ids?|Token)|credential")


def references(document: dict[str, Any], call: Call) -> set[str]:
    """What a request of this call refers to: the parts of its path, and each id or token in its query and body."""
    query = {parameter["name"] for parameter in call.doc["parameters"] if parameter.get("in") == "query"}
    body = {name for _, form in places.objects(places.schema_of(document, call)) for name in form["properties"]}
    return {*call.values, *filter(_NAMES_A_THING.fullmatch, query | body)}


def owned(document: dict[str, Any], service: str, owner: str) -> Iterator[tuple[Call, str]]:
    """The calls with a reference to what has this kind of owner."""
    for call in calls.of(document):
        for reference, whose in WHOSE[service].get(call.name, {}).items():
            if whose == owner:
                yield call, reference
