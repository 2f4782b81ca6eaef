/** Idempotency-Key: the same request again gets the same answer, and does nothing again (IETF draft-ietf-httpapi-idempotency-key-header). */
import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Answer } from '../../store/answers.ts';
import type { Doing } from './doing.ts';
import type { ApiEnv } from './env.ts';
import { Refused } from './problems.ts';

/** The headers that belong to an answer; all others are those of the moment. */
const KEPT = ['content-type', 'etag', 'location', 'www-authenticate', 'allow'];

/** What changes nothing is done again each time. */
const SAFE = new Set(['GET', 'HEAD']);

export const idempotency =
  ({ store, now }: Pick<Doing, 'store' | 'now'>): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const key = c.req.header('idempotency-key');
    if (key === undefined || SAFE.has(c.req.method)) return next();
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      const problem = '1 to 255 visible ASCII characters; a UUID will do';
      throw new Refused('parameter-invalid', 'The Idempotency-Key is not as it must be.', {
        problems: [{ path: 'header.idempotency-key', problem }],
      });
    }
    const said = [c.req.method, c.req.url, c.req.header('if-match') ?? '', await c.req.text()];
    const request = {
      caller: c.get('caller').subject,
      key,
      requestHash: createHash('sha256').update(JSON.stringify(said)).digest('hex'),
    };
    const asked = await store.answers.ask(request, now());
    switch (asked.outcome) {
      case 'conflict':
        throw new Refused('key-reused', 'Take a new key for another request.');
      case 'in-progress':
        throw new Refused('in-progress', 'Ask again in a moment, with the same key.', {
          headers: { 'Retry-After': '5' },
        });
      case 'begin':
        await next();
        // What went wrong on our side is no answer: the same request is done again, under the same ids.
        if (c.res.status >= 500) await store.answers.giveBack(request, asked.token).catch(LEFT_TO_TIME);
        else await store.answers.finish(request, asked.token, await answerOf(c.res));
        return;
      case 'answered': {
        const { status, headers, body } = asked.answer;
        return new Response(body, { status, headers: { ...headers, 'Idempotency-Replayed': 'true' } });
      }
    }
  };

/** The table that failed the request may fail this, too: a minute later the key is free without it. */
const LEFT_TO_TIME = (): boolean => false;

const answerOf = async (answered: Response): Promise<Answer> => {
  const headers = Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = answered.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  return { status: answered.status, headers, body: await answered.clone().text() };
};
