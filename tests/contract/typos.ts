// What must not compile: each line below a @ts-expect-error is a mistake that the types of the contract have to find.

import createClient from "openapi-fetch";
import type { components as GrowthParts, paths as Growth } from "growth-api";
import type { components as StudyParts, paths as Study } from "study-api";

const study = createClient<Study>();
const growth = createClient<Growth>();

export async function mistakes(examId: number): Promise<void> {
  // @ts-expect-error: there is no such mode
  await study.POST("/api/study/sessions", { body: { examId, mode: "practise" } });
  // @ts-expect-error: the exam is missing
  await study.POST("/api/study/sessions", { body: { mode: "practice" } });
  // @ts-expect-error: there is no such field
  const body: StudyParts["schemas"]["SessionIn"] = { examId, examIds: [1] };
  await study.POST("/api/study/sessions", { body });
  // @ts-expect-error: there is no such route
  await study.GET("/api/exam", {});
  // @ts-expect-error: the path has a parameter
  await study.GET("/api/exams/{examId}", {});
  // @ts-expect-error: ids are numbers
  await study.GET("/api/study/questions", { params: { query: { examId, objectiveIds: ["1"] } } });
  // @ts-expect-error: a pending question cannot be asked for again
  await study.PUT("/api/questions/{questionId}/review", { params: { path: { questionId: 1 } }, body: { status: "pending" } });
  // @ts-expect-error: there is no such status
  await growth.GET("/api/twitter/opportunities", { params: { query: { status: "sent" } } });
  // @ts-expect-error: an executed report names its tweet, or null
  await growth.POST("/api/twitter/opportunities/{opportunityId}/executed", { params: { path: { opportunityId: "1" } }, body: { leaseToken: "t" } });
}

export function readings(
  session: StudyParts["schemas"]["SessionOut"],
  result: StudyParts["schemas"]["AnswerResult"],
  opportunity: GrowthParts["schemas"]["OpportunityState"],
): void {
  // @ts-expect-error: null before the first answer
  session.accuracy.toFixed(2);
  // @ts-expect-error: null while it goes on
  session.completedAt.slice(0, 10);
  // @ts-expect-error: no session without one
  result.session.id;
  // @ts-expect-error: one id or several
  result.correctAnswer.toUpperCase();
  // @ts-expect-error: a mode is not a status
  session.status === "practice";
  // @ts-expect-error: null where it was not drafted
  opportunity.suggestedResponse.length;
  // @ts-expect-error: there is no such type
  opportunity.opportunityType === "like";
}

export async function problems(): Promise<string[]> {
  const { error } = await study.POST("/api/exams", { body: { vendorId: "a", code: "b", name: "c" } });
  // @ts-expect-error: only a problem of validation has messages by field
  error?.errors;
  // @ts-expect-error: there is no such code
  if (error?.code === "VALIDATION_FAILD") return [];
  if (error?.code === "VALIDATION_FAILED") return error.errors?.name ?? [];
  // @ts-expect-error: this code goes with another status
  if (error?.code === "CONFLICT" && error.status === 404) return [];
  return [];
}
