/** What was told to the world, for those who may see what it is about. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { LifecycleEvent } from '../../lifecycle.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { filled } from './requests.ts';
import { listEvents } from './routes.ts';
import { seenBy } from './seen-by.ts';

const DAY = 24 * 3600 * 1000;

export const onEvents = (app: OpenAPIHono<ApiEnv>, doing: Doing): void => {
  app.openapi(listEvents, async (c) => {
    const { since, ...paging } = c.req.valid('query');
    const from = since ?? new Date(doing.now().getTime() - DAY).toISOString();
    const maySee = seenBy(doing, c.get('caller'));
    const { rows, next } = await filled(
      paging,
      async (page) => {
        const { events, next } = await doing.store.told.since(from, page);
        return { rows: events, next };
      },
      (event) => maySee(aboutOf(event)),
    );
    return c.json({ events: [...rows], ...(next !== undefined && { next }) }, 200);
  });
};

/** A grant's id, or a role's ARN. */
const aboutOf = ({ detail }: LifecycleEvent): string => ('grant' in detail ? detail.grant.id : detail.finding.object);
