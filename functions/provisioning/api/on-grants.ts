/** Asking for grants, changing them, and looking at them. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { currentOf, newestOf, versionOf, whoGainsWhat } from '../../grants/index.ts';
import { asIf, askAnew, askForVersion, beside, changeEvent, drafted, soundWish } from './ask.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { Refused } from './problems.ts';
import { assertMatch, etagOf, keyOf, matches, paged, readable } from './requests.ts';
import { mayChange, mayRead } from './rights.ts';
import { changeGrant, createGrant, getGrant, listGrants, previewGrant } from './routes.ts';
import type { PreviewView } from './schemas.ts';
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
    const { team, requester, state, ...paging } = c.req.valid('query');
    const { grants: list } = doing.store;
    const { grants, next } = await paged(paging, (page) => {
      if (requester !== undefined) return list.requestedBy(by.subject, page);
      if (team !== undefined) return list.ofTeam(team, page);
      return state === undefined ? list.list(page) : list.inState(state, page);
    });
    const shown = grants.filter(
      ({ grant }) =>
        mayRead(doing.law.owned, grant, by, adminsOf(doing)) &&
        (state === undefined || grant.state === state) &&
        (team === undefined || newestOf(grant).wish.team === team),
    );
    return c.json({ grants: shown.map(grantRow), ...(next !== undefined && { next }) }, 200);
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
    const { plan, verdict, looked } = await judgeVersion(doing, grant, version);
    const after = versionOf(grant, version) ?? newestOf(grant);
    const preview: PreviewView = {
      ...(changes !== undefined && { changes }),
      plan,
      verdict,
      difference: whoGainsWhat(currentOf(grant), after),
      unread: [...looked.unread],
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
    if (known !== undefined && matches(known.replaceAll('W/', ''), kept.revision)) return c.body(null, 304, { ETag });
    return c.json(grantView(doing, kept, by), 200, { ETag });
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
    if (!again) assertMatch(match, kept);
    if ('wish' in event && !again) {
      const clash = await beside(doing, event.wish, id);
      if (clash.outcome === 'refused') throw new Refused('identity-taken', clash.because);
    }
    const done = again ? kept : await askForVersion(doing, kept, event, match !== '*');
    return c.json(grantView(doing, done, by), 200, { ETag: etagOf(done.revision) });
  });
};
