/**
 * The machine through every failure: each AWS call of each step is refused, is throttled, loses its answer or gives none, alone and in pairs. The end is
 * what it would have been without, or, after the compensation, exactly what was before, but for what a finding names. The real ASL, the real functions
 * of hub and spokes, the local IAM and EKS. `PODID_FAULT_SHARE=1` tries every call with every fault instead of a few, `PODID_FAULT_PAIRS` more pairs.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Grant } from '../../../functions/grants/index.ts';
import { identityKey } from '../../../functions/identity.ts';
import { ARCHIVE, PAYMENTS, READ_ORDERS } from '../../functions/grants/samples.ts';
import { BLOWS, type Blow } from './faults.ts';
import { REGION } from './fleets.ts';
import { type Picture, SHARED, SOMEBODY, type Stage, sharing, startStage, wishFor } from './provisioning-stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 60_000);
afterAll(() => stage?.close());

/**
 * - `new`: roles of ours in two accounts, chained.
 * - `shared`: an existing role as the source, which another grant has, too.
 * - `change`: a grant gets another target, another team and fewer permissions.
 * - `take-over`: the association is there, and somebody else's.
 */
const KINDS = ['new', 'shared', 'change', 'take-over'] as const;
type Kind = (typeof KINDS)[number];

/** What a case begins with, and what is to be there once the grant is gone again. */
type Scene = { readonly doIt: () => Promise<string>; readonly afterwards: Picture };

let counted = 0;
/** The grant that is changed, until a change of it goes well. */
let standing: string | undefined;

const sceneOf = async (kind: Kind): Promise<Scene> => {
  counted += 1;
  const name = `w-${counted}`;
  const afterwards = stage.picture();
  switch (kind) {
    case 'new':
      return { doIt: () => asked(wishFor(name)), afterwards };
    case 'shared':
      return { doIt: () => asked(wishFor(name, sharing)), afterwards };
    case 'change': {
      standing ??= (await stage.give(wishFor(name))).id;
      const id = standing;
      const { serviceAccount } = (await stage.grant(id)).versions[0]?.wish ?? { serviceAccount: '' };
      const other = {
        source: { role: 'managed', permissions: { inline: READ_ORDERS } },
        targets: [{ account: ARCHIVE, chained: true, permissions: { inline: READ_ORDERS } }],
        team: 'platform',
      };
      return {
        doIt: async () => {
          await stage.change(id, wishFor(serviceAccount, other));
          return id;
        },
        afterwards: without(stage.picture(), id),
      };
    }
    case 'take-over': {
      const association = { clusterName: 'payments', namespace: 'checkout', serviceAccount: name, roleArn: SOMEBODY };
      await stage.call('eks', 'CreatePodIdentityAssociation', { ...association, tags: { whose: 'somebody' } });
      // What was taken over goes when the grant is revoked.
      return { doIt: () => asked(wishFor(name, { takeOver: true })), afterwards };
    }
  }
};

/** Without all that bears a grant's mark. */
const without = ({ roles, associations }: Picture, id: string): Picture => ({
  roles: roles.filter(({ tags }) => !Object.values(tags).includes(id)),
  associations: associations.filter(({ tags }) => !Object.values(tags).includes(id)),
});

const asked = async (wish: ReturnType<typeof wishFor>): Promise<string> => {
  const { id } = await stage.ask(wish);
  await stage.allow(id);
  return id;
};

/** Whether the version that was asked for last is in force. */
const isMade = ({ state, inForce, versions }: Grant): boolean => state === 'active' && inForce === versions.length;

type Case = { readonly kind: Kind; readonly blows: readonly (readonly [at: number, blow: Blow])[] };
type Met = { readonly grant: Grant; readonly sent: readonly string[] };

/** How it ends, and that it ends well: made, and gone again when it is revoked; or as before, but for what a finding names. */
const meet = async ({ kind, blows }: Case): Promise<Met> => {
  const { doIt, afterwards } = await sceneOf(kind);
  const { spokes } = stage;
  const before = stage.picture();
  spokes.sent.length = 0;
  spokes.struck.clear();
  for (const [at, blow] of blows) spokes.blows.set(at, blow);
  const id = await doIt();
  await stage.settle();
  const grant = await stage.grant(id);
  const sent = [...spokes.sent];
  spokes.blows.clear();
  const told = {
    kind,
    blows: blows.map(([at, blow]) => `${sent[at]} (${at}) ${blow}`),
    why: grant.history.at(-1)?.why,
  };
  expect({ ...told, struck: [...spokes.struck].toSorted() }).toEqual({
    ...told,
    struck: blows.map(([at]) => at).toSorted(),
  });

  const made = isMade(grant);
  expect({ ...told, state: grant.state }).toEqual({
    ...told,
    state: made || kind === 'change' ? 'active' : 'failed',
  });
  if (made) {
    await stage.revoke(id);
    await stage.settle();
    expect({ ...told, state: (await stage.grant(id)).state }).toEqual({ ...told, state: 'revoked' });
  }
  const after = stage.picture();
  const wanted = made ? afterwards : before;
  const open = (await stage.world.store.findings.of(id)).filter(({ state }) => state === 'open');
  const named = open.map(({ subject = '' }) => subject).toSorted();
  const left = differing(wanted, after);
  // What nobody could look at may be as before all the same; and nothing stays behind but by a fault.
  const unread = open.filter(({ sentence }) => UNREAD.test(sentence)).map(({ subject = '' }) => subject);
  const wrong = named.filter((subject) => !left.includes(subject) && !unread.includes(subject));
  const unnamed = left.filter((object) => !named.includes(object));
  const forNothing = open.map(({ sentence }) => sentence).filter((sentence) => !sentence.includes('on purpose'));
  expect({ ...told, unnamed, wrong, forNothing }).toEqual({ ...told, unnamed: [], wrong: [], forNothing: [] });
  // A fault that strikes once, alone, leaves nothing.
  if (blows.length < 2 && blows[0]?.[1] !== 'throttled for ever')
    expect({ ...told, named }).toEqual({ ...told, named: [] });
  if (made || named.length > 0) standing = kind === 'change' ? undefined : standing;
  if (named.includes(SHARED)) await mendShared(before);
  return { grant, sent };
};

const UNREAD = /Throttled|AccessDenied|Timedout|Timeout/;

/** A person does what the finding says; else the next grant of the role would. */
const mendShared = async ({ roles }: Picture): Promise<void> => {
  const trust = roles.find(({ arn }) => arn === SHARED)?.trust;
  const PolicyDocument = JSON.stringify(trust);
  await stage.call('iam', 'UpdateAssumeRolePolicy', { RoleName: 'crowd', PolicyDocument });
};

/** The roles and identities that are not the same in two pictures, in the words of findings. */
const differing = (one: Picture, other: Picture): readonly string[] => {
  const [a, b] = [thingsIn(one), thingsIn(other)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => !isDeepStrictEqual(a.get(key), b.get(key)))
    .toSorted();
};

const thingsIn = ({ roles, associations }: Picture): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    ...roles.map((role) => [role.arn, role] as const),
    ...associations.map((each) => [identityKey({ ...PLACE, ...each }), each] as const),
  ]);
const PLACE = { account: PAYMENTS, region: REGION, cluster: 'payments' };

/** Every call of a case that goes well, by kind. */
const calls = new Map<Kind, readonly string[]>();
/** Of the cases with one fault: how many calls there were in all. */
const lengths: { readonly kind: Kind; readonly at: number; readonly blow: Blow; readonly count: number }[] = [];

describe('without faults', () => {
  it.each(KINDS)(
    '%s: it is made, and goes again',
    async (kind) => {
      if (kind === 'shared') expect((await stage.give(wishFor('sibling', sharing))).grant.state).toBe('active');
      const { grant, sent } = await meet({ kind, blows: [] });
      expect([grant.history.at(-1)?.did, grant.history.at(-1)?.why]).toEqual(['activated', '']);
      calls.set(kind, sent);
    },
    60_000,
  );
});

const SHARE = Number(process.env.PODID_FAULT_SHARE ?? 16);
describe.each(KINDS)('%s: with one fault', (kind) => {
  it.each(BLOWS)(
    'calls in turn: %s',
    async (blow) => {
      const count = calls.get(kind)?.length ?? 0;
      expect(count).toBeGreaterThan(20);
      // Every kind begins elsewhere.
      for (let at = (BLOWS.indexOf(blow) * 2 + KINDS.indexOf(kind)) % SHARE; at < count; at += SHARE) {
        const { sent } = await meet({ kind, blows: [[at, blow]] });
        lengths.push({ kind, at, blow, count: sent.length });
      }
    },
    600_000,
  );
});

const PAIRS = Number(process.env.PODID_FAULT_PAIRS ?? 20);
it('with two faults', async () => {
  const open = lengths.filter(({ at, count }) => count > at + 1);
  expect(open.length).toBeGreaterThan(0);
  const pair = fc.tuple(
    fc.constantFrom(...open),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.constantFrom(...BLOWS),
  );
  for (const [{ kind, at, blow, count }, where, second] of fc.sample(pair, { seed: 20261121, numRuns: PAIRS })) {
    // Among the calls that happen with the first.
    const place = at + 1 + Math.floor(where * (count - at - 1));
    await meet({
      kind,
      blows: [
        [at, blow],
        [place, second],
      ],
    });
  }
}, 600_000);
