// A client of both services, as a frontend and a bot would write it. It is compiled with `tsc --strict` against types made
// from the two OpenAPI documents, then run against the services. It has to call every operation of both.

import createClient from "openapi-fetch";
import type { components as GrowthParts, paths as Growth } from "growth-api";
import type { components as StudyParts, paths as Study } from "study-api";

declare const process: { env: Record<string, string | undefined> };

type Question = StudyParts["schemas"]["ServedQuestion"];
type Selected = StudyParts["schemas"]["AnswerIn"]["selectedAnswer"];
type Session = StudyParts["schemas"]["SessionOut"];
type Opportunity = GrowthParts["schemas"]["OpportunityState"];

const commas = { array: { style: "form", explode: false } } as const;

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function client<Paths extends {}>(service: "STUDY" | "GROWTH", role: string) {
  const headers = { Authorization: `Bearer ${setting(`${service}_${role}_TOKEN`)}` };
  return createClient<Paths>({ baseUrl: setting(`${service}_URL`), headers, querySerializer: commas });
}

// The body of an answer, or an error that names the problem.
function body<Data>(answer: { data?: Data; error?: { code: string; detail?: string } }): Data {
  if (answer.error !== undefined) throw new Error(`${answer.error.code}: ${answer.error.detail ?? "no detail"}`);
  if (answer.data === undefined) throw new Error("no body");
  return answer.data;
}

function expect(condition: boolean, text: string): asserts condition {
  if (!condition) throw new Error(text);
}

async function catalog(): Promise<number> {
  const admin = client<Study>("STUDY", "ADMIN");
  const exam = body(
    await admin.POST("/api/exams", {
      body: { vendorId: "acme", code: "C-1", name: "Cables" },
      params: { header: { "Idempotency-Key": "exam-1" } },
    }),
  );
  const path = { examId: exam.id };
  const changed = body(await admin.PATCH("/api/exams/{examId}", { params: { path }, body: { passingScore: 0.7 } }));
  expect(changed.passingScore.toFixed(2) === "0.70", "the passing score is a number");
  const objective = body(
    await admin.POST("/api/exams/{examId}/objectives", { params: { path }, body: { code: "1", name: "Copper" } }),
  );
  const inner = { examId: exam.id, objectiveId: objective.id };
  body(
    await admin.PATCH("/api/exams/{examId}/objectives/{objectiveId}", { params: { path: inner }, body: { weight: 1 } }),
  );
  const listed = body(await admin.GET("/api/exams/{examId}/objectives", { params: { path } }));
  expect(listed.objectives.map((one) => one.weight).join() === "1", "one objective of weight 1");
  const gone = await admin.DELETE("/api/exams/{examId}/objectives/{objectiveId}", { params: { path: inner } });
  expect(gone.response.status === 204, "the objective is retired");
  expect((await admin.DELETE("/api/exams/{examId}", { params: { path } })).response.status === 204, "and the exam");
  const { error } = await admin.GET("/api/exams/{examId}", { params: { path } });
  expect(error?.code === "NOT_FOUND", "a retired exam is not there");
  const first = body(await admin.GET("/api/exams", { params: { query: { limit: 1 } } })).exams[0];
  expect(first !== undefined, "there is an exam");
  const shown = body(await admin.GET("/api/exams/{examId}", { params: { path: { examId: first.id } } }));
  expect(shown.description === null || shown.description.length > 0, "a description is null or a text");
  return shown.id;
}

async function questions(examId: number): Promise<void> {
  const moderator = client<Study>("STUDY", "ADMIN");
  const report = body(
    await moderator.POST("/api/questions/import", {
      params: { query: { format: "gift", examId, reviewStatus: "approved", partial: true } },
      body: "A patch cable is a cable. {T}",
      headers: { "Content-Type": "text/plain" },
      bodySerializer: (text: unknown) => String(text),
    }),
  );
  if (typeof report === "string") throw new Error("nobody has asked for lines");
  expect(report.errors.every((wrong) => wrong.message !== ""), "each error has a message");
  const refused = await moderator.POST("/api/questions/import", {
    params: { query: { format: "pingtopass" } },
    body: {},
  });
  expect(refused.error?.code === "VALIDATION_FAILED", "an empty file is refused");
  const query = { examId, format: "gift" as const };
  const file = await moderator.GET("/api/questions/export", { params: { query }, parseAs: "text" });
  expect(String(file.data).includes("A patch cable is a cable."), "what was imported is exported");
  const lost = body(await moderator.GET("/api/questions/export/losses", { params: { query } }));
  expect(lost.questions > 0 && lost.losses.every((loss) => loss.message !== ""), "each loss has a message");
  const objective = body(await moderator.GET("/api/exams/{examId}/objectives", { params: { path: { examId } } })).objectives[0];
  expect(objective !== undefined, "there is an objective");
  const added = body(
    await moderator.POST("/api/questions", {
      params: { header: { "Idempotency-Key": "question-1" } },
      body: {
        examId,
        objectiveId: objective.id,
        text: "Is a fibre cable made of glass?",
        type: "true_false",
        answers: [
          { text: "True", isCorrect: true },
          { text: "False", isCorrect: false },
        ],
        aiModel: "gpt-4o-mini",
        aiConfidenceScore: 0.5,
      },
    }),
  );
  expect(added.warnings.every((one) => one.code === "RESEMBLES" && one.similarity >= 0.7), "what resembles it");
  expect(added.reviewStatus === "pending" && added.createdBy !== null, "it waits for a review");
  const own = { path: { questionId: added.id }, header: { "If-Match": "*" } };
  expect((await moderator.DELETE("/api/questions/{questionId}", { params: own })).response.status === 204, "deleted");
  const back = await moderator.POST("/api/questions/{questionId}/restore", { params: { path: own.path }, body: {} });
  expect(body(back).isActive, "and restored");
  const words = body(await moderator.GET("/api/questions", { params: { query: { examId, q: "glass fibre" } } }));
  expect(words.questions[0]?.highlights["text"]?.includes("<mark>") === true, "found by its words");
  const queue = body(await moderator.GET("/api/questions/queue", { params: { query: { examId, limit: 5 } } }));
  expect(queue.questions.every((one) => one.trouble > 0 && one.reasons.length > 0), "each has its reasons");
  const page = body(await moderator.GET("/api/questions", { params: { query: { reviewStatus: "approved", limit: 1 } } }));
  const question = page.questions[0];
  expect(question !== undefined, "there is a question");
  const path = { questionId: question.id };
  const reviewed = body(
    await moderator.PUT("/api/questions/{questionId}/review", { params: { path }, body: { status: "approved" } }),
  );
  expect(reviewed.reviewStatus === "approved", "it is approved");
  const several: StudyParts["schemas"]["ReviewsIn"] = { ids: [question.id, added.id, 999999], status: "approved" };
  const { reviews } = body(await moderator.POST("/api/questions/review", { body: several }));
  expect(reviews.map((one) => one.outcome).join() === "unchanged,reviewed,refused", "each has its own outcome");
  expect(reviews[2]?.problem?.code === "NOT_FOUND", "and says why");
  const history = body(await moderator.GET("/api/questions/{questionId}/reviews", { params: { path } })).reviews;
  expect(history[0]?.status === "approved" && history[0].reviewedBy === reviewed.reviewedBy, "who approved it");
  const shown = await moderator.GET("/api/questions/{questionId}", { params: { path } });
  expect(body(shown).answers.some((option) => option.isCorrect), "a moderator sees the key");
  const header = { "If-Match": shown.response.headers.get("ETag") ?? "" };
  const proposed = await moderator.PATCH("/api/questions/{questionId}", {
    params: { path, header },
    body: { text: "Is a patch cable a cable?", aiModel: "gpt-4o-mini" },
  });
  expect(proposed.response.status === 202, "an edit by a model waits");
  const edited = body(
    await moderator.PATCH("/api/questions/{questionId}", {
      params: { path, header },
      body: { explanation: "It is short", answers: body(shown).answers.map(({ id, text, isCorrect }) => ({ id, text, isCorrect })) },
    }),
  );
  expect(edited.version === 1, "what is asked has not changed");
  const late = await moderator.PATCH("/api/questions/{questionId}", { params: { path, header }, body: { difficulty: 1 } });
  expect(late.error?.code === "PRECONDITION_FAILED", "somebody else was faster");
  const { versions } = body(await moderator.GET("/api/questions/{questionId}/versions", { params: { path } }));
  const waiting = versions[0];
  expect(waiting !== undefined && waiting.aiModel === "gpt-4o-mini", "the latest is first");
  const rejected = await moderator.PUT("/api/questions/{questionId}/versions/{version}/review", {
    params: { path: { ...path, version: waiting.version } },
    body: { status: "rejected", feedback: "It says the same" },
  });
  expect(body(rejected).reviewStatus === "rejected", "and goes no further");
}

function choose(question: Question): Selected {
  const ids = question.answers.map((option) => option.id);
  switch (question.type) {
    case "multi_select":
      return ids;
    case "multiple_choice":
    case "true_false":
      return ids[0] ?? "";
    case "drag_drop": {
      const target = question.targets?.[0];
      return target === undefined ? ids : ids.map((id) => [id, target.id]);
    }
    case "hotspot":
      return { x: question.imageWidth / 2, y: question.imageHeight / 2 };
    case "short_answer":
      return "no one";
    case "numeric":
      return `10 ${question.unit ?? ""}`;
  }
}

async function bookmarks(examId: number, questionId: number): Promise<void> {
  const learner = client<Study>("STUDY", "LEARNER");
  const params = { path: { questionId } };
  const marked = body(await learner.PUT("/api/questions/{questionId}/bookmark", { params }));
  expect(marked.questionId === questionId && marked.text !== "", "it is marked");
  const page = body(await learner.GET("/api/bookmarks", { params: { query: { examId } } }));
  expect(page.bookmarks.some((one) => one.questionId === questionId), "and listed");
  const drill = body(
    await learner.POST("/api/study/sessions", { body: { examId, mode: "speed_drill", only: "bookmarked" } }),
  );
  expect(drill.questions.length === 1 && drill.timeBoxEndsAt !== null, "and asked, in a time box");
  const given = { params: { path: { sessionId: drill.id } }, body: {} };
  const abandoned = body(await learner.POST("/api/study/sessions/{sessionId}/abandon", given));
  expect(abandoned.status === "abandoned", "it is abandoned");
  const gone = await learner.DELETE("/api/questions/{questionId}/bookmark", { params });
  expect(gone.response.status === 204, "the mark is gone");
}

async function flags(questionId: number): Promise<void> {
  const learner = client<Study>("STUDY", "LEARNER");
  const moderator = client<Study>("STUDY", "ADMIN");
  const params = { path: { questionId } };
  const flag = await learner.POST("/api/questions/{questionId}/flags", {
    params,
    body: { reason: "unclear", comment: "Which layer?" },
  });
  expect(body(flag).resolution === null && flag.response.status === 201, "it waits for a moderator");
  const shown = body(await moderator.GET("/api/questions/{questionId}/flags", { params }));
  expect(shown.flags.some((one) => one.comment === "Which layer?"), "who sees it");
  const page = body(await moderator.GET("/api/questions", { params: { query: { flagged: true, limit: 100 } } }));
  expect(page.questions.some((one) => one.id === questionId && one.openFlags > 0), "in a list, too");
  const resolved = body(
    await moderator.POST("/api/questions/{questionId}/flags/resolve", {
      params,
      body: { resolution: "fixed", note: "The second" },
    }),
  );
  expect(resolved.resolved > 0, "and mends the question");
  const own = body(await learner.GET("/api/flags", { params: { query: { limit: 1 } } }));
  expect(own.flags[0]?.note === "The second", "and the learner is told");
}

async function study(examId: number): Promise<void> {
  const learner = client<Study>("STUDY", "LEARNER");
  const me = body(await learner.GET("/api/auth/me"));
  expect(me.role === "user" && me.picture?.length !== 0, "a learner is a user");
  const some = await learner.GET("/api/study/questions", {
    params: { query: { examId, objectiveIds: [1, 2], mode: "practice", difficultyMin: 1 } },
  });
  expect(body(some).questions.length > 0, "there is something to study");
  const due = body(await learner.GET("/api/study/reviews", { params: { query: { examId } } }));
  expect(due.forecast.length === 30 && due.dueCount >= due.questions.length, "and what is due, by days");
  const session: Session & { questions: Question[] } = body(
    await learner.POST("/api/study/sessions", { body: { examId, questionCount: 2, difficulty: { max: 5 } } }),
  );
  for (const question of session.questions) {
    const answer = await learner.POST("/api/study/answer", {
      params: { header: { "Idempotency-Key": `answer-${question.id}` } },
      body: {
        questionId: question.id,
        selectedAnswer: choose(question),
        timeSpentSeconds: 12,
        studySessionId: session.id,
      },
    });
    const { result } = body(answer);
    expect(result.correctAnswer !== "" && result.session?.id === session.id, "the key, and the session");
    expect(new Date(result.session?.lastActivity ?? "").getTime() > 0, "a time");
  }
  const first = session.questions[0];
  expect(first !== undefined, "a question");
  const told = body(await learner.GET("/api/requests/{key}", { params: { path: { key: `answer-${first.id}` } } }));
  expect(told.status === "done" && told.statusCode === 200 && told.body !== null, "what became of an answer");
  const item = { clientId: "phone-1", answeredAt: new Date().toISOString(), questionId: first.id, timeSpentSeconds: 5 };
  const { answers } = body(
    await learner.POST("/api/study/answers", {
      body: {
        answers: [
          { ...item, selectedAnswer: choose(first) },
          { ...item, clientId: "phone-2", selectedAnswer: "nothing" },
        ],
      },
    }),
  );
  expect(answers[0]?.status === "recorded" && answers[0].result?.attemptNumber === 2, "an answer given offline");
  expect(answers[1]?.problem?.code === "VALIDATION_FAILED" && answers[1].result === null, "a wrong one holds up no other");
  const path = { sessionId: session.id };
  const paused = body(await learner.POST("/api/study/sessions/{sessionId}/pause", { params: { path }, body: {} }));
  expect(paused.status === "paused", "it is paused");
  const resumed = body(await learner.POST("/api/study/sessions/{sessionId}/resume", { params: { path }, body: {} }));
  expect(resumed.questions.map((one) => one.id).join() === session.questions.map((one) => one.id).join(), "in order");
  expect(resumed.answers.every((one) => one.correctAnswer !== null), "the keys of what is answered");
  await bookmarks(examId, session.questions[0]?.id ?? 0);
  await flags(session.questions[0]?.id ?? 0);
  const done = body(await learner.POST("/api/study/sessions/{sessionId}/complete", { params: { path }, body: {} }));
  expect(done.status === "completed" && (done.accuracy ?? 0) >= 0, "it is completed");
  const over = await learner.POST("/api/study/sessions/{sessionId}/complete", { params: { path }, body: {} });
  expect(over.error?.code === "CONFLICT" && over.error.status === 409, "only once");
  const full = body(await learner.GET("/api/study/sessions/{sessionId}", { params: { path } }));
  expect(Object.values(full.objectiveScores).every((score) => score <= 1), "scores by objective");
  const page = body(await learner.GET("/api/study/sessions", { params: { query: { limit: 1 } } }));
  expect(page.sessions.length === 1 && page.next !== undefined, "a page");
  const { progress } = body(await learner.GET("/api/progress"));
  expect(progress.every((one) => one.lastStudyDate !== null), "studied today");
  const detailed = body(await learner.GET("/api/progress/exams/{examId}", { params: { path: { examId } } }));
  expect(detailed.objectives.some((objective) => objective.questionsAnswered > 0), "by objective");
  const { score, low, high, enoughData, reasons } = detailed.readiness;
  expect(score === null || ((low ?? 1) <= score && score <= (high ?? 0)), "a score in its interval");
  expect(!enoughData && reasons.length > 0 && detailed.predictedScore === null, "too few answers, and it says so");
  expect(detailed.nextObjectives.every((next) => next.possibleGain > 0), "what comes next");
  const board = body(await learner.GET("/api/exams/{examId}/leaderboard", { params: { path: { examId } } }));
  expect(board.learners.length === 0 && board.reason !== null, "nobody on the board, and it says why");
}

async function statistics(examId: number): Promise<void> {
  const moderator = client<Study>("STUDY", "ADMIN");
  const query = { examId, order: "miskeyed", versions: "all", limit: 50 } as const;
  const page = body(await moderator.GET("/api/analytics/questions", { params: { query } }));
  const answered = page.questions.filter((question) => question.attempts > 0);
  expect(page.upToDate && answered.length > 0, "what was answered is measured");
  for (const question of answered) {
    expect(question.successRate !== null && question.measuredAt !== null, "a share");
    expect(question.discriminationIndex !== null || question.discriminationReason !== null, "a number or a reason");
    expect(question.options.every((option) => option.count <= question.attempts), "counts by option");
  }
  const path = { examId };
  const exam = body(await moderator.GET("/api/analytics/exams/{examId}", { params: { path, query: {} } }));
  expect(exam.alpha !== null || exam.alphaReason !== null, "alpha or a reason");
  expect(exam.parameters.every((item) => item.a !== null || item.reason !== null), "parameters or a reason");
}

async function sit(examId: number): Promise<void> {
  const learner = client<Study>("STUDY", "LEARNER");
  const begun = await learner.POST("/api/tests", { body: { examId, questionCount: 2, timeLimitMinutes: 5 } });
  expect(begun.response.status === 201, "a new test");
  const test = body(begun);
  const again = await learner.POST("/api/tests", { body: { examId } });
  expect(again.response.status === 200 && body(again).id === test.id, "a second click is harmless");
  for (const [place, question] of test.questions.entries()) {
    const path = { attemptId: test.id, questionId: question.id };
    const choice = { selectedAnswer: choose(question), timeSpentSeconds: 5, flagged: place === 0, sequence: 1 };
    const kept = body(await learner.PUT("/api/tests/{attemptId}/answers/{questionId}", { params: { path }, body: choice }));
    expect(kept.flagged === choice.flagged && kept.sequence === 1 && kept.selectedAnswer !== null, "it is kept");
  }
  const changing = test.questions[0];
  expect(changing !== undefined, "a question");
  const place = { attemptId: test.id, questionId: changing.id };
  const change = { selectedAnswer: null, timeSpentSeconds: 9, flagged: false, sequence: 3 };
  const cleared = body(
    await learner.PUT("/api/tests/{attemptId}/answers/{questionId}", { params: { path: place }, body: change }),
  );
  expect(cleared.selectedAnswer === null && !cleared.flagged && cleared.timeSpentSeconds === 9, "taken back");
  const overtaken = { selectedAnswer: choose(changing), timeSpentSeconds: 6, flagged: true, sequence: 2 };
  const kept = body(
    await learner.PUT("/api/tests/{attemptId}/answers/{questionId}", { params: { path: place }, body: overtaken }),
  );
  expect(kept.selectedAnswer === null && !kept.flagged && kept.sequence === 3, "what comes late changes nothing");
  const later = { ...overtaken, sequence: 4 };
  const changed = body(
    await learner.PUT("/api/tests/{attemptId}/answers/{questionId}", { params: { path: place }, body: later }),
  );
  expect(changed.selectedAnswer !== null && changed.flagged && changed.timeSpentSeconds === 9, "chosen once more");
  const path = { attemptId: test.id };
  const running = await learner.GET("/api/tests/{attemptId}/result", { params: { path } });
  expect(running.error?.code === "CONFLICT", "no result yet");
  const resumed = body(await learner.GET("/api/tests/{attemptId}", { params: { path } }));
  expect(resumed.answers.length === test.questions.length && resumed.expiresAt !== null, "what was chosen is there");
  const admin = client<Study>("STUDY", "ADMIN");
  const extended = body(
    await admin.PUT("/api/tests/{attemptId}/accommodation", { params: { path }, body: { extraTimeFactor: 1.5 } }),
  );
  expect(extended.expiresAt > (test.expiresAt ?? ""), "more time");
  const header = { "Idempotency-Key": `submit-${test.id}` };
  const result = body(await learner.POST("/api/tests/{attemptId}/submit", { params: { path, header }, body: {} }));
  const twice = body(await learner.POST("/api/tests/{attemptId}/submit", { params: { path, header }, body: {} }));
  expect(twice.gradedAt === result.gradedAt && twice.number === 1, "a second click is harmless");
  const told = body(await learner.GET("/api/requests/{key}", { params: { path: { key: header["Idempotency-Key"] } } }));
  expect(told.status === "done" && told.statusCode === 200, "what became of it");
  expect((result.score ?? -1) >= 0 && result.skippedCount === 0 && result.passed !== null, "it has a score");
  const reviewed = body(await learner.GET("/api/tests/{attemptId}/result", { params: { path } }));
  expect(reviewed.questions.every((one) => one.correctAnswer !== null), "and the keys");
  expect(Object.values(reviewed.objectiveBreakdown ?? {}).every((one) => one.total > 0), "by objective");
  const question = test.questions[0];
  expect(question !== undefined, "there was a question");
  const late = await learner.PUT("/api/tests/{attemptId}/answers/{questionId}", {
    params: { path: { ...path, questionId: question.id } },
    body: { selectedAnswer: null, timeSpentSeconds: 1 },
  });
  expect(late.error?.code === "CONFLICT" || late.error?.code === "TIME_OVER", "it is over");
  const listed = body(await learner.GET("/api/tests", { params: { query: { limit: 1 } } }));
  expect(listed.tests[0]?.status === "completed", "in the list");
  const regraded = body(await admin.POST("/api/tests/{attemptId}/regrade", { params: { path }, body: {} }));
  expect(regraded.number === 2 && regraded.earlier.length === 1, "a second result");
  const ended = await admin.PUT("/api/tests/{attemptId}/accommodation", { params: { path }, body: { extraTimeFactor: 1.5 } });
  expect(ended.error?.code === "CONFLICT", "no more time for it");
  const me = body(await learner.GET("/api/auth/me"));
  const granted = body(
    await admin.PUT("/api/users/{userId}/accommodations", {
      params: { path: { userId: me.id } },
      body: { extraTimeFactor: 1 },
    }),
  );
  expect(granted.extraTimeFactor === 1 && me.plan.usedThisMonth > 0, "none needed");
}

// A newcomer signs in, stays signed in, says who they are, and leaves. Their id.
async function newcomer(): Promise<number> {
  const baseUrl = setting("STUDY_URL");
  const page = createClient<Study>({ baseUrl });
  const first = body(
    await page.POST("/api/auth/google", {
      body: { credential: setting("CREDENTIAL"), nonce: "n-1", ref: "newsletter" },
      params: { header: { "Idempotency-Key": "sign-in-1" } },
    }),
  );
  expect(first.user.role === "user" && first.user.email === "new@x.example", "a newcomer is a user");
  const next = body(await page.POST("/api/auth/refresh", { body: { refreshToken: first.refreshToken } }));
  expect(new Date(next.expiresAt).getTime() > Date.now(), "the next token counts for a while");
  const signedIn = createClient<Study>({ baseUrl, headers: { Authorization: `Bearer ${next.token}` } });
  const me = body(
    await signedIn.PATCH("/api/auth/me", { body: { name: "Ada", timezone: "Europe/Berlin", examDates: {} } }),
  );
  expect(me.id === next.user.id && me.name === "Ada" && me.timezone === "Europe/Berlin", "what was changed");
  expect((await signedIn.POST("/api/auth/logout", { body: {} })).response.status === 204, "out");
  const { error } = await signedIn.GET("/api/auth/me");
  expect(error?.code === "TOKEN_INVALID", "a token ends with its sign-in");
  const again = await page.POST("/api/auth/refresh", { body: { refreshToken: next.refreshToken } });
  expect(again.error?.code === "TOKEN_INVALID", "and so does the refresh token");
  return me.id;
}

async function people(): Promise<number> {
  const userId = await newcomer();
  const admin = client<Study>("STUDY", "ADMIN");
  const { users } = body(await admin.GET("/api/users", { params: { query: { q: "new@x" } } }));
  expect(users.length === 1 && users[0]?.id === userId && users[0].loginCount === 1, "found by e-mail");
  const changed = body(
    await admin.PATCH("/api/users/{userId}", {
      params: { path: { userId } },
      body: { subscriptionStatus: "premium", subscriptionExpiresAt: null },
    }),
  );
  expect(changed.subscriptionStatus === "premium" && changed.subscriptionExpiresAt === null, "premium for good");
  const query = { entityType: "user", entityId: String(userId) };
  const { entries } = body(await admin.GET("/api/audit", { params: { query } }));
  expect(entries[0]?.action === "user.change" && entries[0].newValues?.subscription_status === "premium", "logged");
  return userId;
}

const ACCOUNT = "1723789047364882208";

async function ingest(): Promise<string> {
  const bot = client<Growth>("GROWTH", "BOT");
  const put = await bot.PUT("/api/twitter/accounts/{accountId}", {
    params: { path: { accountId: ACCOUNT } },
    body: { username: "subnetsam", kind: "target" },
  });
  expect(body(put).kind === "target", "the kind of the account");
  const { accounts } = body(await bot.GET("/api/twitter/accounts", { params: { query: { kind: "target" } } }));
  expect(accounts.some((account) => account.id === ACCOUNT && account.bio === null), "an account without a bio");
  const taken = await bot.POST("/api/twitter/tweets", {
    params: { query: { accountId: ACCOUNT } },
    body: { data: [{ id: "77", text: "Why 30 hosts?" }, { id: "78", text: "Why not 32?" }] },
  });
  expect(body(taken).tweets.created === 2, "two tweets");
  const { tweets } = body(await bot.GET("/api/twitter/tweets", { params: { query: { limit: 5 } } }));
  const tweetId = tweets[0]?.id ?? "";
  const tweet = body(await bot.GET("/api/twitter/tweets/{tweetId}", { params: { path: { tweetId } } }));
  expect((tweet.metrics?.likes ?? 0) >= 0, "likes");
  expect(tweet.author.id === ACCOUNT && tweet.parent === null && tweet.metricsHistory.length === 0, "its surroundings");
  const analysed = await bot.PUT("/api/twitter/tweets/{tweetId}/analysis", {
    params: { path: { tweetId } },
    body: { sentiment: "curious", topics: ["subnetting"], engagementQuality: 0.8 },
  });
  expect(body(analysed).analyzedAt !== null, "analysed");
  const top = body(await bot.GET("/api/twitter/tweets/top", { params: { query: { days: 7 } } }));
  expect(top.tweets.every((one) => one.supersededBy === null), "the best of a week");
  const described = await bot.POST("/api/twitter/accounts", {
    body: { data: [{ id: ACCOUNT, username: "subnetsam" }], errors: [{ resource_type: "user", value: "9" }] },
  });
  expect(body(described).accounts.updated === 1, "an account");
  const account = body(await bot.GET("/api/twitter/accounts/{accountId}", { params: { path: { accountId: ACCOUNT } } }));
  expect(account.username === "subnetsam", "its handle");
  return tweet.id;
}

async function draft(tweetId: string, opportunityType: Opportunity["opportunityType"]): Promise<string> {
  const bot = client<Growth>("GROWTH", "BOT");
  const drafted = await bot.POST("/api/twitter/opportunities", {
    body: { tweetId, opportunityType, relevanceScore: 0.9, suggestedResponse: "32 less two" },
  });
  return body(drafted).id;
}

async function engage(tweetId: string): Promise<void> {
  const bot = client<Growth>("GROWTH", "BOT");
  const approver = client<Growth>("GROWTH", "ADMIN");
  const unwanted = { path: { opportunityId: await draft(tweetId, "quote") } };
  const rejected = await approver.POST("/api/twitter/opportunities/{opportunityId}/reject", {
    params: unwanted,
    body: { reason: "Too short" },
  });
  expect(body(rejected).rejectReason === "Too short", "the reason is kept");
  for (const kind of ["reply", "quote"] as const) {
    const path = { opportunityId: await draft(tweetId, kind) };
    const edited = await approver.PATCH("/api/twitter/opportunities/{opportunityId}", {
      params: { path },
      body: { suggestedResponse: "32 addresses, less two" },
    });
    expect(body(edited).status === "pending", "it still waits");
    const { textHash } = body(edited);
    const url = "/api/twitter/opportunities/{opportunityId}/approve";
    body(await approver.POST(url, { params: { path }, body: { textHash } }));
    const undone = await approver.POST("/api/twitter/opportunities/{opportunityId}/undo", { params: { path }, body: {} });
    expect(body(undone).decidedBy === null, "nobody has decided");
    const decision = { ids: [path.opportunityId], decision: "approve" as const };
    const many = body(await approver.POST("/api/twitter/opportunities/decide", { body: decision }));
    expect(many.decided.length === 1 && many.refused.length === 0, "one of one");
  }
  const { counts } = body(await approver.GET("/api/twitter/opportunities/counts"));
  expect(counts["approved"] === 2 && counts["rejected"] === 1, "so many are in each state");
  const waiting = await approver.GET("/api/twitter/opportunities", { params: { query: { status: "approved" } } });
  expect(body(waiting).opportunities.length === 2, "two may be sent");
  const [first, second] = body(await bot.POST("/api/twitter/opportunities/claim", { body: { limit: 2 } })).opportunities;
  expect(first !== undefined && second !== undefined, "two are leased");
  const renewed = await bot.POST("/api/twitter/opportunities/{opportunityId}/renew", {
    params: { path: { opportunityId: first.id } },
    body: { leaseToken: first.leaseToken, leaseSeconds: 900 },
  });
  expect(body(renewed).leaseExpiresAt !== first.leaseExpiresAt, "the lease lasts longer");
  const sent = await bot.POST("/api/twitter/opportunities/{opportunityId}/executed", {
    params: { path: { opportunityId: first.id } },
    body: { leaseToken: first.leaseToken, resultTweetId: "99" },
  });
  expect(body(sent).executedAt !== null, "it was sent");
  const path = { opportunityId: second.id };
  const lost = await bot.POST("/api/twitter/opportunities/{opportunityId}/failed", {
    params: { path },
    body: { leaseToken: second.leaseToken, outcome: "unknown" },
  });
  expect(body(lost).status === "unknown", "nobody knows");
  const settled = await approver.POST("/api/twitter/opportunities/{opportunityId}/reconcile", {
    params: { path },
    body: { outcome: "sent", resultTweetId: "100" },
  });
  expect(body(settled).status === "executed", "a person has looked");
  const shown = body(await approver.GET("/api/twitter/opportunities/{opportunityId}", { params: { path } }));
  expect(shown.resultTweetId === "100" && shown.leaseExpiresAt !== undefined, "what became of it");
  const spare = { path: { opportunityId: await draft(tweetId, "follow") } };
  body(await approver.POST("/api/twitter/opportunities/{opportunityId}/approve", { params: spare, body: {} }));
  const [held] = body(await bot.POST("/api/twitter/opportunities/claim", { body: { limit: 1 } })).opportunities;
  expect(held !== undefined, "one is leased");
  const released = await bot.POST("/api/twitter/opportunities/{opportunityId}/release", {
    params: spare,
    body: { leaseToken: held.leaseToken },
  });
  expect(body(released).status === "approved", "it may be sent by another");
}

async function voices(): Promise<void> {
  const bot = client<Growth>("GROWTH", "BOT");
  const admin = client<Growth>("GROWTH", "ADMIN");
  const none = await bot.GET("/api/twitter/voice-profiles/active");
  expect(none.error?.code === "NOT_FOUND", "nobody speaks yet");
  const vocabulary = { preferred: ["subnet"], avoided: ["guru"] };
  const header = { "Idempotency-Key": "voice/1" };
  const added = await admin.POST("/api/twitter/voice-profiles", { params: { header }, body: { name: "Dry", vocabulary } });
  const path = { profileId: body(added).id };
  const read = await admin.GET("/api/twitter/voice-profiles/{profileId}", { params: { path } });
  expect(body(read).version === 1, "its first version");
  const match = { "If-Match": read.response.headers.get("ETag") ?? "" };
  const changed = await admin.PATCH("/api/twitter/voice-profiles/{profileId}", {
    params: { path, header: match },
    body: { topics: ["VLANs"] },
  });
  expect(body(changed).vocabulary.preferred.join() === "subnet", "what is not sent stays");
  const stale = await admin.PUT("/api/twitter/voice-profiles/{profileId}", {
    params: { path, header: match },
    body: { name: "Lost" },
  });
  expect(stale.error?.code === "PRECONDITION_FAILED", "somebody has changed it");
  const next = { "If-Match": changed.response.headers.get("ETag") ?? "" };
  const replaced = await admin.PUT("/api/twitter/voice-profiles/{profileId}", {
    params: { path, header: next },
    body: { name: "Dry", vocabulary, topics: ["VLANs", "routing"] },
  });
  expect(body(replaced).version === 3, "its third version");
  body(await admin.POST("/api/twitter/voice-profiles/{profileId}/activate", { params: { path }, body: {} }));
  const active = body(await bot.GET("/api/twitter/voice-profiles/active"));
  expect(active.id === path.profileId && active.prompt.includes("VLANs"), "the bot knows how to speak");
  const scored = await bot.POST("/api/twitter/voice-profiles/{profileId}/score", {
    params: { path },
    body: { text: "Every subnet guru knows" },
  });
  const avoided = body(scored).reasons.find((reason) => reason.name === "avoided");
  expect(avoided?.value === 0 && avoided.weight > 0, "a word to avoid");
  const said = body(await bot.GET("/api/twitter/voice-profiles/{profileId}/versions", { params: { path } }));
  expect(said.versions.map((version) => version.version).join() === "3,2,1", "three versions");
  body(await admin.POST("/api/twitter/voice-profiles", { body: { name: "Spare" } }));
  const { voiceProfiles } = body(await bot.GET("/api/twitter/voice-profiles", { params: { query: { limit: 100 } } }));
  const other = { profileId: voiceProfiles.find((voice) => !voice.isActive)?.id ?? 0 };
  const gone = await admin.DELETE("/api/twitter/voice-profiles/{profileId}", {
    params: { path: other, header: { "If-Match": "*" } },
  });
  expect(gone.response.status === 204, "the other one is gone");
}

async function account(date: string): Promise<void> {
  const bot = client<Growth>("GROWTH", "BOT");
  const day = await bot.PUT("/api/growth/metrics/{date}", { params: { path: { date } }, body: { followersCount: 120 } });
  expect(body(day).followersCount === 120 && body(day).impressions === null, "what was not sent is null");
  const { metrics } = body(await bot.GET("/api/growth/metrics", { params: { query: { days: 7 } } }));
  expect(metrics.length === 1 && metrics[0]?.daysSincePrevious === null, "one day, the first of all");
  const admin = client<Growth>("GROWTH", "ADMIN");
  const found = body(await admin.GET("/api/growth/metrics/{date}", { params: { path: { date } } }));
  expect(found.followersCount === 120, "the same day");
  const file = await bot.GET("/api/growth/metrics.csv", { params: { query: { days: 7 } }, parseAs: "text" });
  expect((file.data ?? "").startsWith("date,followersCount,"), "a row of names");
  const window = { params: { query: { days: 7, timezone: "Asia/Kolkata" } } };
  const report = body(await admin.GET("/api/growth/analytics", window));
  expect(report.missingDays.length >= 6 && report.totals.costPerFollowerUsd === null, "what is missing is named");
  const tags = body(await admin.GET("/api/growth/signups", window));
  expect(tags.signups.length === tags.tags, "all tags");
  const sheet = await admin.GET("/api/growth/signups.csv", { ...window, parseAs: "text" });
  expect((sheet.data ?? "").startsWith("ref,signUps,"), "a row of names");
  const removed = await admin.DELETE("/api/growth/metrics/{date}", { params: { path: { date } } });
  expect(removed.response.status === 204, "taken away");
  const usage = { prompt_tokens: 1000, completion_tokens: 100 };
  const call = { requestId: "call-1", purpose: "reply_draft", model: "gpt-4o-mini", provider: "openai", usage, success: true };
  const header = { "Idempotency-Key": "record/1" };
  const one = body(await bot.POST("/api/ai/generations", { params: { header }, body: call }));
  const told = body(await bot.GET("/api/requests/{key}", { params: { path: { key: "record/1" } } }));
  expect(told.statusCode === 201 && JSON.stringify(told.body) === JSON.stringify(one), "its answer, as it was");
  expect("costUsd" in one && (one.costUsd ?? 0) > 0, "the call has a price");
  const several = body(await bot.POST("/api/ai/generations", { body: [call] }));
  expect("generations" in several && several.generations[0]?.costBasis === "usage", "the same call, once");
  const late = { ...call, requestId: "call-2", responseId: "r-1", serviceTier: "flex", createdAt: "2026-01-15T08:00:00Z" };
  const flex = body(await bot.POST("/api/ai/generations", { body: { ...late, billedUsd: 0.5, userId: null } }));
  expect("warnings" in flex && flex.warnings.length === 1 && flex.computedUsd === null, "the tier has no known price");
  expect("billedUsd" in flex && flex.costUsd === flex.billedUsd && flex.createdAt === late.createdAt, "the bill counts");
  await spending();
  const costs = body(await bot.GET("/api/ai/costs"));
  expect(costs.groups.every((group) => group.successRate === 1), "by model");
  const span = { from: costs.from, to: costs.to };
  const ledger = body(await bot.GET("/api/ai/generations", { params: { query: { ...span, purpose: "reply_draft" } } }));
  expect(ledger.generations.some((entry) => entry.requestId === "call-1" && entry.warnings.length === 0), "in the ledger");
  const entry = body(await bot.GET("/api/ai/generations/{requestId}", { params: { path: { requestId: "call-1" } } }));
  expect(entry.id === ledger.generations[0]?.id && entry.billedUsd === null, "by its own id");
  const questions = body(await bot.GET("/api/ai/costs/questions", { params: { query: { ids: [1] } } }));
  expect(questions.totals.costUsd === 0 && questions.questions[0]?.questionId === 1, "no call was for this question");
}

async function spending(): Promise<void> {
  const [bot, admin] = [client<Growth>("GROWTH", "BOT"), client<Growth>("GROWTH", "ADMIN")];
  const path = { budgetName: "monthly" };
  const terms = { period: "month", limitUsd: 20, purpose: "question_generation" } as const;
  const budget = body(await admin.PUT("/api/ai/budgets/{budgetName}", { params: { path }, body: terms }));
  expect(budget.availableUsd === 20 && budget.alerts.length === 0, "nothing is spent");
  const wanted = { amountUsd: 0.05, expiresInSeconds: 300, requestId: "held-1" };
  const held = body(await bot.POST("/api/ai/budgets/{budgetName}/holds", { params: { path }, body: wanted }));
  const more = await bot.POST("/api/ai/budgets/{budgetName}/holds", {
    params: { path },
    body: { ...wanted, amountUsd: 20, requestId: "held-2" },
  });
  const refused = more.error?.code === "BUDGET_EXCEEDED" ? more.error.availableUsd : null;
  expect(refused === 19.95, "more than is left");
  const hold = { path: { holdId: held.id } };
  const open = await bot.GET("/api/ai/budgets/{budgetName}/holds", { params: { path, query: { state: "open" } } });
  expect(body(open).holds[0]?.id === held.id, "it is open");
  const settled = await bot.POST("/api/ai/holds/{holdId}/settle", { params: hold, body: { actualUsd: 0.0325 } });
  expect(body(settled).state === "settled", "it is settled");
  const again = await bot.DELETE("/api/ai/holds/{holdId}", { params: hold });
  expect(again.error?.code === "CONFLICT" && again.error.resolution === "settled", "and not released");
  const spare = { ...wanted, requestId: "held-3" };
  const other = body(await bot.POST("/api/ai/budgets/{budgetName}/holds", { params: { path }, body: spare }));
  const released = await bot.DELETE("/api/ai/holds/{holdId}", { params: { path: { holdId: other.id } } });
  expect(body(released).state === "released", "given back");
  expect(body(await bot.GET("/api/ai/holds/{holdId}", { params: hold })).resolvedBy === "client", "by the client");
  expect(body(await admin.GET("/api/ai/budgets")).budgets[0]?.postedUsd === 0.0325, "it is spent");
  const shown = body(await bot.GET("/api/ai/budgets/{budgetName}", { params: { path } }));
  expect(shown.forecastUsd >= shown.postedUsd, "where it is going");
}

async function lost(): Promise<void> {
  const bot = client<Growth>("GROWTH", "BOT");
  const query = { sentSecondsAgo: 60 };
  const never = await bot.GET("/api/requests/{key}", { params: { path: { key: "never" }, query } });
  expect(never.error?.code === "NEVER_HAPPENED" && never.error.status === 404, "it never happened");
}

async function logged(userId: number): Promise<void> {
  const admin = client<Growth>("GROWTH", "ADMIN");
  const page = body(await admin.GET("/api/audit", { params: { query: { userId, limit: 1 } } }));
  expect(page.entries.every((entry) => entry.userId === userId) && page.next !== null, "what the newcomer did, one by one");
}

const userId = await people();
const examId = await catalog();
await questions(examId);
await study(examId);
  await sit(examId);
await statistics(examId);
await engage(await ingest());
await voices();
await account(new Date().toISOString().slice(0, 10));
await lost();
await logged(userId);
