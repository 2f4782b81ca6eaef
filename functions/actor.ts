/** Who did it, from the CloudTrail record. */
import * as z from 'zod';

export const Actor = z.strictObject({
  type: z.string(),
  /** What a person would call it: the user's name, the session's name, the Identity Center user's id. */
  name: z.string().optional(),
  account: z.string().optional(),
  arn: z.string().optional(),
  /** The role behind an assumed-role session. */
  issuerArn: z.string().optional(),
  invokedBy: z.string().optional(),
  sourceIp: z.string().optional(),
  userAgent: z.string().optional(),
  mfa: z.boolean().optional(),
  eventId: z.string(),
  requestId: z.string().optional(),
});
export type Actor = z.infer<typeof Actor>;
