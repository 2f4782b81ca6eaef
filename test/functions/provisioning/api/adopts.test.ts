/** Asking for a change that keeps what findings of drift complain about: what is marked, and what can't be. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GrantView } from '../../../../functions/provisioning/api/schemas.ts';
import { findingId } from '../../../../functions/store/finding-row.ts';
import { ada, bob, mallory, NOW, openStage, PAYMENTS, type Stage, wish } from './stage.ts';

let stage: Stage;
let id: string;
beforeAll(async () => {
  stage = await openStage();
  id = GrantView.parse((await stage.ask(ada, 'POST', '/grants', { body: wish })).body).id;
  await stage.ask(bob, 'POST', `/grants/${id}/approve`, { body: { version: 1 } });
  await stage.happen(id, { kind: 'provisioned', id: 'done', version: 1, notes: [] });
  for (const facet of ['session-tags', 'role']) await find(KEY, facet);
  await find(`${KEY}-of-others`, 'role');
  await stage.store.findings.keep(KEY, [found('trust')], { ...judged, judge: 'trust' });
});
afterAll(() => stage.close());

const { namespace, serviceAccount } = wish;
const [{ region, cluster } = { region: '', cluster: '' }] = wish.clusters;
const KEY = `arn:aws:eks:${region}:${PAYMENTS}:cluster/${cluster}#${namespace}/${serviceAccount}`;
const judged = { at: NOW, cause: { kind: 'AssociationUpdated' }, complete: true };
const found = (facet: string) =>
  ({ reason: 'Differs', severity: 'error', sentence: 'It differs.', subject: facet }) as const;
const known = new Map<string, string[]>();
const find = async (object: string, facet: string): Promise<void> => {
  known.set(object, [...(known.get(object) ?? []), facet]);
  await stage.store.findings.keep(object, (known.get(object) ?? []).map(found), { ...judged, judge: 'drift' });
};
const idOf = (facet: string, object = KEY): string => findingId(object, { reason: 'Differs', subject: facet });

const change = (adopts: string, more: object = {}, who = ada) =>
  stage.ask(who, 'PUT', `/grants/${id}?adopts=${adopts}`, {
    body: { ...wish, restartPods: true, ...more },
    headers: { 'if-match': '*' },
  });
const mark = (facet: string) => ({ finding: idOf(facet), object: KEY, facet });

describe('a change that adopts', () => {
  it.each<[what: string, adopts: () => string, status: number, detail: RegExp]>([
    ['what is no id', () => 'all', 400, /adopts/],
    ['what nobody has found', () => 'f-000000000000', 400, /no finding of drift/],
    ['what is of another object', () => idOf('role', `${KEY}-of-others`), 400, /no finding of drift f-\w+ about grant/],
    ['what another judge has found', () => idOf('trust'), 400, /no finding of drift/],
  ])('is refused for %s, and nothing is asked for', async (_what, adopts, status, detail) => {
    expect(await change(adopts())).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } });
    expect((await stage.ask(ada, 'GET', `/grants/${id}`)).body).toMatchObject({ phase: 'active' });
  });

  it('is refused to those who may not change the grant', async () => {
    expect((await change(idOf('session-tags'), {}, mallory)).status).toBe(403);
  });

  it('is not kept where the guardrails deny what it wants: it holds nothing back', async () => {
    expect(await change(idOf('session-tags'), { sessionTags: false })).toMatchObject({
      status: 403,
      body: { type: 'urn:podid:problem:guardrails-refuse' },
    });
    expect((await stage.ask(ada, 'GET', `/grants/${id}`)).body).toMatchObject({ phase: 'active' });
  });

  it('has in its version what the findings say, and tells whoever decides', async () => {
    const grant = GrantView.parse((await change(idOf('session-tags'))).body);
    expect(grant.phase).toBe('changing/awaiting-approval');
    expect(grant.versions.at(-1)).toMatchObject({ version: 2, adopts: [mark('session-tags')] });
    expect(grant.history.flatMap(({ notes }) => notes)).toContain(
      `Adopts ${idOf('session-tags')}: session-tags of ${KEY}, as it is.`,
    );
  });

  it('takes the place of one that waits, with what that adopts, though it is mended meanwhile', async () => {
    await stage.store.findings.keep(KEY, [found('role')], {
      ...judged,
      at: `${NOW.slice(0, 19)}.500Z`,
      judge: 'drift',
    });
    const both = `${idOf('session-tags')},${idOf('role')}`;
    const grant = GrantView.parse((await change(both, { reason: 'both' })).body);
    expect(grant.versions.at(-1)?.adopts).toEqual([mark('session-tags'), mark('role')]);
  });

  it('is marked no more once an ordinary change takes its place; and what is mended can\u2019t be adopted', async () => {
    const ordinary = await stage.ask(ada, 'PUT', `/grants/${id}`, {
      body: { ...wish, reason: 'another' },
      headers: { 'if-match': '*' },
    });
    expect(GrantView.parse(ordinary.body).versions.at(-1)).not.toHaveProperty('adopts');
    expect(await change(idOf('session-tags'), { reason: 'once more' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/is resolved since/) },
    });
  });
});
