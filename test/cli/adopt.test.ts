/** `podid adopt`: proposed, reviewed, accepted; through the hub's table. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { OBJECT_SCHEMAS, placeOf } from '../../functions/drift/kept.ts';
import { DANA, shopWithHub } from './hub-stand-in.ts';

const CLUSTER = 'arn:aws:eks:eu-west-1:222222222222:cluster/shop';
const AT = '2026-11-21T10:00:00.000Z';
const SHOP = { account: '222222222222', region: 'eu-west-1', cluster: 'shop' };
const roleArn = (name: string): string => `arn:aws:iam::222222222222:role/${name}`;
const { place, hub, run, out, json } = shopWithHub();
const objects = () => hub().store.objects(OBJECT_SCHEMAS);

const associate = (serviceAccount: string) => {
  const state = {
    associationId: `a-${serviceAccount}`,
    associationArn: `arn:aws:eks:eu-west-1:222222222222:podidentityassociation/shop/a-${serviceAccount}`,
    roleArn: roleArn(serviceAccount),
    disableSessionTags: false,
  };
  const seen = { state, revision: AT };
  return hub().store.associations.keep({ ...SHOP, namespace: 'checkout', serviceAccount }, seen);
};

describe('podid adopt', () => {
  const file = () => path.join(place.cwd, 'shop.yaml');

  it('counts every cluster as not accepted at first: what the configuration mends is told only', async () => {
    expect((await json('adopt', 'status')).clusters).toEqual([
      { cluster: CLUSTER, mode: 'remediate', effective: 'notify' },
    ]);
  });

  it('proposes nothing of a cluster that nobody has listed', async () => {
    const ran = await run('adopt', 'propose');
    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/run podid sweep first/) });
    await hub().store.clusters.keepSwept({ cluster: SHOP, startedAt: AT, completedAt: AT });
    for (const name of ['api', 'web']) await associate(name);
  });

  it('proposes what was listed, and says of what nobody has read that a sweep is to be run', async () => {
    const ran = await run('adopt', 'propose', '--cluster', 'shop', '--out', file());
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/1 cluster, 2 associations and 0 roles/) });
    expect(ran.err).toMatch(/run podid sweep first/);
    expect(ran.err).toContain(roleArn('api'));
  });

  it('proposes the roles once they were read, accepts what is left of the file, and keeps it', async () => {
    for (const name of ['api', 'web']) {
      const ref = { object: 'role', roleArn: roleArn(name) } as const;
      const facets = { exists: `AROA${name}`, trust: '{"Version":"2012-10-17","Statement":[]}' };
      await objects().keep(placeOf(ref), { ref, facets, fights: {} }, 0);
    }
    const cluster = { object: 'cluster', cluster: SHOP } as const;
    await objects().keep(placeOf(cluster), { ref: cluster, facets: { agent: 'add-on' }, fights: {} }, 0);
    expect(await out('adopt', 'propose', '--out', file())).toMatch(/2 associations and 2 roles/);
    const text = readFileSync(file(), 'utf8');
    expect(text).toMatch(/^# What exists, as a proposal\./);
    // Somebody doesn't want web.
    const without = text.replace(/ {6}- namespace: \S+\n {8}serviceAccount: web\n(?: {8}.*\n)*/, '');
    writeFileSync(file(), without);
    expect(await out('adopt', 'accept', file(), '--dry-run')).toBe(
      `Not in the file, and so wanted by nobody: ${CLUSTER}/checkout/web\nWould accept 1 cluster, 1 association and 2 roles. Nothing was kept.\n`,
    );
    expect(await objects().baseline(CLUSTER)).toBeUndefined();
    expect(await out('adopt', 'accept', file())).toMatch(/^Accepted 1 cluster, 1 association and 2 roles/m);
    expect(await objects().baseline(`${CLUSTER}#checkout/api`)).toMatchObject({ facets: { role: roleArn('api') } });
    expect(await objects().baseline(`${CLUSTER}#checkout/web`)).toBeUndefined();
    expect(await objects().baseline(roleArn('web'))).toMatchObject({ closed: ['inline', 'attached'] });
    expect((await json('adopt', 'status')).clusters).toMatchObject([
      { effective: 'remediate', acceptedAt: expect.any(String), by: DANA },
    ]);
  }, 30_000);

  it('warns where a service account asks for another role by IRSA, too', async () => {
    const asks = (serviceAccount: string, irsa: { roleArn: string; valid: boolean }) =>
      hub().store.serviceAccounts.keep(
        { identity: { ...SHOP, namespace: 'checkout', serviceAccount }, irsa, since: AT },
        0,
      );
    await asks('api', { roleArn: roleArn('legacy'), valid: true });
    await asks('web', { roleArn: roleArn('web'), valid: true });
    await asks('nobody', { roleArn: roleArn('legacy'), valid: true });
    const proposal = await out('adopt', 'propose');
    expect(proposal.match(/IRSA: .*/g)).toEqual([
      expect.stringMatching(/also asks for arn:aws:iam::222222222222:role\/legacy, by eks.amazonaws.com\/role-arn/),
    ]);
    expect(proposal).toMatch(/serviceAccount: api\n(?: {8}.*\n)*? {8}warnings:\n {10}- "?IRSA: /);
  });

  it('refuses what was changed since, and keeps nothing', async () => {
    const ref = { object: 'role', roleArn: roleArn('api') } as const;
    const { state, revision } = await objects().read(roleArn('api'));
    const wider = { ...state?.facets, trust: '{"Version":"2012-10-17"}' };
    await objects().keep(placeOf(ref), { ref, facets: wider, fights: {} }, revision);
    const before = await objects().baseline(CLUSTER);
    const ran = await run('adopt', 'accept', file());
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/Nothing was accepted:\n.*role\/api was changed since it was proposed\.\n.*propose/s);
    expect(await objects().baseline(CLUSTER)).toEqual(before);
  });

  it.each<[what: string, text: string, err: RegExp]>([
    [
      'a wrong field',
      'podid: baseline/1\nproposedAt: 2026-11-21T12:00:00Z\nclusters: []\nroles:\n  - role: api\n',
      /bad\.yaml:5: roles\.0\.role: /,
    ],
    [
      'a field too many',
      'podid: baseline/1\nproposedAt: 2026-11-21T12:00:00Z\nclusters: []\nroles: []\nmore: 1\n',
      /bad\.yaml:1: the file: .*more/,
    ],
    ['no YAML', 'a: [\n', /bad\.yaml:\d+: /],
    ['aliases', 'a: &x 1\nb: *x\n', /bad\.yaml/],
  ])('tells the line of %s', async (_what, text, err) => {
    writeFileSync(path.join(place.cwd, 'bad.yaml'), text);
    const ran = await run('adopt', 'accept', path.join(place.cwd, 'bad.yaml'));
    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringMatching(err) });
  });

  it('knows no cluster that the configuration has not', async () => {
    expect(await run('adopt', 'propose', '--cluster', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no cluster nobody/),
    });
  });
});
