/** What people decide of a grant: approve, reject, withdraw, revoke, extend. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { GrantFacts, Verdict } from '../../grants/guardrails/index.ts';
import { type Grant, type GrantEvent, lifetimeProblems, newestOf, type Person, versionOf } from '../../grants/index.ts';
import { askForVersion, assertRead, decide, denied } from './ask.ts';
import type { Doing } from './doing.ts';
import { type ApiEnv, eventId } from './env.ts';
import { Refused } from './problems.ts';
import { assertMatch, carried, etagOf, invalid, keyOf, readable } from './requests.ts';
import { mayApprove, mayChange, mayRevoke, mayWithdraw } from './rights.ts';
import { approveGrant, extendGrant, rejectGrant, revokeGrant, withdrawGrant } from './routes.ts';
import { judgeAgain, judgeVersion, roughFacts, saying } from './verdict.ts';
import { adminsOf, grantView, type Kept } from './views.ts';

export const onDecisions = (app: OpenAPIHono<ApiEnv>, doing: Doing): void => {
  /** The grant, when the caller may see it and it is as they have read it. */
  const found = async (id: string, by: Person, match: string | undefined): Promise<Kept> => {
    const kept = await readable(doing, id, by);
    assertMatch(match, kept);
    return kept;
  };
  const shown = (kept: Kept, by: Person) => [grantView(doing, kept, by), 200, { ETag: etagOf(kept.revision) }] as const;
  const done = async (id: string, event: GrantEvent): Promise<Kept> => carried(id, await doing.carryOut(id, event));

  app.openapi(approveGrant, async (c) => {
    const by = c.get('caller');
    const { version, why = '' } = c.req.valid('json');
    const kept = await found(c.req.valid('param').id, by, c.req.valid('header')['if-match']);
    const { id } = kept.grant;
    assertVersion(kept.grant, version);
    const judged = await judgeVersion(doing, kept.grant, version);
    assertRead(judged);
    assertMay(mayApprove(doing.law, judged.facts, by), judged.facts);
    const approved = await done(id, {
      kind: 'approved',
      id: eventId(`approved-v${version}`, by.subject),
      version,
      by,
      why,
    });
    // What it comes to with everybody's approvals, this one among them; what was read a moment ago will do.
    const decided = await decide(doing, approved, version, judgeAgain(doing, approved.grant, judged));
    return c.json(...shown(decided, by));
  });

  app.openapi(rejectGrant, async (c) => {
    const by = c.get('caller');
    const { version, why } = c.req.valid('json');
    const kept = await found(c.req.valid('param').id, by, c.req.valid('header')['if-match']);
    assertVersion(kept.grant, version);
    const facts = roughFacts(doing, kept.grant, version);
    assertMay(mayApprove(doing.law, facts, by), facts);
    const event = { kind: 'rejected', id: eventId(`rejected-v${version}`, by.subject), version, by, why } as const;
    return c.json(...shown(await done(kept.grant.id, event), by));
  });

  app.openapi(withdrawGrant, async (c) => {
    const by = c.get('caller');
    const kept = await found(c.req.valid('param').id, by, c.req.valid('header')['if-match']);
    const { id } = kept.grant;
    if (!mayWithdraw(kept.grant, by, adminsOf(doing))) {
      throw new Refused('not-yours', 'Who asked for it can withdraw it; approvers reject.', { grant: id });
    }
    const { version } = newestOf(kept.grant);
    const { why = '' } = c.req.valid('json');
    return c.json(
      ...shown(await done(id, { kind: 'withdrawn', id: eventId(`withdrawn-v${version}`, by.subject), by, why }), by),
    );
  });

  app.openapi(revokeGrant, async (c) => {
    const by = c.get('caller');
    const kept = await found(c.req.valid('param').id, by, c.req.valid('header')['if-match']);
    const facts = roughFacts(doing, kept.grant);
    assertMay(mayRevoke(doing.law, facts, by, adminsOf(doing)), facts);
    const { why = '' } = c.req.valid('json');
    const event = { kind: 'revoke-asked', id: eventId('revoke-asked', by.subject, keyOf(c)), by, why } as const;
    return c.json(...shown(await done(kept.grant.id, event), by));
  });

  app.openapi(extendGrant, async (c) => {
    const by = c.get('caller');
    const kept = await readable(doing, c.req.valid('param').id, by);
    const { id } = kept.grant;
    if (!mayChange(kept.grant, by)) {
      throw new Refused('not-yours', `Only team ${newestOf(kept.grant).wish.team} has it extended.`, { grant: id });
    }
    const { lifetime, why = '' } = c.req.valid('json');
    const problems = lifetimeProblems(lifetime, doing.now().toISOString(), doing.config);
    if (problems.length > 0) throw invalid('body-invalid', problems);
    const event: GrantEvent = {
      kind: 'extension-requested',
      id: eventId('extend', by.subject, keyOf(c)),
      basedOn: newestOf(kept.grant).version,
      by,
      lifetime,
      why,
    };
    const again = kept.grant.history.some((each) => each.event.id === event.id);
    if (!again) assertMatch(c.req.valid('header')['if-match'], kept);
    return c.json(...shown(again ? kept : await askForVersion(doing, kept, event, true), by));
  });
};

/** A version that isn't there, or not the one in question: said before anybody is asked. */
const assertVersion = (grant: Grant, version: number): void => {
  if (versionOf(grant, version) !== undefined) return;
  throw new Refused('conflict', `Grant ${grant.id} has no version ${version}.`, { grant: grant.id });
};

const assertMay = (verdict: Verdict | 'own-request' | 'admin', { id }: GrantFacts): void => {
  if (verdict === 'admin') return;
  if (verdict === 'own-request')
    throw new Refused('not-yours', 'Nobody approves their own request, or rejects it: withdraw it.', { grant: id });
  if (verdict.decision === 'deny') throw denied({ because: verdict.because.map(saying) });
};
