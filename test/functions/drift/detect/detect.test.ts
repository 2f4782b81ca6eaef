/** Golden table of drift: what is, what should be, what is told of it; and what holds of every snapshot. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DriftFinding, type SeenChange, type Snapshot } from '../../../../functions/drift/contract.ts';
import { detect, ourRole } from '../../../../functions/drift/detect/index.ts';
import { DETECTED_REASONS } from '../../../../functions/drift/detect/reasons.ts';
import { canonicalPolicy } from '../../../../functions/drift/facets/index.ts';
import { CASES, type Case, meant, snapshotOf } from './case.ts';

const OURS = new Set([ourRole('arn:aws:iam::222222222222:role/podid-apply-role-eu-west-1')]);
const found = (snapshot: Snapshot) => detect(snapshot, OURS).map((each) => DriftFinding.parse(each));
const line = ({ reason, severity, subject }: DriftFinding): string => `${reason} ${severity} ${subject}`;

describe('the table', () => {
  test.each(CASES)('$why', (given: Case) => {
    const findings = found(snapshotOf(given));
    expect(findings.map(line)).toEqual(given.finds);
    for (const [facet, witness] of Object.entries(given.witness ?? {})) {
      expect(findings.find((each) => each.facet === facet)?.witness).toBe(witness);
    }
    for (const [facet, shouldBe] of Object.entries(given.shouldBe ?? {})) {
      expect(findings.find((each) => each.facet === facet)?.shouldBe).toBe(meant(shouldBe));
    }
    expect(given.finds.filter((each) => given.spares.includes(each.split(' ')[0] ?? ''))).toEqual([]);
  });

  test.each(Object.keys(DETECTED_REASONS))('has a case of %s, and one that is none', (reason) => {
    expect(CASES.filter(({ finds }) => finds.some((each) => each.startsWith(`${reason} `)))).not.toEqual([]);
    expect(CASES.filter(({ spares }) => spares.includes(reason))).not.toEqual([]);
  });
});

const anyCase = fc.constantFrom(...CASES);

const shuffled = <Value>(values: readonly Value[]) =>
  fc.shuffledSubarray([...values], { minLength: values.length, maxLength: values.length });

/** A policy written otherwise: the keys in another order, lists for single values, and the other way round. */
const rewritten = (text: string, flip: boolean): string => {
  const turn = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length === 1 && flip ? turn(value[0]) : value.toReversed().map(turn);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, member]) => [key, turn(member)]),
    );
  };
  return JSON.stringify(turn(JSON.parse(text)), null, 2);
};

test('what is as it should be is no finding', () => {
  fc.assert(
    fc.property(anyCase, (given) => {
      const snapshot = snapshotOf(given);
      const { facets } = snapshot.actual;
      const wanted = Object.entries(facets).map(([facet, value]) => ({
        facet,
        value,
        by: [{ kind: 'grant' as const, id: 'g-1', version: 1 }],
      }));
      const same = {
        ...snapshot,
        desired: { ...snapshot.desired, wanted, conflicts: [] },
        changes: [],
        before: facets,
      };
      const degraded = facets.agent?.startsWith('degraded');
      expect(facets.cluster !== undefined || degraded ? [] : found(same)).toEqual([]);
    }),
  );
});

test('the order of facets, wishes and changes, and the form of documents, change nothing', () => {
  fc.assert(
    fc.property(
      anyCase.chain((given) => {
        const snapshot = snapshotOf(given);
        return fc.record({
          snapshot: fc.constant(snapshot),
          facets: shuffled(Object.entries(snapshot.actual.facets)),
          wanted: shuffled(snapshot.desired.wanted),
          changes: shuffled(snapshot.changes),
          flip: fc.boolean(),
        });
      }),
      ({ snapshot, facets, wanted, changes, flip }) => {
        const again = facets.map(([facet, value]) => [
          facet,
          value.startsWith('{') && !facet.startsWith('deny:') ? canonicalPolicy(rewritten(value, flip)) : value,
        ]);
        const turned = {
          ...snapshot,
          actual: { ...snapshot.actual, facets: Object.fromEntries(again) },
          desired: { ...snapshot.desired, wanted },
          changes,
        };
        expect(found(turned)).toEqual(found(snapshot));
      },
    ),
  );
});

test('reason and subject hang neither on who did it nor on whether an event told', () => {
  const change = (facet: string, name: string): SeenChange => ({
    eventId: `e-${name}`,
    at: '2026-11-21T12:30:00Z',
    kind: 'AddonUpdated',
    facets: [facet],
    actor: { type: 'IAMUser', name, eventId: `e-${name}` },
    via: 'event',
  });
  fc.assert(
    fc.property(anyCase, fc.constantFrom('*', 'exists', 'trust', 'role'), (given, facet) => {
      const { changes, ...rest } = snapshotOf(given);
      const keys = (told: readonly SeenChange[]) => found({ ...rest, changes: [...changes, ...told] }).map(line);
      expect(keys([change(facet, 'mallory')])).toEqual(keys([]));
    }),
  );
});

test('a finding names who did it, from where and with what', () => {
  const given = CASES.find(({ why }) => why === 'the boundary is gone');
  if (given === undefined) throw new Error('the case is gone');
  const snapshot = snapshotOf(given);
  const actor = {
    type: 'IAMUser',
    name: 'mallory',
    sourceIp: '203.0.113.7',
    userAgent: 'aws-cli/1.45',
    mfa: false,
    eventId: 'e-9',
  };
  const changes = [
    {
      eventId: 'e-9',
      at: '2026-11-21T12:30:00Z',
      kind: 'RoleBoundaryChanged',
      facets: ['boundary'],
      actor,
      via: 'lookup' as const,
    },
  ];
  expect(found({ ...snapshot, changes })[0]?.attribution).toEqual({
    who: 'other',
    actor,
    eventId: 'e-9',
    sentence: 'mallory from 203.0.113.7 with aws-cli/1.45 (no MFA): RoleBoundaryChanged at 2026-11-21T12:30:00Z.',
  });
  expect(found(snapshot)[0]?.attribution?.who).toBe('unknown');
});
