/** Asking for grants, changing them, and looking at them. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  currentOf,
  type Grant,
  identitiesOf,
  isFinal,
  newestOf,
  ResolvedGrant,
  versionOf,
  whoGainsWhat,
} from '../../grants/index.ts';
import { inBatches } from '../../runtime/batches.ts';
import { adoptedBy } from './adopted-by.ts';
import { asIf, askAnew, askForVersion, beside, changeEvent, drafted, soundWish } from './ask.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { restartsAhead } from './pods.ts';
import { Refused } from './problems.ts';
import { isEnding, progressOf } from './progress.ts';
import { assertMatch, etagOf, filled, keyOf, matches, readable } from './requests.ts';
import { mayChange, mayRead } from './rights.ts';
import { changeGrant, createGrant, getGrant, listGrants, previewGrant } from './routes.ts';
import type { PreviewView, ProgressStep } from './schemas.ts';
import { judgeVersion } from './verdict.ts';
import { adminsOf, grantRow, grantView, type Kept } from './views.ts';

export const onGrants = (app: OpenAPIHono<ApiEnv>, doing: Doing): void => {
  app.openapi(createGrant, async (c) => {
    const by = c.get('caller');
    const kept = await askAnew(doing, soundWish(doing, c.req.valid('json')), by, keyOf(c));
    const { id } = kept.grant;
    return c.json(grantView(doing, kept, by), 201, { ETag: etagOf(kept.revision), Location: `/grants/${id}` });
  });

  app.openapi(listGrants, async (c) => {
    const by = c.get('caller');
    const { team, requester, state, namespace, account, endedAfter, ...paging } = c.req.valid('query');
    const { grants: list } = doing.store;
    const read = (page: Paging) => {
      if (requester !== undefined) return list.requestedBy(by.subject, page);
      if (team !== undefined) return list.ofTeam(team, page);
      return state === undefined ? list.list(page) : list.inState(state, page);
    };
    const { rows, next } = await filled(
      paging,
      async (page) => {
        const { grants, next } = await read(page);
        return { rows: grants, next };
      },
      ({ grant }) =>
        (state === undefined || grant.state === state) &&
        isAbout(grant, { team, namespace, account }) &&
        (endedAfter === undefined || !endedBefore(grant, endedAfter)) &&
        mayRead(doing.law.owned, grant, by, adminsOf(doing)),
    );
    return c.json({ grants: rows.map(grantRow), ...(next !== undefined && { next }) }, 200);
  });

  app.openapi(previewGrant, async (c) => {
    const by = c.get('caller');
    const wish = soundWish(doing, c.req.valid('json'));
    const named = c.req.valid('query').changes;
    const clash = await beside(doing, wish, named);
    if (clash.outcome === 'refused') throw new Refused('identity-taken', clash.because);
    const changes = named ?? (clash.outcome === 'change' ? clash.grantId : undefined);
    const { grant, version } =
      changes === undefined
        ? { grant: drafted(doing, wish, by, 'preview'), version: 1 }
        : await changed(await readable(doing, changes, by));
    const after = versionOf(grant, version) ?? newestOf(grant);
    const [{ plan, verdict, looked }, ahead] = await Promise.all([
      judgeVersion(doing, grant, version),
      restartsAhead(doing, after.wish),
    ]);
    const placeholders = changes === undefined ? placeholdersIn(plan) : [];
    const preview: PreviewView = {
      ...(changes !== undefined && { changes }),
      plan: { ...plan, restarts: ahead.restarts },
      verdict,
      difference: whoGainsWhat(currentOf(grant), after),
      ...(placeholders.length > 0 && { placeholders }),
      unread: [...looked.unread, ...ahead.unread],
    };
    return c.json(preview, 200);

    function changed(kept: Kept) {
      return asIf(doing, kept.grant, changeEvent(kept, wish, by, 'preview'));
    }
  });
};

/** Those whose path begins with a grant's id: after `/grants/preview`, which would be one. */
export const onGrant = (app: OpenAPIHono<ApiEnv>, doing: Doing): void => {
  app.openapi(getGrant, async (c) => {
    const by = c.get('caller');
    const kept = await readable(doing, c.req.valid('param').id, by);
    const { 'if-none-match': known } = c.req.valid('header');
    const ETag = etagOf(kept.revision);
    const isSame = known !== undefined && matches(known.replaceAll('W/', ''), kept.revision);
    // What is being worked on goes on without a new revision.
    if (isSame && !isUnderWay(kept.grant)) return c.body(null, 304, { ETag });
    const progress = await progressFor(doing, kept.grant);
    return c.json({ ...grantView(doing, kept, by), ...(progress.length > 0 && { progress }) }, 200, { ETag });
  });

  app.openapi(changeGrant, async (c) => {
    const by = c.get('caller');
    const kept = await readable(doing, c.req.valid('param').id, by);
    const { id } = kept.grant;
    const match = c.req.valid('header')['if-match'];
    if (match === undefined) {
      const detail = `Send If-Match with the ETag that GET /grants/${id} answered: a change is asked for of what was seen.`;
      throw new Refused('if-match-missing', detail, { grant: id });
    }
    if (!mayChange(kept.grant, by)) {
      throw new Refused('not-yours', `Only team ${newestOf(kept.grant).wish.team} asks for changes of it.`, {
        grant: id,
      });
    }
    const event = changeEvent(kept, soundWish(doing, c.req.valid('json')), by, keyOf(c));
    const again = kept.grant.history.some((each) => each.event.id === event.id);
    const done = again ? kept : await asked();
    return c.json(grantView(doing, done, by), 200, { ETag: etagOf(done.revision) });

    async function asked(): Promise<Kept> {
      assertMatch(match, kept);
      const clash = await beside(doing, event.wish, id);
      if (clash.outcome === 'refused') throw new Refused('identity-taken', clash.because);
      const adopts = await adoptedBy(doing, kept.grant, c.req.valid('query').adopts);
      return askForVersion(doing, kept, { ...event, ...(adopts.length > 0 && { adopts }) }, match !== '*');
    }
  });
};

type Paging = { readonly limit: number; readonly cursor?: string };
type About = {
  readonly team: string | undefined;
  readonly namespace: string | undefined;
  readonly account: string | undefined;
};

/** By its newest version, as the list shows it. */
const isAbout = (grant: Grant, { team, namespace, account }: About): boolean => {
  const { wish } = newestOf(grant);
  return (
    (team === undefined || wish.team === team) &&
    (namespace === undefined || wish.namespace === namespace) &&
    (account === undefined || [...wish.clusters, ...wish.targets].some((each) => each.account === account))
  );
};

const endedBefore = ({ state, history }: Grant, instant: string): boolean =>
  isFinal(state) && Date.parse(history.at(-1)?.at ?? '') < Date.parse(instant);

const isUnderWay = ({ state, pending }: Grant): boolean => state === 'revoking' || pending?.stage === 'provisioning';

/** The hashes at the end of the names that podid gives to roles. */
const placeholdersIn = ({ roles }: ResolvedGrant): readonly string[] =>
  roles.flatMap(({ managed, roleArn }) => (managed ? (roleArn.split('-').at(-1) ?? []) : []));

const progressFor = async ({ store, config }: Doing, grant: Grant): Promise<readonly ProgressStep[]> => {
  const { version, wish } = newestOf(grant);
  const [acts, plan, revocations] = await Promise.all([
    store.made.of(grant.id),
    store.plans(ResolvedGrant).get({ grantId: grant.id, version, attempt: 1, do: 'provision' }),
    isEnding(grant) ? inBatches(identitiesOf(wish), 10, store.revocations.newestFor) : [],
  ]);
  return progressOf({ grant, acts, plan, revocations: revocations.flatMap((row) => row ?? []), config });
};
