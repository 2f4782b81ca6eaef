/** Which sessions are asked about, and what CloudTrail's records tell of who took one. */
import { describe, expect, test } from '@jest/globals';
import { assumptionIn, sessionOf, toAskAbout } from '../../../functions/drift/behind.ts';
import type { SeenChange } from '../../../functions/drift/contract.ts';

const OPS = 'arn:aws:iam::111122223333:role/team/ops';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/ops/ann';
const NOW = new Date('2026-03-01T12:00:00.000Z');
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const actor = { type: 'AssumedRole', arn: SESSION, issuerArn: OPS, eventId: 'e-1' };
const change = (more: Partial<SeenChange> = {}): SeenChange => ({
  ...{ eventId: 'e-1', at: ago(5), kind: 'RoleTrustChanged', facets: ['trust'], actor, via: 'event' },
  ...more,
});

describe('a session', () => {
  test('is of a role, by its ARN with the path', () => {
    expect(sessionOf(actor)).toEqual({ arn: SESSION, roleArn: OPS });
  });
  test.each<[string, SeenChange['actor']]>([
    ['a user', { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/ann', eventId: 'e-1' }],
    ['a service of AWS', { ...actor, invokedBy: 'cloudformation.amazonaws.com' }],
    ['a session whose role is not told', { type: 'AssumedRole', arn: SESSION, eventId: 'e-1' }],
    ['a federated user', { ...actor, arn: 'arn:aws:sts::111122223333:federated-user/ann' }],
  ])('%s has none', (_who, one) => expect(sessionOf(one)).toBeUndefined());
});

describe('asked about is', () => {
  test.each<[string, SeenChange, boolean]>([
    ['what nobody has asked about', change({ at: ago(600) }), true],
    ['what was asked about in vain a moment ago', change({ behind: [] }), true],
    ['not what was asked about in vain, and is old', change({ behind: [], at: ago(31) }), false],
    ['not what is answered', change({ behind: [{ sessionArn: SESSION, at: ago(9), by: actor }] }), false],
    ['not what a user did', change({ actor: { type: 'IAMUser', eventId: 'e-1' } }), false],
  ])('%s', (_what, one, isAsked) => {
    expect(toAskAbout([one], new Set(), NOW)).toEqual(isAsked ? [one] : []);
  });
  test('not what we did', () => {
    expect(toAskAbout([change()], new Set(['111122223333/ops']), NOW)).toEqual([]);
  });
  test('the newest first', () => {
    const older = change({ eventId: 'e-0', at: ago(50) });
    expect(toAskAbout([older, change()], new Set(), NOW).map(({ eventId }) => eventId)).toEqual(['e-1', 'e-0']);
  });
});

describe('a record', () => {
  const record = (more: object = {}) =>
    JSON.stringify({
      ...{
        eventID: 'e-7',
        eventName: 'AssumeRole',
        eventTime: '2026-03-01T11:00:00Z',
        sourceIPAddress: '198.51.100.7',
      },
      userIdentity: {
        type: 'IAMUser',
        userName: 'ann',
        arn: 'arn:aws:iam::111122223333:user/ann',
        accountId: '111122223333',
      },
      responseElements: { assumedRoleUser: { arn: SESSION } },
      ...more,
    });
  test('tells who took the session', () => {
    expect(assumptionIn([record()], SESSION)).toEqual({
      sessionArn: SESSION,
      at: '2026-03-01T11:00:00.000Z',
      by: expect.objectContaining({ type: 'IAMUser', name: 'ann', sourceIp: '198.51.100.7', eventId: 'e-7' }),
    });
  });
  test('the last one counts: a session of that name can be taken again', () => {
    const later = record({ eventID: 'e-8', eventTime: '2026-03-01T11:30:00Z' });
    expect(assumptionIn([later, record()], SESSION)?.by.eventId).toBe('e-8');
  });
  test.each([
    ['of another session', record({ responseElements: { assumedRoleUser: { arn: `${SESSION}e` } } })],
    ['of a refusal', record({ responseElements: null })],
    ['of another call', record({ eventName: 'GetSessionToken' })],
    ['without a time', record({ eventTime: 'yesterday' })],
    ['that is none', 'no JSON'],
  ])('%s tells nothing', (_what, text) => expect(assumptionIn([text], SESSION)).toBeUndefined());
});
