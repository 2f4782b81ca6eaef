import { describe, expect, it } from '@jest/globals';
import { PolicyMalformed } from '../../../../functions/policy/index.ts';
import {
  judgeTrust,
  questionsOf,
  type Rule,
  type TrustFinding,
  trustFactsOf,
} from '../../../../functions/trust/findings/index.ts';
import { judgeBy } from '../../../../functions/trust/findings/judge.ts';
import { ReachUndecided } from '../../../../functions/trust/reach/index.ts';
import { facts } from '../reach/random.ts';

const OPEN = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Pods',
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    },
  ],
};
const given = trustFactsOf(OPEN, facts);

const rule =
  (...findings: ReadonlyArray<Partial<TrustFinding>>): Rule =>
  () =>
    findings.map((finding) => ({ reason: 'R', severity: 'info', sentence: 'S', ...finding }));

const failing =
  (error: Error): Rule =>
  () => {
    throw error;
  };

describe('judgeBy', () => {
  it('collects what all rules find, worst first, in an order that doesn’t hang on that of the rules', () => {
    const rules = [rule({ reason: 'B' }, { reason: 'A', severity: 'error' }), rule({ reason: 'A', subject: 'x' })];
    const findings = judgeBy(rules, given);
    expect(findings.map(({ reason, severity }) => `${severity} ${reason}`)).toEqual(['error A', 'info A', 'info B']);
    expect(judgeBy(rules.toReversed(), given)).toEqual(findings);
  });

  it('tells the same problem once, as bad as it is', () => {
    const rules = [rule({ subject: 'x' }), rule({ subject: 'x', severity: 'error' }), rule({ subject: 'y' })];
    expect(judgeBy(rules, given).map(({ subject, severity }) => `${severity} ${subject}`)).toEqual([
      'error x',
      'info y',
    ]);
  });

  it('makes one finding of a question that costs too much, and goes on', () => {
    const undecided = failing(new ReachUndecided('TooManyCells', 'Too much.'));
    const findings = judgeBy([undecided, rule({ reason: 'B' }), undecided], given);
    expect(findings).toMatchObject([
      { reason: 'ReachUndecided', severity: 'error', subject: 'TooManyCells' },
      { reason: 'B' },
    ]);
    expect(findings[0]?.sentence).toContain('Too much.');
  });

  it('lets a rule’s own mistake out', () => {
    expect(() => judgeBy([failing(new TypeError('a bug'))], given)).toThrow('a bug');
  });
});

describe('questionsOf', () => {
  it('computes each set once, and asks nothing that nobody asks', () => {
    let reads = 0;
    const policy = {
      ...given.policy,
      get statements() {
        reads += 1;
        return given.policy.statements;
      },
    };
    const questions = questionsOf({ ...given, policy });
    expect(reads).toBe(0);
    const first = questions.podIdentity('tags');
    const once = reads;
    expect(questions.podIdentity('tags')).toBe(first);
    expect(reads).toBe(once);
    expect(questions.podIdentity('no-tags')).not.toBe(first);
    expect(questions.chaining('444455556666', 'tags')).not.toBe(questions.chaining('111122223333', 'tags'));
    expect(questions.irsa()).toBe(questions.irsa());
  });

  it('throws the same again', () => {
    const resourceTags = Array.from({ length: 11 }, (_, index) => [`aws:ResourceTag/t${index}`, 'x']);
    const [statement] = OPEN.Statement;
    const costly = { ...statement, Condition: { StringLike: Object.fromEntries(resourceTags) } };
    const questions = questionsOf(trustFactsOf({ ...OPEN, Statement: costly }, facts));
    const thrown = [1, 2].map(() => {
      try {
        return questions.podIdentity('tags');
      } catch (error) {
        return error;
      }
    });
    expect(thrown[0]).toBeInstanceOf(ReachUndecided);
    expect(thrown[1]).toBe(thrown[0]);
  });
});

describe('trustFactsOf', () => {
  it.each([
    ['an object', OPEN],
    ['text', JSON.stringify(OPEN, null, 2)],
    ['URL-encoded text, as GetRole returns it', encodeURIComponent(JSON.stringify(OPEN))],
  ])('reads %s, and counts characters as IAM does', (_, source) => {
    const read = trustFactsOf(source, { ...facts, quota: 4096 });
    expect(read).toMatchObject({ ...facts, quota: 4096, characters: JSON.stringify(OPEN).length });
    expect(judgeTrust(read).map(({ reason }) => reason)).toEqual(['AnyAssociationInAccount']);
  });

  it.each([
    ['no JSON', '{'],
    ['an unknown operator', { ...OPEN, Statement: [{ ...OPEN.Statement[0], Condition: { StringIs: {} } }] }],
    ['longer than any quota', JSON.stringify({ ...OPEN, Id: 'x'.repeat(8192) })],
  ])('refuses what IAM would not store: %s', (_, source) => {
    expect(() => trustFactsOf(source, facts)).toThrow(PolicyMalformed);
  });
});
