/** Doing the same to many things, a few at a time. */

/** The answers in the things' order. The first failure ends it: batches that have not begun are left undone. */
export const inBatches = async <Thing, Answer>(
  things: readonly Thing[],
  atOnce: number,
  run: (thing: Thing) => Promise<Answer>,
): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (let at = 0; at < things.length; at += atOnce) {
    answers.push(...(await Promise.all(things.slice(at, at + atOnce).map(run))));
  }
  return answers;
};
