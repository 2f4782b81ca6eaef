/** Who made a call, from `userIdentity` in any of its shapes. */
import * as z from 'zod';
import { Actor } from '../actor.ts';
import { present } from './present.ts';

// User agents can be long, and some are written by the caller; a row and a story need no more.
const LONGEST = 512;

// What is not text is as good as absent: an odd userIdentity must never keep a revocation from its work.
const Text = z
  .string()
  .transform((text) => text.slice(0, LONGEST))
  .optional()
  .catch(undefined);

const UserIdentity = z
  .object({
    type: Text,
    principalId: Text,
    arn: Text,
    accountId: Text,
    userName: Text,
    invokedBy: Text,
    sessionContext: z
      .object({
        sessionIssuer: z.object({ arn: Text, userName: Text }).optional().catch(undefined),
        attributes: z.object({ mfaAuthenticated: z.unknown() }).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
    onBehalfOf: z.object({ userId: Text }).optional().catch(undefined),
  })
  .catch({});

const Caller = z.object({
  userIdentity: UserIdentity,
  sourceIPAddress: Text,
  userAgent: Text,
  requestID: Text,
});

/** The actor of a CloudTrail record; CloudTrail's user guide, "userIdentity element", lists the shapes. Never throws. */
export const readActor = (detail: unknown, eventId: string): Actor => {
  const { userIdentity: who, sourceIPAddress, userAgent, requestID } = Caller.catch({ userIdentity: {} }).parse(detail);
  const mfa = who.sessionContext?.attributes?.mfaAuthenticated;
  const actor = present({
    type: who.type ?? 'Unknown',
    name: who.userName ?? who.onBehalfOf?.userId ?? sessionName(who.principalId),
    account: who.accountId,
    arn: who.arn,
    issuerArn: who.sessionContext?.sessionIssuer?.arn,
    invokedBy: who.invokedBy,
    sourceIp: sourceIPAddress,
    userAgent,
    mfa: mfa === undefined ? undefined : mfa === true || mfa === 'true',
    eventId,
    requestId: requestID,
  });
  return Actor.parse(actor);
};

// `AROA…:session`: the part after the colon is the session's name, often a person's.
const sessionName = (principalId: string | undefined): string | undefined => principalId?.split(':')[1] || undefined;
