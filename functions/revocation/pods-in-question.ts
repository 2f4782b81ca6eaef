/** Which pods a restart is about: those that were given credentials, or, after a grant, those that were given none. */
import type { PodFacts } from '../kubernetes/pod.ts';

export type Question = {
  /** When the association changed. ISO 8601. */
  readonly since: string;
  /** The service account has an association now. */
  readonly associated: boolean;
  /** The other way round: the pods that did not get Pod Identity, since they are older than the association. */
  readonly lacking?: true | undefined;
};

/**
 * The living pods that got Pod Identity (or, `lacking`, didn't) and, when the identity is associated again, got it before.
 *
 * A pod's creation time has whole seconds, rounded down: one from the very second of the change counts as from before.
 */
export const podsInQuestion = (pods: readonly PodFacts[], { since, associated, lacking }: Question): PodFacts[] => {
  const second = wholeSecond(since);
  return pods.filter(
    (pod) =>
      (pod.identity === 'pod-identity') !== (lacking === true) &&
      !pod.finished &&
      (!associated || Date.parse(pod.createdAt) <= second),
  );
};

/**
 * Whether pods that are created now would still count as from before, because the second of the change isn't over:
 * restarting in it would never end.
 */
export const isTooEarly = ({ since, associated }: Question, now: Date): boolean =>
  associated && Math.floor(now.getTime() / 1000) * 1000 <= wholeSecond(since);

const wholeSecond = (time: string): number => Math.floor(Date.parse(time) / 1000) * 1000;
