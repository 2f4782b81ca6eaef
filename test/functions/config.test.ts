/** `podid.config.yaml`: what is filled in, and that each mistake is named with its place and its remedy. */
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { Config, configuredCluster, spokeRegions } from '../../functions/config.ts';
import { ConfigInvalid, parseConfig, readConfig } from '../../infra/config-file.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HUB = { account: '111111111111', region: 'eu-west-1' };
const spoke = (change: object = {}) => ({ name: 'payments', account: '222222222222', ...change });
const cluster = (change: object = {}) => ({ name: 'payments', region: 'eu-west-1', ...change });

test('little is enough; whatever is not said writes nothing', () => {
  const config = Config.parse({ hub: HUB, spokes: [spoke({ clusters: [cluster()] })] });
  expect(config.spokes[0]?.clusters[0]?.mode).toBe('observe');
  expect(config.revocation).toMatchObject({
    deleteAfterDeadline: false,
    deleteBarePods: false,
    withoutSessionTags: 'report',
  });
  expect(config.spokes[0]?.excludedRoles).toEqual([]);
  expect(config.spokes[0]?.managedRoles).toEqual([]);
});

test('the example at the root fits, says every setting, and writes nothing', () => {
  const example = readConfig(path.join(ROOT, 'podid.config.yaml'));
  expect(example.spokes.flatMap(({ clusters }) => clusters.map(({ mode }) => mode))).toEqual(['observe', 'observe']);
  // Its settings are the defaults: who copies it changes nothing by accident.
  const bare = Config.parse({ hub: example.hub, spokes: example.spokes });
  expect(example).toEqual(bare);
});

test("the demo fleet's file fits", () => {
  expect(readConfig(path.join(ROOT, 'local/fleet/podid.config.yaml')).spokes.length).toBeGreaterThanOrEqual(2);
});

const MISTAKES: [what: string, config: unknown, says: string[]][] = [
  ['an empty file', null, ['hub']],
  [
    'an account as a number',
    { hub: { ...HUB, account: 111111111111 }, spokes: [spoke()] },
    ['12 digits; quote it in YAML', 'hub.account'],
  ],
  [
    'a short account',
    { hub: { ...HUB, account: '123' }, spokes: [spoke()] },
    ['12 digits; quote it in YAML', 'hub.account'],
  ],
  [
    'no region',
    { hub: { ...HUB, region: 'Ireland' }, spokes: [spoke()] },
    ['a region such as eu-west-1', 'hub.region'],
  ],
  ['no spoke', { hub: HUB, spokes: [] }, ['spokes']],
  ['an unknown setting', { hub: HUB, spokes: [spoke()], revocaton: {} }, ['Unrecognized key: "revocaton"']],
  [
    'an unknown mode',
    { hub: HUB, spokes: [spoke({ clusters: [cluster({ mode: 'fix' })] })] },
    ['"observe"|"remediate"', 'spokes[0].clusters[0].mode'],
  ],
  [
    'a bad cluster name',
    { hub: HUB, spokes: [spoke({ clusters: [cluster({ name: '-x' })] })] },
    ["EKS's pattern", 'spokes[0].clusters[0].name'],
  ],
  [
    'an account twice',
    { hub: HUB, spokes: [spoke(), spoke({ name: 'other' })] },
    ['222222222222 stands twice: put its clusters under one entry', 'spokes[1].account'],
  ],
  [
    'a name twice',
    { hub: HUB, spokes: [spoke(), spoke({ account: '333333333333' })] },
    ['payments stands twice: give each account its own name', 'spokes[1].name'],
  ],
  [
    'a cluster twice',
    { hub: HUB, spokes: [spoke({ clusters: [cluster(), cluster()] })] },
    ['payments in eu-west-1 stands twice: remove one', 'spokes[0].clusters[1]'],
  ],
  [
    'another partition',
    { hub: HUB, spokes: [spoke({ clusters: [cluster({ region: 'cn-north-1' })] })] },
    ["not in the hub's partition aws: deploy a hub in each", 'clusters[0].region'],
  ],
  [
    'an excluded role as an ARN',
    { hub: HUB, spokes: [spoke({ excludedRoles: ['arn:aws:iam::222222222222:role/x'] })] },
    ['without `arn:…:role/` and leading slash', 'excludedRoles[0]'],
  ],
  [
    'an excluded role with a slash',
    { hub: HUB, spokes: [spoke({ excludedRoles: ['/platform/x'] })] },
    ['leading slash', 'excludedRoles[0]'],
  ],
  [
    'a managed role as an ARN',
    { hub: HUB, spokes: [spoke({ managedRoles: ['orders', 'arn:aws:iam::222222222222:role/x'] })] },
    ['without `arn:…:role/` and leading slash', 'managedRoles[1]'],
  ],
  [
    'a retention that CloudWatch lacks',
    { hub: HUB, spokes: [spoke()], logRetentionDays: 42 },
    ['expected one of 1|3|5|7|14|30', 'logRetentionDays'],
  ],
  [
    'a negative wait',
    { hub: HUB, spokes: [spoke()], revocation: { settleSeconds: -1 } },
    ['>=0', 'revocation.settleSeconds'],
  ],
];

test.each(MISTAKES)('%s is named with its place', (_what, config, says) => {
  const attempt = () => parseConfig(stringify(config), 'mine.yaml');
  expect(attempt).toThrow(ConfigInvalid);
  for (const text of says) expect(attempt).toThrow(text);
  expect(attempt).toThrow(/mine\.yaml/);
});

test('text that is no YAML is named with its line', () => {
  expect(() => parseConfig('hub: { account: "1"\nspokes: []')).toThrow(
    /podid\.config\.yaml is no valid YAML.* at line/,
  );
});

test('a missing file is named', () => {
  expect(() => readConfig('/nowhere/podid.config.yaml')).toThrow(
    /\/nowhere\/podid\.config\.yaml can't be read.*--config FILE/,
  );
});

test('the same cluster name in two regions or accounts is two clusters', () => {
  const config = Config.parse({
    hub: HUB,
    spokes: [
      spoke({ clusters: [cluster(), cluster({ region: 'us-east-1', mode: 'remediate' })] }),
      spoke({ name: 'other', account: '333333333333', clusters: [cluster()] }),
    ],
  });
  expect(configuredCluster(config, '222222222222', 'us-east-1', 'payments')?.mode).toBe('remediate');
  expect(configuredCluster(config, '222222222222', 'eu-west-1', 'payments')?.mode).toBe('observe');
  expect(configuredCluster(config, '444444444444', 'eu-west-1', 'payments')).toBeUndefined();
});

test("an account has a spoke where its clusters are, and in the hub's region when it has none", () => {
  const config = Config.parse({
    hub: HUB,
    spokes: [
      spoke({ clusters: [cluster({ region: 'us-east-1' }), cluster(), cluster({ name: 'two' })] }),
      spoke({ name: 'roles-only', account: '333333333333' }),
    ],
  });
  expect(spokeRegions(config, '222222222222')).toEqual(['eu-west-1', 'us-east-1']);
  expect(spokeRegions(config, '333333333333')).toEqual(['eu-west-1']);
});
