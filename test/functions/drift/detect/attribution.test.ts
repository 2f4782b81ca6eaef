/** Who did it: an echo needs our principal and an intent; a chain of sessions is followed to the person as far as events tell. */
import { describe, expect, test } from '@jest/globals';
import type { Actor } from '../../../../functions/actor.ts';
import type { OpenIntent, SeenChange } from '../../../../functions/drift/contract.ts';
import { attributionOf, judgedChange, ourRole } from '../../../../functions/drift/detect/index.ts';

const ACCOUNT = '222222222222';
const OURS = new Set([ourRole(`arn:aws:iam::${ACCOUNT}:role/podid-apply-role-eu-west-1`)]);
const EXECUTION = 'podid-g-1-v1-1';

const session = (role: string, name: string, account = ACCOUNT): Actor => ({
  type: 'AssumedRole',
  name,
  account,
  arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}`,
  issuerArn: `arn:aws:iam::${account}:role/${role}`,
  eventId: 'e-1',
  requestId: 'r-1',
});
const us = session('podid-apply-role-eu-west-1', EXECUTION);
/** A Lambda function's session bears the function's name. */
const asFunction = (userAgent: string): Actor => ({
  ...session('podid-apply-role-eu-west-1', 'podid-apply-role'),
  userAgent,
});
const change = (rest: Partial<SeenChange> = {}): SeenChange => ({
  eventId: 'e-1',
  at: '2026-11-21T12:00:05Z',
  kind: 'RoleTrustChanged',
  facets: ['trust'],
  value: 'new',
  actor: us,
  via: 'event',
  ...rest,
});
const intent = (rest: Partial<OpenIntent> = {}): OpenIntent => ({
  execution: EXECUTION,
  facet: 'trust',
  value: 'new',
  at: '2026-11-21T12:00:00Z',
  requestIds: [],
  ...rest,
});
const known = (
  intents: readonly OpenIntent[],
  facets: Record<string, string> = {},
  changes: readonly SeenChange[] = [],
) => ({
  intents: [...intents],
  changes: [...changes],
  actual: { facets },
});
const { value: _value, ...untold } = change();

describe('whose a change is', () => {
  test.each([
    ['our session, its intent and its value', change(), [intent()], {}, 'us'],
    ['no intent', change(), [], {}, 'us-without-intent'],
    ['an intent for another value', change(), [intent({ value: 'old' })], {}, 'us-without-intent'],
    ['an intent for another thing', change(), [intent({ facet: 'boundary' })], {}, 'us-without-intent'],
    [
      'another session of our role',
      change({ actor: { ...us, arn: `${us.arn}0`, name: 'x' } }),
      [intent()],
      {},
      'us-without-intent',
    ],
    [
      'our function’s own session, and the user agent names the execution',
      change({ actor: asFunction(`[aws-sdk-js/3.900.0 ua/2.1 os/linux podid/${EXECUTION} exec-env/AWS_Lambda]`) }),
      [intent()],
      {},
      'us',
    ],
    [
      'the same, and the user agent names another execution',
      change({ actor: asFunction(`aws-sdk-js/3.900.0 podid/${EXECUTION}0`) }),
      [intent()],
      {},
      'us-without-intent',
    ],
    [
      'the same, and it names the execution in something else',
      change({ actor: asFunction(`aws-sdk-js/3.900.0 notpodid/${EXECUTION} ${EXECUTION}`) }),
      [intent()],
      {},
      'us-without-intent',
    ],
    [
      'the same, and it set another value',
      change({ actor: asFunction(`podid/${EXECUTION}`) }),
      [intent({ value: 'old' })],
      {},
      'us-without-intent',
    ],
    [
      'the execution in the user agent of a stranger',
      change({ actor: { ...session('admin', 'x'), userAgent: `podid/${EXECUTION}` } }),
      [intent()],
      {},
      'other',
    ],
    [
      'another session, and the request id was journaled',
      change({ actor: { ...us, arn: `${us.arn}0` } }),
      [intent({ requestIds: ['r-1'] })],
      {},
      'us',
    ],
    [
      'a journaled request id in the hands of somebody else',
      change({ actor: session('admin', EXECUTION) }),
      [intent({ requestIds: ['r-1'] })],
      {},
      'other',
    ],
    [
      'a role of our name in another account',
      change({ actor: session('podid-apply-role-eu-west-1', EXECUTION, '999999999999') }),
      [intent()],
      {},
      'other',
    ],
    ['the event tells no value, and it is what was intended', untold, [intent()], { trust: 'new' }, 'us'],
    ['the event tells no value, and it is another', untold, [intent()], { trust: 'newer' }, 'us-without-intent'],
    ['a deletion that was intended', untold, [intent({ value: null })], {}, 'us'],
    ['before the intent was written', change({ at: '2026-11-21T11:00:00Z' }), [intent()], {}, 'us-without-intent'],
    ['an event that comes after the outcome', change(), [intent({ closedAt: '2026-11-21T12:00:06Z' })], {}, 'us'],
    [
      'long after the outcome',
      change({ at: '2026-11-21T14:00:00Z' }),
      [intent({ closedAt: '2026-11-21T12:00:06Z' })],
      {},
      'us-without-intent',
    ],
  ] as const)('%s', (_why, told, intents, facets, who) => {
    expect(judgedChange(told, known(intents, facets), OURS).who).toBe(who);
  });

  // A grant's next version writes the same policy: its first one is not a stolen writer's for that.
  test('what no event tells and somebody has changed since, the name and the time tell', () => {
    const facets = { trust: 'newest' };
    const later = change({ eventId: 'e-2', at: '2026-11-21T12:30:00Z', value: 'newest' });
    const who = (changes: readonly SeenChange[], intents = [intent()], one: SeenChange = untold) =>
      judgedChange(one, known(intents, facets, changes), OURS).who;
    expect(who([untold, later])).toBe('us');
    expect(who([untold])).toBe('us-without-intent');
    expect(who([untold, { ...later, facets: ['boundary'] }])).toBe('us-without-intent');
    expect(who([untold, { ...later, at: '2026-11-21T11:59:00Z' }])).toBe('us-without-intent');
    expect(who([untold, later], [])).toBe('us-without-intent');
    expect(who([change(), later], [intent({ value: 'old' })], change())).toBe('us-without-intent');
  });

  test('a deletion that the event tells', () => {
    expect(judgedChange(change({ value: null }), known([intent({ value: null })], { trust: 'newest' }), OURS).who).toBe(
      'us',
    );
    expect(judgedChange(change({ value: null }), known([intent()], {}), OURS).who).toBe('us-without-intent');
  });

  test('without the issuer the session’s ARN tells the role', () => {
    const { issuerArn: _issuer, ...bare } = us;
    expect(judgedChange(change({ actor: bare }), known([intent()]), OURS).who).toBe('us');
    expect(judgedChange(change({ actor: bare }), known([intent()]), new Set()).who).toBe('other');
  });
});

describe('which change made it so', () => {
  const by = (name: string, at: string, rest: Partial<SeenChange> = {}): SeenChange =>
    change({ eventId: name, at, actor: { type: 'IAMUser', name, eventId: name }, ...rest });
  const early = by('ann', '2026-11-21T12:00:00Z', { value: 'new' });
  const late = by('bob', '2026-11-21T12:10:00Z', { value: 'newer' });

  test('the last that set this value, whatever order the events came in', () => {
    for (const changes of [
      [early, late],
      [late, early],
    ]) {
      expect(attributionOf('trust', 'new', known([], {}, changes), OURS).eventId).toBe('ann');
      expect(attributionOf('trust', 'newer', known([], {}, changes), OURS).eventId).toBe('bob');
    }
  });

  test('else the last that can have touched it; none, when none can', () => {
    const any = by('cleo', '2026-11-21T12:20:00Z', { facets: ['*'] });
    expect(attributionOf('boundary', null, known([], {}, [any, early]), OURS).eventId).toBe('cleo');
    expect(attributionOf('boundary', null, known([], {}, [early, late]), OURS)).toEqual({
      who: 'unknown',
      sentence: 'No event tells who did it.',
    });
  });
});

describe('the chain behind a session', () => {
  const admin = session('admin', 'deploy');
  const ci: Actor = { ...session('ci', 'runner'), sourceIp: '203.0.113.7' };
  const ann: Actor = {
    type: 'IAMUser',
    name: 'ann',
    account: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
    eventId: 'e',
    mfa: true,
  };
  const took = (taken: Actor, by: Actor, at = '2026-11-21T11:00:00Z') => ({ sessionArn: taken.arn ?? '', at, by });

  test('leads to the person', () => {
    const { sentence, who } = judgedChange(
      change({ actor: admin }),
      { ...known([]), assumptions: [took(admin, ci), took(ci, ann)] },
      OURS,
    );
    expect(who).toBe('other');
    expect(sentence).toBe(
      `deploy as ${admin.issuerArn}, whose session was taken by runner as ${ci.issuerArn} from 203.0.113.7, whose session was taken by ann of account ${ACCOUNT} (MFA): RoleTrustChanged at 2026-11-21T12:00:05Z.`,
    );
  });

  test('ends where it closes on itself', () => {
    const { sentence } = judgedChange(
      change({ actor: admin }),
      { ...known([]), assumptions: [took(admin, ci), took(ci, admin)] },
      OURS,
    );
    expect(sentence.match(/whose session/g)).toHaveLength(2);
  });
});
