/** `podid adopt requests`: files that `podid request -f` takes, from a proposal or from what was accepted. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { Config } from '../../functions/config.ts';
import type { Facets, ObjectRef } from '../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../functions/drift/kept.ts';
import { Grant, problemsOf } from '../../functions/grants/index.ts';
import { seenOf } from '../../functions/store/association-row.ts';
import { workplace } from './command.ts';
import { active, allowed, grantAfter, ID } from './grant-fixtures.ts';
import { type HubStandIn, startHub } from './hub-stand-in.ts';

const AT = '2026-11-21T10:00:00.000Z';
const SHOP = { account: '222222222222', region: 'eu-west-1', cluster: 'shop' };
const roleArn = (name: string): string => `arn:aws:iam::222222222222:role/${name}`;
const CONFIG = {
  hub: { account: '111111111111', region: 'eu-west-1' },
  spokes: [
    {
      ...{ name: 'shop', account: '222222222222', managedRoles: ['orders'] },
      clusters: [{ name: 'shop', region: 'eu-west-1', mode: 'remediate' }],
    },
  ],
};
const config = Config.parse(CONFIG);

let hub: HubStandIn;
const place = workplace({ 'podid.config.yaml': CONFIG });

beforeAll(async () => {
  hub = await startHub();
  await hub.store.clusters.keepSwept({ cluster: SHOP, startedAt: AT, completedAt: AT });
  for (const [name, role] of Object.entries({ api: 'orders', web: 'orders', old: 'legacy' })) {
    const state = {
      ...{
        associationId: `a-${name}`,
        associationArn: `arn:a-${name}`,
        roleArn: roleArn(role),
        disableSessionTags: false,
      },
      ...(name === 'web' && { ownerArn: 'arn:aws:eks:eu-west-1:222222222222:addon/shop/csi/1' }),
    };
    await hub.store.associations.keep({ ...SHOP, namespace: 'checkout', serviceAccount: name }, seenOf(state, AT));
  }
}, 60_000);
afterAll(async () => {
  await hub?.end();
  place.end();
});

const run = (...args: readonly string[]) => place.podid(['adopt', ...args], '', hub.env);
const ANSWERS = ['--team', 'checkout', '--lifetime', 'P90D'];
const read = (...file: readonly string[]): string => readFileSync(path.join(place.cwd, ...file), 'utf8');

describe('podid adopt requests', () => {
  it('needs a proposal, as long as nothing is accepted', async () => {
    expect(await run('requests', ...ANSWERS)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/No baseline is accepted/),
    });
  });

  it('writes a file for each service account, with what is to be done before, and lists the rest', async () => {
    expect((await run('propose', '--out', 'shop.yaml')).code).toBe(0);
    const ran = await run('requests', 'shop.yaml', ...ANSWERS, '--out', 'asks');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/^2 requests in asks\. Nothing was asked for yet\. 1 of them need something else first/);
    expect(ran.out).toMatch(/^ {2}checkout\/web in .*: It belongs to .*csi/m);
    expect(readdirSync(path.join(place.cwd, 'asks')).sort()).toEqual(['checkout-api.yaml', 'checkout-old.yaml']);
    expect(read('asks', 'checkout-old.yaml')).toMatch(/^# podid\.config\.yaml .*managedRoles .* needs legacy\.$/m);
    const wish = parse(read('asks', 'checkout-api.yaml'));
    expect(problemsOf(wish, AT, config)).toEqual([]);
    expect(wish).toMatchObject({ source: { role: roleArn('orders') }, team: 'checkout', lifetime: { for: 'P90D' } });
  });

  it('writes over nothing, and then nothing at all', async () => {
    mkdirSync(path.join(place.cwd, 'mine'));
    writeFileSync(path.join(place.cwd, 'mine', 'checkout-old.yaml'), 'mine');
    const ran = await run('requests', 'shop.yaml', ...ANSWERS, '--out', 'mine');
    expect(ran).toMatchObject({ code: 1, err: expect.stringMatching(/checkout-old\.yaml is there already/) });
    expect(readdirSync(path.join(place.cwd, 'mine'))).toEqual(['checkout-old.yaml']);
    expect(read('mine', 'checkout-old.yaml')).toBe('mine');
  });

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['a lifetime that is none', ['--team', 'checkout', '--lifetime', 'soon'], /--lifetime soon: .*duration/],
    ['one that is too long', ['--team', 'checkout', '--lifetime', 'P9Y'], /365 days/],
    ['a team that is none', ['--team', 'a b', '--lifetime', 'P90D'], /team/],
    ['nobody who answers for them', ['--lifetime', 'P90D'], /--team/],
  ])('refuses %s', async (_what, args, err) => {
    expect(await run('requests', 'shop.yaml', ...args, '--out', 'none')).toMatchObject({
      ...{ code: 1, out: '', err: expect.stringMatching(err) },
    });
  });

  it('takes what was accepted, without what is granted by now', async () => {
    const accept = (ref: ObjectRef, facets: Facets) =>
      hub.store
        .objects(OBJECT_SCHEMAS)
        .keepBaseline(placeOf(ref).key, { acceptedAt: AT, by: 'dana', facets, closed: [] });
    await accept({ object: 'cluster', cluster: SHOP }, {});
    for (const [serviceAccount, role] of [
      ['api', 'orders'],
      ['old', 'orders'],
    ] as const) {
      const identity = { ...SHOP, namespace: 'checkout', serviceAccount };
      await accept({ object: 'association', identity }, { exists: 'a-1', role: roleArn(role), 'session-tags': 'on' });
    }
    const open = { Effect: 'Allow', Principal: { Service: 'pods.eks.amazonaws.com' }, Action: 'sts:*' };
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    await accept({ object: 'role', roleArn: roleArn('orders') }, { exists: 'AROA', trust });
    await hub.store.grants(Grant).begin(grantAfter({ ...allowed, id: 'e-1' }, active));
    const ran = await run('requests', ...ANSWERS, '--out', 'accepted');
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(new RegExp(`checkout/api .*: Grant ${ID} has it already`)),
    });
    expect(readdirSync(path.join(place.cwd, 'accepted'))).toEqual(['checkout-old.yaml']);
    // As it was accepted: what it is by now is drift.
    expect(parse(read('accepted', 'checkout-old.yaml')).source).toEqual({ role: roleArn('orders') });
    expect(read('accepted', 'checkout-old.yaml')).not.toMatch(/Nobody has read/);
    expect(read('accepted', 'checkout-old.yaml')).toMatch(/^# Role .* can't be exact .* podid trust tighten/m);
  });
});
