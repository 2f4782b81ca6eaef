/** What executions of a grant intend of an object: what they make, what they take back, and until when that explains events. */
import { describe, expect, test } from '@jest/globals';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { executionIntents } from '../../../../functions/drift/gathering/execution-intents.ts';
import { type Grant, type GrantEvent, workName } from '../../../../functions/grants/index.ts';
import { active, allowed, ann, ID, nextId, provisioned, requested, through, wishOf } from '../../grants/samples.ts';
import { ASSOCIATION, ofRole, planFor, plansOf, SHARED } from './plans.ts';

const START = '2026-11-21T12:00:00.000Z';
const LATER = '2026-11-21T13:00:00.000Z';

const intents = (ref: ObjectRef, grant: Grant, since = START, touched: readonly string[] = []) =>
  executionIntents(ref, grant, plansOf(grant), since, touched);
/** `v1-p1 role=…`, without documents. */
const told = (ref: ObjectRef, grant: Grant, since?: string) =>
  intents(ref, grant, since).map(
    ({ execution, facet, value, closedAt }) =>
      `${execution.slice(ID.length + 1)} ${facet}=${value?.startsWith('{') ? '{}' : value}${closedAt ? ' closed' : ''}`,
  );
const sourceOf = (grant: Grant): string => planFor(ID, 1, grant.versions[0]?.wish ?? wishOf()).roles[0]?.roleArn ?? '';

const making = through(requested(), [allowed()]);
const revoking = (grant: Grant): Grant =>
  through(grant, [{ kind: 'revoke-asked', id: nextId(), by: ann, why: 'over' }], LATER);
const changing = (change: object): Grant => {
  const event: GrantEvent = {
    kind: 'change-requested',
    id: nextId(),
    basedOn: 1,
    by: ann,
    wish: wishOf(change),
  };
  return through(active(), [event, allowed(2)], LATER);
};

describe('while a grant is made', () => {
  test('its association may be as planned, or not be there', () => {
    const all = told(ASSOCIATION, making);
    const role = sourceOf(making);
    expect(all).toEqual(
      expect.arrayContaining(['v1-p1 exists=*', 'v1-p1 exists=null', `v1-p1 role=${role}`, 'v1-p1 session-tags=on']),
    );
    // Who is stopped in the middle is undone by another execution, which makes nothing.
    expect(all).toContain('v1-u1 exists=null');
    expect(all).not.toContain(`v1-u1 role=${role}`);
  });

  test('its role with everything, under a name that CloudTrail has', () => {
    expect(told(ofRole(sourceOf(making)), making)).toEqual(
      expect.arrayContaining([
        'v1-p1 trust={}',
        `v1-p1 inline:podid-targets-${ID}={}`,
        'v1-p1 tag:podid:team=checkout',
      ]),
    );
  });

  test('of its role, what somebody else has put there goes, by its name', () => {
    const foreign = [
      'inline:bucket',
      'attached:arn:aws:iam::aws:policy/AdministratorAccess',
      'inline',
      '*',
      'trust',
      'deny:podid-deny-1',
    ];
    const gone = intents(ofRole(sourceOf(making)), making, START, foreign).flatMap(({ execution, facet, value }) =>
      value === null && facet !== 'trust' && foreign.includes(facet) ? [[execution, facet]] : [],
    );
    const name = workName({ grantId: ID, version: 1, attempt: 1, do: 'provision' });
    expect(gone).toEqual([
      [name, 'inline:bucket'],
      [name, 'attached:arn:aws:iam::aws:policy/AdministratorAccess'],
    ]);
    expect(intents(ofRole(SHARED), making, START, foreign)).toEqual([]);
  });

  test('of other objects nothing, nor before there is a plan', () => {
    expect(told(ofRole(SHARED), making)).toEqual([]);
    expect(executionIntents(ASSOCIATION, making, () => undefined, START, [])).toEqual([]);
  });
});

describe('once it is made', () => {
  const made = through(making, [provisioned()], LATER);
  test('the same values explain events, and nothing is undone', () => {
    const all = told(ASSOCIATION, made, LATER);
    expect(all).toContain('v1-p1 exists=* closed');
    expect(all).not.toContain('v1-p1 exists=null closed');
    expect(all.every((each) => each.endsWith(' closed'))).toBe(true);
  });
  test('of what ended longer ago no event is asked about', () => {
    expect(told(ASSOCIATION, made, '2026-11-21T13:00:00.001Z')).toEqual([]);
  });
});

describe('while it is changed', () => {
  test('what the new version leaves out goes, and comes back when it fails', () => {
    const all = told(ofRole(sourceOf(active())), changing({ targets: [] }));
    const chain = `inline:podid-targets-${ID}`;
    expect(all).toEqual(expect.arrayContaining([`v2-p1 ${chain}=null`, `v2-p1 ${chain}={}`, `v2-u1 ${chain}={}`]));
    expect(all).not.toContain(`v2-u1 ${chain}=null`);
    expect(all).not.toContain('v2-p1 exists=null');
  });
});

describe('while it is revoked', () => {
  test('everything of its own goes', () => {
    const all = told(ofRole(sourceOf(active())), revoking(active()), LATER);
    expect(all).toEqual(expect.arrayContaining(['v1-r1 exists=null', 'v1-r1 boundary=null', 'v1-r1 trust={}']));
  });

  test('a role that is not podid’s stays', () => {
    const shared = active(wishOf({ source: { role: SHARED } }));
    const all = told(ofRole(SHARED), revoking(shared), LATER);
    expect(all).toContain(`v1-r1 inline:podid-targets-${ID}=null`);
    expect(all).not.toContain('v1-r1 exists=null');
  });
});
