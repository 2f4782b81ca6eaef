import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { identityKey, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { author, DoesNotFit, isOurs } from '../../../../functions/trust/author/index.ts';
import { admits, chaining, isSame, podIdentity, reach, setOf } from '../../../../functions/trust/reach/index.ts';
import { distinct, neighbours, role, tinyWishes, wishes } from './random.ts';
import { shortestOf } from './shortest.ts';

/** Large enough for every wish here: what fits is another property. */
const ROOMY = 100_000;

const keysOf = (identities: readonly WorkloadIdentity[]): string[] => identities.map(identityKey).toSorted();

const FOREIGN = [
  {
    Sid: 'AllowTheBuild',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::444455556666:root' },
    Action: 'sts:AssumeRole',
  },
  {
    Effect: 'Allow',
    Principal: { Service: ['ec2.amazonaws.com', 'lambda.amazonaws.com'] },
    Action: ['sts:AssumeRole'],
  },
  {
    Sid: 'Podium',
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red team' } },
  },
] as const;

const foreigns = fc.shuffledSubarray([...FOREIGN]);

describe('author', () => {
  it('admits everybody who was asked for, and of their neighbours nobody else', () => {
    fc.assert(
      fc.property(wishes, (identities) => {
        const policy = parsePolicy(author({ identities, role, quota: ROOMY }).text, { kind: 'trust' });
        const admitted = neighbours(identities).filter(
          (each) => admits(policy, podIdentity(role), each).admitted !== false,
        );
        expect(keysOf(admitted)).toEqual(keysOf(identities));
        const tagless = podIdentity({ ...role, tagsDisabled: true });
        for (const each of identities.slice(0, 5)) expect(admits(policy, tagless, each).admitted).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it('is undone by reach', () => {
    fc.assert(
      fc.property(wishes, (identities) => {
        const request = podIdentity(role);
        const { must, may } = reach(parsePolicy(author({ identities, role, quota: ROOMY }).text), request);
        const wanted = setOf(request.universe, identities);
        expect([isSame(must, wanted), isSame(may, wanted)]).toEqual([true, true]);
      }),
      { numRuns: 30 },
    );
  });

  it('lets a target role be had through its source role only', () => {
    const sourceRoleArn = 'arn:aws:iam::111122223333:role/team/source';
    const target = { account: '444455556666', partition: 'aws' };
    fc.assert(
      fc.property(wishes, (identities) => {
        const policy = parsePolicy(author({ identities, role: target, sourceRoleArn, quota: ROOMY }).text);
        const request = chaining({ ...target, sourceAccount: role.account });
        const wanted = setOf(
          request.universe,
          identities.map((each) => ({ ...each, sourceRoleArn })),
        );
        const { must, may } = reach(policy, request);
        expect([isSame(must, wanted), isSame(may, wanted)]).toEqual([true, true]);
      }),
      { numRuns: 20 },
    );
  });

  it('writes the same whatever the order, how often somebody is named, and when it is done again', () => {
    const shuffled = wishes.chain((identities) =>
      fc.record({
        identities: fc.constant(identities),
        again: fc.shuffledSubarray([...identities], { minLength: identities.length }),
        twice: fc.shuffledSubarray([...identities]),
        foreign: foreigns,
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ identities, again, twice, foreign }) => {
        const into = foreign.length === 0 ? undefined : { Version: '2012-10-17', Statement: foreign };
        const { text } = author({ identities, role, into, quota: ROOMY });
        expect(author({ identities: [...again, ...twice], role, into, quota: ROOMY }).text).toBe(text);
        expect(author({ identities, role, into: text, quota: ROOMY }).text).toBe(text);
        expect(author({ identities, role, into: encodeURIComponent(text), quota: ROOMY }).text).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps foreign statements by value and in their order, and replaces all of ours', () => {
    fc.assert(
      fc.property(wishes, wishes, foreigns, (before, identities, foreign) => {
        fc.pre(foreign.length > 0);
        const present = author({
          identities: before,
          role,
          into: { Id: 'x', Version: '2012-10-17', Statement: foreign },
          quota: ROOMY,
        });
        // Somebody moved things about in between.
        const into = { ...present.document, Statement: present.document.Statement.toReversed() };
        const { document, statements } = author({ identities, role, into, quota: ROOMY });
        expect(document.Id).toBe('x');
        expect(document.Statement.filter((each) => !isOurs(each))).toEqual(foreign.toReversed());
        expect(document.Statement.slice(foreign.length).every(isOurs)).toBe(true);
        expect(document.Statement.length).toBe(foreign.length + statements);
      }),
      { numRuns: 20 },
    );
  });

  it('writes the shortest document for tiny sets, and says so', () => {
    fc.assert(
      fc.property(tinyWishes, (identities) => {
        const { characters, statements, minimal } = author({ identities, role, quota: ROOMY });
        expect({ characters, statements, minimal }).toEqual({ ...shortestOf(identities), minimal: true });
      }),
      { numRuns: 300 },
    );
  });

  it('either fits, or says by how much it does not and over which roles it would', () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 300, max: 3000 }), (identities, quota) => {
        try {
          expect(author({ identities, role, quota }).characters).toBeLessThanOrEqual(quota);
        } catch (error) {
          if (!(error instanceof DoesNotFit)) throw error;
          expect(error.by).toBe(author({ identities, role, quota: ROOMY }).characters - quota);
          const { split } = error;
          if (split === undefined) return expectTooLong(identities, quota);
          for (const part of split) {
            expect(part.authored.characters).toBeLessThanOrEqual(quota);
            expect(author({ identities: part.identities, role, quota }).characters).toBe(part.authored.characters);
          }
          expect(split.length).toBeGreaterThan(1);
          expect(keysOf(split.flatMap((part) => part.identities))).toEqual(keysOf(distinct(identities)));
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** One of them alone is too much. */
const expectTooLong = (identities: readonly WorkloadIdentity[], quota: number): void => {
  const lengths = identities.map((each) => author({ identities: [each], role, quota: ROOMY }).characters);
  // A Sid of any length is reckoned with: three digits more than the first has.
  expect(Math.max(...lengths) + 3).toBeGreaterThan(quota);
};
