/** Whose writes of session denies these were: a deny's row remembers only the revocation that wrote it last, and the calls of each name theirs. Pure. */
import { denyName, readDeny } from '../../abac/session-deny.ts';
import { PREFIX } from '../../names.ts';
import { DenyForm } from '../../revocation.ts';
import type { RevocationRow } from '../../store/revocation-row.ts';
import type { Facets, OpenIntent, SeenChange } from '../contract.ts';
import { covers, facet, kindOf } from '../facets/index.ts';

const REVOCATION = /^r-[0-9a-f]{12}-\d{1,4}$/;

/** The revocations that calls on denies say to have been made for: anybody with our credentials can say so. */
export const revocationsNamed = (changes: readonly SeenChange[]): readonly string[] => {
  const named = changes
    .filter(({ facets }) => facets.some((each) => kindOf(each) === 'deny'))
    .flatMap(({ actor }) => actor.userAgent?.split(/[\s[\]]+/) ?? [])
    .flatMap((token) => (token.startsWith(`${PREFIX}/`) ? [token.slice(PREFIX.length + 1)] : []));
  return [...new Set(named)].filter((id) => REVOCATION.test(id));
};

/**
 * What these revocations may have written of the role: the denies of their own identity, while they ran; as long as what stands there now, or what a
 * change set, is one of ours, or nothing. A deny is written anew by each revocation that cuts the same sessions.
 */
export const intentsOfRevocations = (
  rows: readonly RevocationRow[],
  roleArn: string,
  facets: Facets,
  changes: readonly SeenChange[],
): readonly OpenIntent[] =>
  rows.flatMap(({ revocation, startedAt, endedAt }) =>
    DenyForm.options.flatMap((form): readonly OpenIntent[] => {
      const on = facet('deny', denyName({ identity: revocation.identity, roleArn, form }));
      const set = changes.flatMap((change) => (covers(change.facets, on) ? [change.value] : []));
      const values = new Set([facets[on] ?? null, ...set.filter((value) => value !== undefined)]);
      const ours = [...values].filter((value) => value === null || readDeny(value) !== undefined);
      // Open ones would hold us back from the deny; these only explain.
      const rest = { at: startedAt, requestIds: [], closedAt: endedAt ?? LATER };
      return ours.map((value) => ({ execution: revocation.id, facet: on, value, ...rest }));
    }),
  );

/**
 * The denies that a revocation under way was the last to write: how each shall be it records at its end, and until then nobody else can say. Of one
 * that somebody else has touched since, the record says enough.
 */
export const beingWritten = (
  rows: readonly RevocationRow[],
  explained: readonly OpenIntent[],
  isOurs: (facet: string, is: string | null) => boolean,
): readonly { readonly facet: string; readonly value: string | null }[] => {
  const running = new Set(rows.flatMap(({ revocation, endedAt }) => (endedAt === undefined ? [revocation.id] : [])));
  return explained
    .filter(({ execution, facet, value }) => running.has(execution) && isOurs(facet, value))
    .map(({ facet, value }) => ({ facet, value }));
};

/** One that runs still has no end. */
const LATER = '9999-12-31T23:59:59.000Z';
