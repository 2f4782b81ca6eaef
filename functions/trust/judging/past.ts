/** Whether what was read of a role is older than what we wrote: IAM is eventually consistent, and has no ETag. Pure. */
import type { Actor } from '../../actor.ts';
import { functionName } from '../../names.ts';
import { roleNameOf } from '../../runtime/role-bounds.ts';
import type { Written } from '../../store/leases.ts';
import type { RoleToJudge } from '../contract.ts';
import { digestOf } from '../digest.ts';

export type PastFacts = {
  /** The trust policy as it was read. */
  readonly trust: string;
  readonly lastWritten: Written | undefined;
  readonly cause: RoleToJudge['cause'];
  readonly propagationSeconds: number;
  readonly now: Date;
};

/** Seconds until what we wrote must be visible; undefined when it is what was read, when it must be visible by now, or when others wrote since. */
export const secondsInThePast = ({
  trust,
  lastWritten,
  cause,
  propagationSeconds,
  now,
}: PastFacts): number | undefined => {
  if (lastWritten === undefined || digestOf(trust) === lastWritten.digest) return undefined;
  const left = Date.parse(lastWritten.at) / 1000 + propagationSeconds - now.getTime() / 1000;
  return left <= 0 || isForeignSince(lastWritten, cause) ? undefined : Math.ceil(left);
};

/** Whether somebody else wrote the role's trust policy. */
export const isForeignWrite = ({ kind, actor }: RoleToJudge['cause']): boolean =>
  WRITES_TRUST.has(kind) && !isOurs(actor);

/** CloudTrail may cut times to seconds: in the same second, theirs counts as the later one, and judging once too often does no harm. */
const isForeignSince = ({ at }: Written, cause: RoleToJudge['cause']): boolean =>
  isForeignWrite(cause) && seconds(cause.at) >= seconds(at);

/** Also what makes the role anew. */
const WRITES_TRUST: ReadonlySet<string> = new Set(['RoleTrustChanged', 'RoleCreated', 'RoleAcquired']);

/** Whether our own function that narrows trust policies did it, in whatever region. */
export const isOurs = (actor: Actor | undefined): boolean =>
  roleNameOf(actor?.issuerArn ?? '').startsWith(`${functionName('tighten-trust')}-`);

const seconds = (at: string): number => Math.floor(Date.parse(at) / 1000);
