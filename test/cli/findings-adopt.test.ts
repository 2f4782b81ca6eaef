/** `podid findings adopt`: from the hub's table and the API to a request of the person's own. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ObjectRef } from '../../functions/drift/contract.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../functions/drift/kept.ts';
import { Grant, type GrantEvent } from '../../functions/grants/index.ts';
import { findingId } from '../../functions/store/finding-row.ts';
import { type StandIn, startStandIn } from './api-stand-in.ts';
import { workplace } from './command.ts';
import { active, allowed, DANA, grantAfter, ID, previewWith, viewOf, WISH } from './grant-fixtures.ts';
import { type HubStandIn, startHub } from './hub-stand-in.ts';

const REF: ObjectRef = {
  object: 'association',
  identity: {
    account: '222222222222',
    region: 'eu-west-1',
    cluster: 'shop',
    namespace: 'checkout',
    serviceAccount: 'api',
  },
};
const { key: KEY } = placeOf(REF);
const FINDING = findingId(KEY, { reason: 'SessionTagsDisabled', subject: 'session-tags' });
const GONE = findingId(KEY, { reason: 'AssociationRecreated', subject: 'exists' });
const standing = grantAfter({ ...allowed, id: 'e-1' }, active);
const asked: GrantEvent = {
  ...{ kind: 'change-requested', id: 'c-1', basedOn: 1, by: DANA },
  wish: { ...WISH, sessionTags: false, reason: 'they are wrong' },
  adopts: [{ finding: FINDING, object: KEY, facet: 'session-tags' }],
};
const changed = grantAfter({ ...allowed, id: 'e-1' }, active, asked);
const ADOPT = `PUT /grants/${ID}`;

let hub: HubStandIn;
let api: StandIn;
const place = workplace({});

beforeAll(async () => {
  [hub, api] = await Promise.all([startHub(), startStandIn()]);
  await hub.store.grants(Grant).begin(standing);
  const found = [
    { reason: 'SessionTagsDisabled', severity: 'error', sentence: 'They are off.', subject: 'session-tags' },
    { reason: 'AssociationRecreated', severity: 'error', sentence: 'It is another.', subject: 'exists' },
  ] as const;
  const at = new Date().toISOString();
  await hub.store.findings.keep(KEY, found, {
    at,
    cause: { kind: 'AssociationUpdated' },
    complete: true,
    judge: 'drift',
  });
  const facets = { exists: 'a-1', 'session-tags': 'off' };
  await objects().keep(placeOf(REF), { ref: REF, facets, readAt: at, fights: {} }, 0);
}, 60_000);
beforeEach(() => {
  const etag = { headers: { etag: '"3"' } };
  api.tell({
    [`GET /grants/${ID}`]: { ...etag, body: viewOf(standing) },
    [ADOPT]: { ...etag, body: viewOf(changed) },
    'POST /grants/preview': { body: previewWith('denied') },
  });
});
afterAll(async () => {
  await Promise.all([hub?.end(), api?.end()]);
  place.end();
});

const objects = () => hub.store.objects(OBJECT_SCHEMAS);
const adopt = (...args: readonly string[]) =>
  place.podid(['findings', 'adopt', ...args], '', { ...hub.env, PODID_API: api.url, PODID_TOKEN: 'token' });
const WHY = ['--why', 'they are wrong'];

describe('podid findings adopt', () => {
  it('asks for the grant with what is there, names the finding, and has the object looked at', async () => {
    const ran = await adopt(FINDING, ...WHY);
    expect(ran).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Grant g-\w+, version 2: changing/m) });
    expect(ran.out).toContain(`Adopts ${FINDING}: session-tags of ${KEY}, as it is.`);
    const put = api.asked.find(({ method }) => method === 'PUT');
    expect(put).toMatchObject({
      path: `/grants/${ID}?adopts=${FINDING}`,
      body: { ...WISH, sessionTags: false, reason: 'they are wrong' },
      headers: { 'if-match': '"3"', authorization: 'Bearer token' },
    });
    const { state } = await objects().read(KEY);
    expect(Date.parse(state?.again ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('shows what it would come to, and asks for nothing', async () => {
    const ran = await adopt(FINDING, ...WHY, '--dry-run');
    expect(ran).toMatchObject({ code: 4, out: expect.stringMatching(/guardrails would deny it/) });
    expect(api.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /grants/${ID}`,
      `POST /grants/preview?changes=${ID}`,
    ]);
  });

  it('says what the API refuses, with the exit code of a request', async () => {
    api.tell({
      [`GET /grants/${ID}`]: { body: viewOf(standing) },
      [ADOPT]: {
        status: 403,
        body: { title: 'no', status: 403, detail: 'Only team checkout asks for changes of it.' },
      },
    });
    expect(await adopt(FINDING, ...WHY)).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/Only team checkout/),
    });
  });

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['a finding that is none', ['f-0', ...WHY], /There is no finding f-0/],
    ['what no grant can want', [GONE, ...WHY], new RegExp(`${GONE} can't be adopted\\. .*podid revoke`)],
    ['no reason', [FINDING], /--why/],
  ])('refuses %s, and asks nobody', async (_what, args, err) => {
    expect(await adopt(...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(err) });
    expect(api.asked).toEqual([]);
  });

  it('refuses what waits already', async () => {
    api.tell({ [`GET /grants/${ID}`]: { body: viewOf(changed) } });
    expect(await adopt(FINDING, ...WHY)).toMatchObject({ code: 1, err: expect.stringMatching(/adopts it already/) });
  });
});
