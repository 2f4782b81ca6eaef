/** What `.podid/env` tells a person: an address and tokens with which the deployed API lets them in. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Config } from '../../functions/config.ts';
import { synth } from '../../infra/app.ts';
import { createCloud, type LocalCloud } from '../../local/cloud.ts';
import { deployControlPlane } from '../../local/control-plane.ts';
import { type Door, doorFor, openDoor } from '../../local/door.ts';
import { DEMO_FLEET, loadFleet } from '../../local/fleet/load.ts';
import { services } from '../../local/services/index.ts';
import { welcome } from '../../local/welcome.ts';
import { configuration, FUNCTIONS, folder, HUB, standIns, writeConfig } from '../infra/fixture.ts';

const { fleet } = loadFleet(DEMO_FLEET);
const ELSEWHERE = { issuer: 'https://elsewhere.example', audience: ['urn:podid:api'] };

let cloud: LocalCloud;
let door: Door;

beforeAll(async () => {
  cloud = createCloud();
  for (const service of services) cloud.addService(service);
  cloud.addAccount(HUB);
  await cloud.listen();
  const { config, issuer } = await openDoor(cloud, Config.parse(configuration({ api: ELSEWHERE })), fleet.people);
  if (issuer === undefined) throw new Error('no issuer was started');
  // A stand-in for the API answers "api".
  const bundleDir = standIns([...new Set([...FUNCTIONS.map(({ name }) => name), 'api'])]);
  const stacks = synth({ configFile: writeConfig(config), outDir: folder('cdk'), bundleDir, check: false });
  await deployControlPlane(
    cloud,
    stacks.filter(({ name }) => name === 'podid-hub'),
  );
  door = await doorFor(cloud, config, issuer, fleet.people);
}, 120_000);
afterAll(() => cloud?.close());

const ask = async (token?: string) => {
  const answer = await fetch(`${door.variables.PODID_API}/me`, {
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
  });
  return { status: answer.status, text: await answer.text() };
};

test.each(['PODID_TOKEN', 'PODID_APPROVER_TOKEN'])('%s is let in', async (name) => {
  expect(await ask(door.variables[name])).toEqual({ status: 200, text: '"api"' });
});

test('who has none stays out, though the template named another issuer at first', async () => {
  expect((await ask()).status).toBe(401);
  const discovery = await fetch(`${door.variables.PODID_ISSUER}/.well-known/openid-configuration`);
  expect(await discovery.json()).toMatchObject({ issuer: door.issuer });
});

test('the approver is somebody else, of every team that a request of the developer may need', () => {
  const claimsOf = (name: string) =>
    JSON.parse(Buffer.from(door.variables[name]?.split('.')[1] ?? '', 'base64url').toString());
  const [developer, approver] = [claimsOf('PODID_TOKEN'), claimsOf('PODID_APPROVER_TOKEN')];
  expect([developer.sub, developer.groups]).toEqual(['dana', ['checkout']]);
  expect([approver.sub, approver.groups]).toEqual(['avery', ['checkout', 'platform', 'analytics']]);
});

test('the welcome says where it is and who can log in, and nothing where there is no API', () => {
  const shown = { endpoint: cloud.endpoint, env: '.podid/env', fleet, seconds: 1 };
  const text = welcome({ ...shown, door });
  for (const part of [door.api, door.issuer, '$PODID_APPROVER_TOKEN', 'robin']) expect(text).toContain(part);
  expect(welcome(shown)).not.toMatch(/API {2}|OpenID|undefined/);
});

test('without the section nothing is started', async () => {
  const config = Config.parse(configuration({ api: undefined }));
  expect(await openDoor(cloud, config, fleet.people)).toEqual({ config });
});
