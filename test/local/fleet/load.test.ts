/** Fleet files: what a good one gives, and what a wrong one hears. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { fleetJsonSchema, SCHEMA_FILE } from '../../../local/fleet/json-schema.ts';
import { DEMO_FLEET, FleetInvalid, fleetOf, loadFleet } from '../../../local/fleet/load.ts';
import { folder } from './folder.ts';

const role = (name: string) => ({ name, trust: { Version: '2012-10-17', Statement: [] } });
const association = (serviceAccount: string, account = '222222222222') => ({
  namespace: 'ns',
  serviceAccount,
  roleArn: `arn:aws:iam::${account}:role/app`,
});

/** A small good fleet, with what a case changes. */
const small = (cluster: object = {}, account: object = {}, fleet: object = {}) => ({
  region: 'eu-west-1',
  config: {
    hub: { account: '111111111111', region: 'eu-west-1' },
    spokes: [{ name: 'payments', account: '222222222222', clusters: [{ name: 'c', region: 'eu-west-1' }] }],
  },
  accounts: [
    { name: 'hub', id: '111111111111' },
    {
      name: 'payments',
      id: '222222222222',
      roles: [role('node'), role('app')],
      clusters: [
        {
          name: 'c',
          region: 'eu-west-1',
          nodeRole: 'node',
          nodes: [{ name: 'n', instanceId: 'i-1', hopLimit: 1 }],
          associations: [association('a')],
          ...cluster,
        },
      ],
      ...account,
    },
  ],
  ...fleet,
});

const problem = (data: object): string => {
  try {
    fleetOf(data, '.');
  } catch (error) {
    if (error instanceof FleetInvalid) return error.message;
    throw error;
  }
  return 'no problem';
};

test('the demo fleet and the small one are good', () => {
  expect(loadFleet(DEMO_FLEET).fleet.accounts.length).toBeGreaterThan(1);
  expect(problem(small())).toBe('no problem');
});

const CLUSTER = 'accounts[1].clusters[0]';
test.each([
  ['a missing field', small({}, {}, { region: undefined }), 'the fleet: region: Invalid input'],
  ['a field that nobody knows', small({ nods: [] }), `the fleet: ${CLUSTER}: Unrecognized key: "nods"`],
  [
    'an account id as a number',
    small({}, { id: 222222222222 }),
    'the fleet: accounts[1].id: An account id is twelve digits, in quotes.',
  ],
  ['an account id that is too short', small({}, { id: '123' }), 'accounts[1].id: An account id is twelve digits'],
  ['a mistake in the configuration', small({}, {}, { config: {} }), 'the fleet: config.hub: Invalid input'],
  [
    'a node role that is not there',
    small({ nodeRole: 'nod' }),
    `the fleet: ${CLUSTER}.nodeRole: The account payments has no role nod, which the nodes of c run with.`,
  ],
  [
    "another account's role",
    small({ associations: [association('a', '333333333333')] }),
    `${CLUSTER}.associations[0].roleArn: arn:aws:iam::333333333333:role/app is in another account than the cluster`,
  ],
  [
    'a role by its name',
    small({ associations: [{ ...association('a'), roleArn: 'app' }] }),
    `${CLUSTER}.associations[0].roleArn: app is no role's ARN.`,
  ],
  [
    'two associations of one service account',
    small({ associations: [association('a'), association('b'), association('a')] }),
    `${CLUSTER}.associations[2].serviceAccount: ns/a has two associations in c: a service account can have one.`,
  ],
  [
    'two roles of one name',
    small({}, { roles: [role('node'), role('app'), role('app')] }),
    'accounts[1].roles[2].name: The account payments has two roles app.',
  ],
  [
    'two accounts with one id',
    small({}, { id: '111111111111', clusters: [] }),
    'accounts[1].id: There are two accounts with the id 111111111111.',
  ],
])('%s is told with its path and a sentence', (_, data, sentence) => {
  expect(problem(data)).toContain(sentence);
});

test('all mistakes are told at once, up to twenty', () => {
  const wrong = Array.from({ length: 30 }, (_, index) => association(`a-${index}`, '333333333333'));
  const lines = problem(small({ nodeRole: 'nod', associations: wrong })).split('\n');
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('… and 11 more');
});

test('two clusters of one name are good in two regions', () => {
  const clusters = ['eu-west-1', 'us-east-1'].map((region) => ({ name: 'c', region, nodeRole: 'node' }));
  expect(problem(small({}, { clusters }))).toBe('no problem');
  expect(problem(small({}, { clusters: clusters.map((one) => ({ ...one, region: 'eu-west-1' })) }))).toContain(
    'accounts[1].clusters[1].name: The account payments has two clusters eu-west-1/c.',
  );
});

describe('files', () => {
  const dir = folder();

  const file = (name: string, text: string): string => {
    writeFileSync(path.join(dir(), name), text);
    return path.join(dir(), name);
  };

  test('a mistake has its line and column', () => {
    const text = stringify(small({ nodeRole: 'nod' }));
    const line = text.split('\n').findIndex((one) => one.includes('nodeRole: nod')) + 1;
    expect(line).toBeGreaterThan(1);
    expect(() => loadFleet(file('fleet.yaml', text))).toThrow(
      new RegExp(`fleet\\.yaml:${line}:19: ${CLUSTER.replaceAll(/[[\]]/g, '\\$&')}\\.nodeRole: The account payments`),
    );
  });

  test('what is missing has the place of what it is missing in', () => {
    expect(() => loadFleet(file('short.yaml', 'region: eu-west-1\naccounts:\n  - name: hub\n'))).toThrow(
      /short\.yaml:3:5: accounts\[0\]\.id: An account id is twelve digits/,
    );
  });

  test('a mistake in the configuration beside it is told with that file', () => {
    file('config.yaml', 'hub: { account: 1 }\n');
    expect(() => loadFleet(file('beside.yaml', stringify(small({}, {}, { config: 'config.yaml' }))))).toThrow(
      /config\.yaml:1:\d+: hub\.account: an AWS account id has 12 digits/,
    );
  });

  test('JSON is read as JSON; text that is neither, and a file that is not there, are told', () => {
    expect(loadFleet(file('fleet.json', JSON.stringify(small()))).fleet.accounts).toHaveLength(2);
    expect(() => loadFleet(file('broken.yaml', 'a: [1'))).toThrow(/broken\.yaml is no YAML: .*line 1/s);
    expect(() => loadFleet(path.join(dir(), 'nothing.yaml'))).toThrow(/nothing\.yaml can't be read/);
  });
});

test('the published schema is the one that is checked (else: npm run fleet-schema)', () => {
  expect(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))).toEqual(JSON.parse(fleetJsonSchema()));
});
