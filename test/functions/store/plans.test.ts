import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ResolvedGrant } from '../../../functions/grants/resolved.ts';
import { openStore } from '../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from './dynalite.ts';
import { clientThatCrashes } from './interrupted.ts';
import { API, roleArn } from './samples.ts';

const plan = (changed: Partial<ResolvedGrant> = {}): ResolvedGrant => ({
  grantId: 'g-0123456789abcdef',
  version: 1,
  roles: [
    {
      as: 'source',
      roleArn: roleArn('podid/checkout-api'),
      account: API.account,
      managed: true,
      trust: { parties: [{ tagged: [API], untagged: [] }] },
      managedPolicyArns: [],
      inline: { 'podid-inline': '{}' },
      tags: {},
      standing: 'create',
      differences: [],
    },
  ],
  associations: [],
  removed: [],
  removedRoles: [],
  releasedRoles: [],
  blockers: [],
  warnings: [],
  restarts: [],
  ...changed,
});
const [role] = plan().roles;
/** 40 roles with 10,240 characters of inline policies each, as many as IAM takes: 400 kB and more. */
const large = plan({
  version: 2,
  roles: Array.from({ length: 40 }, (_, n) => ({ ...role, inline: { p: `"${n}${'é'.repeat(10_236)}"` } })).flatMap(
    (each) => ResolvedGrant.shape.roles.parse([each]),
  ),
});
const open = ({ client }: Pick<Dynamo, 'client'>) => openStore(client).plans(ResolvedGrant);
const FIRST = { attempt: 1, do: 'provision' };

describe('plans', () => {
  let dynamo: Dynamo;
  let plans: ReturnType<typeof open>;
  beforeAll(async () => {
    dynamo = await startDynamo();
    plans = open(dynamo);
  });
  afterAll(() => dynamo.close());

  it('are kept for a version and an attempt', async () => {
    const { grantId } = plan();
    expect(await plans.get({ grantId, version: 1, ...FIRST })).toBeUndefined();
    expect(await plans.keep(FIRST, plan())).toEqual(plan());
    expect(await plans.get({ grantId, version: 1, ...FIRST })).toEqual(plan());
    for (const other of [{ version: 2 }, { attempt: 2 }, { do: 'revoke' }, { grantId: 'g-1' }]) {
      expect(await plans.get({ grantId, version: 1, ...FIRST, ...other })).toBeUndefined();
    }
  });

  it('stand as they were first written', async () => {
    const [first, second] = [plan({ version: 3 }), plan({ version: 3, roles: [] })];
    await plans.keep(FIRST, first);
    expect(await plans.keep(FIRST, second)).toEqual(first);
    expect(await plans.keep({ ...FIRST, attempt: 2 }, second)).toEqual(second);
  });

  it('of several at once are one, for all of them', async () => {
    const many = [1, 2, 3, 4].map((n) => plan({ version: 4, removedRoles: [roleArn(`r-${n}`)] }));
    const stand = await Promise.all(many.map((each) => plans.keep(FIRST, each)));
    expect(new Set(stand.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(await plans.get({ grantId: plan().grantId, version: 4, ...FIRST })).toEqual(stand[0]);
  });

  it('of more than a row are kept, or not there at all when their writer stops', async () => {
    expect(JSON.stringify(large).length).toBeGreaterThan(400_000);
    const ref = { grantId: large.grantId, version: 2, ...FIRST };
    for (const row of ['#3"', '"PLAN"']) {
      const crashing = await clientThatCrashes(dynamo, row);
      await expect(open({ client: crashing }).keep(FIRST, large)).rejects.toThrow();
      crashing.destroy();
      expect(await plans.get(ref)).toBeUndefined();
    }
    // Another one: the pieces of the first are still there.
    const next = { ...large, removedRoles: [roleArn('more')] };
    expect(await plans.keep(FIRST, next)).toEqual(next);
    expect(await plans.get(ref)).toEqual(next);
  });
});
