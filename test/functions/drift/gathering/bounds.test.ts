/** Whether podid may write to an object, and what it may do there. */
import { describe, expect, test } from '@jest/globals';
import { Config } from '../../../../functions/config.ts';
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import { boundsOf, cappedRules, isUnderManagement } from '../../../../functions/drift/gathering/bounds.ts';
import { ourRolesOf } from '../../../../functions/drift/gathering/our-roles.ts';
import { tighteningIntents } from '../../../../functions/drift/gathering/tightenings.ts';
import { rulesOf } from '../../../../functions/drift/remedy/index.ts';
import { cluster, config, NOW, PAYMENTS } from '../../grants/samples.ts';
import { API, ASSOCIATION, OWNERS_TRUST, ofRole, SHARED } from './plans.ts';

const role = (name: string): ObjectRef => ofRole(`arn:aws:iam::${PAYMENTS}:role/${name}`);
const nobodys = { made: false, denied: false };

describe('what may be written', () => {
  test.each<[string, ObjectRef, Parameters<typeof boundsOf>[2], object]>([
    ['a role that a grant made', role('podid/grants/x'), { made: true, denied: false }, { deniesOnly: false }],
    ['a role that its owner opted in', ofRole(SHARED), nobodys, { deniesOnly: false }],
    ['an association', ASSOCIATION, nobodys, { deniesOnly: false }],
    ['of a stranger’s role with a deny of ours, that', role('x'), { made: false, denied: true }, { deniesOnly: true }],
  ])('%s', (_what, ref, known, bounds) => {
    expect(boundsOf(config, ref, known)).toEqual(bounds);
  });

  test.each<[string, ObjectRef, Parameters<typeof boundsOf>[2], string]>([
    ['a stranger’s role', role('x'), nobodys, 'managedRoles'],
    ['an excluded role, whoever made it', role('shared/crown-jewels'), { made: true, denied: true }, 'excluded'],
    ['a role of podid’s own', role('podid-apply-role-eu-west-1'), nobodys, 'one of podid'],
    ['a role of another account', ofRole('arn:aws:iam::999999999999:role/shared/x'), nobodys, 'managedRoles'],
  ])('not %s', (_what, ref, known, because) => {
    expect(boundsOf(config, ref, known).notOurs).toContain(because);
  });

  test.each<[ObjectRef, boolean]>([
    [ASSOCIATION, true],
    [ofRole(SHARED), true],
    [role('x'), false],
    [{ object: 'cluster', cluster: cluster() }, true],
    [{ object: 'cluster', cluster: cluster('unknown') }, false],
  ])('under management: %j %s', (ref, is) => {
    expect(isUnderManagement(config, ref)).toBe(is);
  });
});

describe('the modes', () => {
  const rules = rulesOf(config);
  const mode = (accepted: boolean, deniesOnly: boolean, reason = 'TrustWidened') =>
    cappedRules(rules, { accepted, deniesOnly }).modeOf([API], reason);
  test('are those of the configuration once the baseline is accepted, and at most notify before', () => {
    expect(mode(true, false)).toBe('remediate');
    expect(mode(false, false)).toBe('notify');
    expect(mode(false, true, 'SessionDenyRemoved')).toBe('notify');
  });
  test('that do less stay', () => {
    const capped = cappedRules(rules, { accepted: false, deniesOnly: false });
    expect(capped.modeOf([{ ...API, cluster: 'watched' }], 'TrustWidened')).toBe('observe');
  });
  test('let only denies be put back where nothing else is ours', () => {
    expect(mode(true, true)).toBe('notify');
    expect(mode(true, true, 'SessionDenyRemoved')).toBe('remediate');
    expect(mode(true, true, 'SessionDenyChanged')).toBe('remediate');
  });
});

describe('who we are', () => {
  test('the functions’ roles in each account and region, and no others', () => {
    const ours = ourRolesOf(Config.parse(config));
    expect(ours.has(`${PAYMENTS}/podid-apply-role-eu-west-1`)).toBe(true);
    expect(ours.has('333333333333/podid-tighten-trust-eu-central-1')).toBe(true);
    expect(ours.has('444444444444/podid-mend-role-eu-west-1')).toBe(true);
    expect(ours.has('333333333333/podid-tighten-trust-eu-west-1')).toBe(false);
    expect(ours.has('999999999999/podid-apply-role-eu-west-1')).toBe(false);
  });

  test('who narrowed a trust, where the journal names the execution', () => {
    const entry = {
      subject: SHARED,
      at: NOW,
      step: 'tighten-trust',
      object: SHARED,
      by: 'record-tightening',
      text: '',
    };
    const after = JSON.stringify(OWNERS_TRUST);
    const told = (details: object, kind: 'accepted' | 'outcome' = 'accepted') =>
      tighteningIntents([{ ...entry, kind, details }]);
    expect(told({ asker: 't-1', after })).toMatchObject([{ execution: 't-1', facet: 'trust', closedAt: NOW }]);
    expect(told({ after })).toEqual([]);
    expect(told({ asker: 't-1', after }, 'outcome')).toEqual([]);
    const intent = { ...entry, kind: 'intent' as const, details: { asker: 't-2' } };
    const now = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    expect(tighteningIntents([intent], now)).toMatchObject([{ execution: 't-2', closedAt: expect.any(String) }]);
    expect(tighteningIntents([intent])).toEqual([]);
    const ended = { ...entry, kind: 'outcome' as const, details: { asker: 't-2' } };
    expect(tighteningIntents([intent, ended], now)).toEqual([]);
  });
});
