"""Learners who answer questions, and a bot that books AI calls and drafts replies, without a pause."""

import datetime as dt
import itertools
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.exam_bank import EXAM, Bank, Chosen
from tests.faults.hosts import Service
from tests.soak.services.clients import Client, Met

LEARNERS = 6
_THREADS_OF_LEARNERS, _THREADS_OF_THE_BOT = 3, 2
_QUESTIONS = 40  # few, so that learners have many attempts at each
_ANSWER_PAUSE_S, _BOT_PAUSE_S = 0.15, 0.4
_TWEETS_FROM = 1_990_000_000_000_000_000
_AUTHOR = "1990000000000000002"


@dataclass(frozen=True, slots=True)
class Answer:
    """As it was sent."""

    user: int
    question: int
    chosen: Chosen


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer as it was acknowledged."""

    id: int
    attempt: int
    is_correct: bool
    answer: Answer


@dataclass
class Deeds:
    """What was acknowledged, and in `unknown` what was sent up to the end without an acknowledgement: the answers, and
    the ids of calls and of tweets. Calls have their costs in nano-dollars; drafts, by their ids, their tweets.
    """

    answers: list[Graded] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    tweets: set[str] = field(default_factory=set)
    drafts: dict[str, str] = field(default_factory=dict)
    unknown: list[Answer | str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether there is something of each kind."""
        return bool(self.answers and self.calls and self.tweets and self.drafts)


class People:
    """All who use the services, in a handful of threads."""

    def __init__(self, study: Service, growth: Service, bank: Bank) -> None:
        self.met, self.deeds = Met(), Deeds()
        self.bank = bank
        self._study, self._growth = study, growth
        self._questions = list(bank)[:_QUESTIONS]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        learning = [threading.Thread(target=self._learn, args=[place]) for place in range(_THREADS_OF_LEARNERS)]
        threads = learning + [threading.Thread(target=self._engage, args=[n]) for n in range(_THREADS_OF_THE_BOT)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.met.end()
            for thread in threads:
                thread.join()

    def _learn(self, place: int) -> None:
        """Answer as one of the learners, and look at her progress. Other threads do it for the same learners."""
        learners = {user: Client(self._study, user, "user", self.met) for user in range(1, LEARNERS + 1)}
        for n in itertools.count():
            if self.met.over.wait(_ANSWER_PAUSE_S):
                return
            answer = self._answer()
            learner = learners[answer.user]
            acknowledged = learner.write("/api/study/answer", self._body(answer), 200, key=f"answer-{place}-{n}")
            if acknowledged is None:
                self.deeds.unknown.append(answer)
            else:
                self._graded(learner, answer, acknowledged["result"])

    def _graded(self, learner: Client, answer: Answer, result: dict[str, Any]) -> None:
        graded = Graded(result["answerId"], result["attemptNumber"], result["isCorrect"], answer)
        self.deeds.answers.append(graded)
        seen = result["progress"]["totalQuestionsSeen"]
        learner.read_back(f"/api/progress/exams/{EXAM}", lambda shown: shown["totalQuestionsSeen"] >= seen)

    def _answer(self) -> Answer:
        question = random.choice(self._questions)
        key = self.bank[question]
        chosen = key.right if random.random() < 0.7 else frozenset({random.choice(sorted(key.wrong))})
        return Answer(random.randint(1, LEARNERS), question, chosen)

    def _body(self, answer: Answer) -> dict[str, Any]:
        several = self.bank[answer.question].several
        selected = sorted(answer.chosen) if several else min(answer.chosen)
        return {"questionId": answer.question, "selectedAnswer": selected, "timeSpentSeconds": random.randint(1, 90)}

    def _engage(self, place: int) -> None:
        """Book a call, file a tweet and draft a reply to it, and look at the call and the draft."""
        bot = Client(self._growth, "bot", "service", self.met)
        for n in itertools.count():
            if self.met.over.wait(_BOT_PAUSE_S):
                return
            self._book(bot, f"call-{place}-{n}", 1000 + n)
            tweet = str(_TWEETS_FROM + 10 * n + place)
            if self._file(bot, tweet):
                self._draft(bot, tweet)

    def _book(self, bot: Client, call: str, nanousd: int) -> None:
        body = {"requestId": call, "purpose": "reply", "model": "m", "success": True, "billedUsd": nanousd / 1e9}
        acknowledged = bot.write("/api/ai/generations", body, 201)
        if acknowledged is None:
            self.deeds.unknown.append(call)
            return
        self.deeds.calls[call] = round(acknowledged["costUsd"] * 1e9)
        bot.read_back(f"/api/ai/generations/{call}", lambda shown: shown["requestId"] == call)

    def _file(self, bot: Client, tweet: str) -> bool:
        created_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        post = {"id": tweet, "author_id": _AUTHOR, "text": f"How many hosts has /{tweet}?", "created_at": created_at}
        body = {"data": post, "includes": {"users": [{"id": _AUTHOR, "username": "jack", "name": "Jack"}]}}
        if bot.write("/api/twitter/tweets", body, 200, key=f"tweet-{tweet}") is None:
            self.deeds.unknown.append(tweet)
            return False
        self.deeds.tweets.add(tweet)
        return True

    def _draft(self, bot: Client, tweet: str) -> None:
        body = {"tweetId": tweet, "opportunityType": "reply", "relevanceScore": 1, "suggestedResponse": "62"}
        acknowledged = bot.write("/api/twitter/opportunities", body, 201, key=f"draft-{tweet}")
        if acknowledged is None:
            self.deeds.unknown.append(tweet)
            return
        draft = acknowledged["id"]
        self.deeds.drafts[draft] = tweet
        bot.read_back(f"/api/twitter/opportunities/{draft}", lambda shown: shown["tweetId"] == tweet)
