/** Asking again while the API doesn't answer: somebody who watches would do it by hand. */
import { setTimeout as pause } from 'node:timers/promises';
import { Unanswered } from './api-problem.ts';

/** Milliseconds: a deployment or a lost connection is over by then, and somebody should look at anything longer. */
const PATIENCE = 10 * 60_000;
const LONGEST_PAUSE = 15_000;

/**
 * The call's answer, tried again with longer and longer pauses while there is none.
 * @param tell Says so in a line, and that it is over
 * @throws Told for what the API refuses, and once it has not answered for ten minutes
 */
export const patiently = async <Answer>(call: () => Promise<Answer>, tell: (line: string) => void): Promise<Answer> => {
  const since = Date.now();
  for (let tried = 0; ; tried += 1) {
    try {
      const answer = await call();
      if (tried > 0) tell('The API answers again.');
      return answer;
    } catch (error) {
      if (!(error instanceof Unanswered) || Date.now() - since > PATIENCE) throw error;
      const wait = Math.min(500 * 2 ** tried, LONGEST_PAUSE);
      tell(`${error.message.split('\n')[0]} Trying again in ${wait / 1000} s.`);
      await pause(wait);
    }
  }
};
