/** Who stands behind a role's session: which sessions to ask CloudTrail's history about, and what its records tell. Pure. */
import * as z from 'zod';
import { readActor } from '../changes/actors.ts';
import { readInstant } from '../changes/instants.ts';
import { jsonOf } from '../json.ts';
import { parseArn } from '../partition.ts';
import type { Assumption, SeenChange } from './contract.ts';
import { isOurs, type OurRoles } from './detect/index.ts';

/** By which one gets a session of a role (AWS STS API reference). */
export const ASSUMING = ['AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'] as const;

/** CloudTrail shows a call within minutes: what it doesn't show by then, it won't. */
const LATE_MILLIS = 30 * 60_000;
/** No session of a role lives longer (IAM user guide, "Methods to assume a role"). */
export const LONGEST_SESSION_MILLIS = 12 * 3_600_000;

export type Session = { readonly arn: string; readonly roleArn: string };

/** The session in which a call was made; undefined for users, for AWS's own services, and where the record doesn't tell the role. */
export const sessionOf = ({ arn, issuerArn, invokedBy }: SeenChange['actor']): Session | undefined => {
  if (arn === undefined || issuerArn === undefined || invokedBy !== undefined) return undefined;
  const isSession = parseArn(arn)?.resource.startsWith('assumed-role/') === true;
  return isSession && parseArn(issuerArn)?.service === 'iam' ? { arn, roleArn: issuerArn } : undefined;
};

/** The changes whose sessions nobody has asked about yet, or too early, the newest first. Our own functions' need no asking. */
export const toAskAbout = (changes: readonly SeenChange[], ours: OurRoles, now: Date): readonly SeenChange[] =>
  changes
    .filter(({ actor, behind, at }) => {
      const isOpen = behind === undefined || (behind.length === 0 && now.getTime() - Date.parse(at) < LATE_MILLIS);
      return isOpen && sessionOf(actor) !== undefined && !isOurs(actor, ours);
    })
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));

const Record = z.object({
  eventID: z.string(),
  eventTime: z.unknown(),
  eventName: z.enum(ASSUMING),
  responseElements: z.object({ assumedRoleUser: z.object({ arn: z.string() }) }),
});

/** Who took this session, by the last of these records (JSON text) that tells of it. What is no such record tells nothing. */
export const assumptionIn = (records: readonly string[], sessionArn: string): Assumption | undefined =>
  records
    .flatMap((text): Assumption[] => {
      const detail = jsonOf(text);
      const { data } = Record.safeParse(detail);
      const at = readInstant(data?.eventTime);
      if (data?.responseElements.assumedRoleUser.arn !== sessionArn || at === undefined) return [];
      return [{ sessionArn, at, by: readActor(detail, data.eventID) }];
    })
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .at(-1);
