/** The machine's mind: judges a role from what was read, keeps the findings, and decides whether its trust is to be narrowed now. */
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { tellWorld } from '../runtime/lifecycle.ts';
import { theStore } from '../store/index.ts';
import { PAST } from './judging/ask-to-tighten.ts';
import { JudgeRoleInput, type Next } from './judging/contract.ts';
import { gather } from './judging/gather.ts';
import { judgeRole } from './judging/judge.ts';
import { causeOf, keepJudgement } from './judging/keep-judgement.ts';
import { isTooBroad, whyNotTighten } from './judging/may-tighten.ts';
import { waitOnce } from './judging/next.ts';
import { nextAfter } from './judging/next-after.ts';
import { secondsInThePast } from './judging/past.ts';

export const handler = entry(JudgeRoleInput, async ({ role, look, readings }, around): Promise<Next> => {
  const { now, count } = around;
  const [reading, ...sources] = readings;
  const store = theStore();
  const settings = config();
  const { propagationSeconds } = settings.revocation;
  const read = reading.read?.role === 'present' ? reading.read : undefined;
  const at = reading.read?.readAt ?? now().toISOString();
  const keeping = { store, count, tell: tellWorld(around), at, cause: causeOf(role, look) };

  // Whoever told of the role may not have known its path: then it is another one than was asked for, which doesn't exist.
  const roleArn = read?.roleArn ?? role.roleArn;
  await store.roles.keep(roleArn);
  if (roleArn !== role.roleArn) {
    const { uses } = await gather(store, settings, role.roleArn);
    const gone = { read: { role: 'gone', roleArn: role.roleArn, readAt: at } } as const;
    const judged = judgeRole({ roleArn: role.roleArn, reading: gone, sources: [], uses, clusters: [] });
    await keepJudgement(keeping, role.roleArn, judged);
  }

  const known = await gather(store, settings, roleArn);
  const { lastWritten } = known;
  const past = read && secondsInThePast({ ...read, lastWritten, cause: role.cause, propagationSeconds, now: now() });
  const waiting = past === undefined ? undefined : waitOnce(look, PAST, past);
  if (waiting !== undefined) return waiting;

  const judged = judgeRole({ ...known, roleArn, reading, sources, organization: settings.organization });
  const because = whyNotTighten({ ...known, config: settings, roleArn, cause: role.cause, look, now: now() });
  const held = read === undefined ? 'The role could not be read.' : because;
  const found = judged.found.map((one) => (held !== undefined && isTooBroad(one) ? { ...one, held } : one));
  const kept = await keepJudgement(keeping, roleArn, { ...judged, found });
  return nextAfter({ store, config: settings, role, look, read, uses: known.uses, kept, held, now: now() });
});
