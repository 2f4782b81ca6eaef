/** A decision is an allow only when nothing went wrong on the way to it. */
import { describe, expect, test } from '@jest/globals';
import { decide, NO_POLICY, type Question } from '../../../../functions/grants/guardrails/decide.ts';
import { partsOf, ref, uid, userOf } from '../../../../functions/grants/guardrails/entities.ts';
import { type CedarEngine, judgeRequest, loadGuardrails } from '../../../../functions/grants/guardrails/index.ts';
import { engine, grant, guardrails, law, withPolicies } from './shipped.ts';

const PERMIT = '@id("all") @reason("all is well") permit (principal, action, resource);';
const [part] = partsOf(grant, law.owned);
const entities = [...(part?.entities ?? []), userOf(grant.requester)];
const question: Question = {
  principal: uid('User', grant.requester.subject),
  action: 'Request',
  resource: uid('Grant', grant.id),
  context: { grant: ref('Grant', grant.id) },
  about: 'grant g-1',
};
const ask = (...policies: readonly string[]) =>
  decide(loadGuardrails(engine, withPolicies(...policies)), question, entities);

test('what is permitted, and by what', () => {
  expect(ask(PERMIT)).toEqual({
    decision: 'allow',
    because: [{ id: 'all', reason: 'all is well', file: '0.cedar', about: 'grant g-1' }],
    missing: [],
    errors: [],
  });
});

test('every forbid that applies is told, by its @id and its file', () => {
  const { decision, because } = ask(
    `${PERMIT}
@id("b.two") @reason("second") forbid (principal, action, resource);
@id("not") @reason("not this one") forbid (principal, action == Action::"Revoke", resource);`,
    '@id("a.one") @reason("first") forbid (principal, action, resource is Grant);',
  );
  expect(decision).toBe('deny');
  expect(because.map(({ id, reason, file }) => [id, reason, file])).toEqual([
    ['a.one', 'first', '1.cedar'],
    ['b.two', 'second', '0.cedar'],
  ]);
});

test('a forbid that errors denies, though Cedar itself would skip it', () => {
  const overflow = 'when { resource.teamGrants + 9223372036854775807 + 1 < 0 }';
  const { decision, because, errors } = ask(
    PERMIT,
    `@id("broken") @reason("never said") forbid (principal, action == Action::"Request", resource is Grant) ${overflow};`,
  );
  expect(decision).toBe('deny');
  expect(because).toEqual([expect.objectContaining({ id: 'broken', reason: expect.stringContaining('overflow') })]);
  expect(errors).toHaveLength(1);
});

describe('what does not fit the schema is denied', () => {
  const permissive = loadGuardrails(engine, withPolicies(PERMIT));
  const [own, ...others] = entities;
  const attrs = own?.attrs ?? {};
  const changed = (over: object) => [
    { uid: uid('Grant', 'g-1'), parents: [], attrs: { ...attrs, ...over } },
    ...others,
  ];
  const { teamGrants: _left, ...fewer } = attrs;
  test.each<[string, Partial<Question>, Parameters<typeof decide>[2]]>([
    ['an attribute of another type', {}, changed({ teamGrants: 'three' })],
    ['an attribute that nobody knows', {}, changed({ color: 'red' })],
    ['an attribute that is missing', {}, [{ uid: uid('Grant', 'g-1'), parents: [], attrs: fewer }, ...others]],
    ['an environment that nobody knows', {}, changed({ environments: [ref('Environment', 'prod')] })],
    ['another type of principal', { principal: uid('Team', 'checkout') }, entities],
    ['another type of resource', { resource: uid('Cluster', 'c') }, entities],
    ['no context', { context: {} }, entities],
    ['more context', { context: { ...question.context, approvedBy: [] } }, entities],
  ])('%s', (_what, over, given) => {
    const { decision, because, errors } = decide(permissive, { ...question, ...over }, given);
    expect(decision).toBe('deny');
    expect(because).toEqual([expect.objectContaining({ id: NO_POLICY.invalid })]);
    expect(errors).not.toEqual([]);
  });
});

test.each([
  ['no grammar', `${PERMIT} forbid me`],
  ['not in the schema', `${PERMIT} @id("x") @reason("y") forbid (principal, action, resource is Gramt);`],
  [
    'an optional attribute that may be absent',
    '@id("x") @reason("y") permit (principal, action, resource is Grant) when { resource.lifetime > duration("1d") };',
  ],
  ['no policy at all', ''],
])('guardrails with errors deny, and say where: %s', (what, text) => {
  const { decision, because } = what === 'no policy at all' ? ask() : ask(text);
  expect(decision).toBe('deny');
  expect(because).toEqual([
    expect.objectContaining({ id: NO_POLICY.broken, reason: expect.stringMatching(/(cedar|cedarschema):\d+: /) }),
  ]);
});

test('an engine that throws denies', () => {
  const panicking: CedarEngine = {
    ...engine,
    statefulIsAuthorized: () => {
      throw new Error('unreachable executed');
    },
  };
  const verdict = judgeRequest({ ...law, guardrails: { ...guardrails, engine: panicking } }, grant);
  expect(judgeRequest(law, grant).decision).toBe('allow');
  expect(verdict.decision).toBe('deny');
  expect(verdict.errors).toEqual(['unreachable executed']);
});

test('where nothing permits, the permits say what would', () => {
  const open =
    '@id("p") @reason("r") @otherwise("Only on Sundays.") permit (principal, action == Action::"Request", resource is Grant) when { principal in Team::"sunday" };';
  expect(ask(open).because).toEqual([{ id: 'p', reason: 'Only on Sundays.', file: '0.cedar', about: 'grant g-1' }]);
  const other = open.replace('resource is Grant', 'resource is Role');
  expect(ask(other).because).toEqual([expect.objectContaining({ id: NO_POLICY.silent })]);
});
