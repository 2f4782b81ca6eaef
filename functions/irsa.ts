/** IRSA as a service account asks for it: by annotations, which whoever may write the service account sets to whatever text. Pure. */
import * as z from 'zod';

export const IrsaUse = z.strictObject({
  /** `eks.amazonaws.com/role-arn` as it stands there; of what can't be a role's ARN, the beginning. */
  roleArn: z.string().min(1),
  /** False: no role has such an ARN, and STS gives nothing for it. */
  valid: z.boolean(),
  /** The token's audience. Absent: `sts.amazonaws.com`. */
  audience: z.string().optional(),
  /** Seconds, as the text that stands there; its beginning, as of the others. */
  tokenExpiration: z.string().optional(),
  /** `sts-regional-endpoints`: whether STS is asked in the cluster's region. */
  regionalEndpoints: z.string().optional(),
});
export type IrsaUse = z.infer<typeof IrsaUse>;

/** The annotation by which a service account asks for a role. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';

/**
 * What the annotations of a service account ask for; undefined where they ask for no role: the webhook takes an empty text for none. Whether the
 * role's trust policy admits the service account is another question.
 */
export const irsaUseOf = (annotations: Readonly<Record<string, string>>): IrsaUse | undefined => {
  const roleArn = annotations[ROLE_ANNOTATION] ?? '';
  if (roleArn === '') return undefined;
  const valid = roleArn.length <= LONGEST_ARN && ROLE.test(roleArn);
  const audience = annotations['eks.amazonaws.com/audience'];
  const tokenExpiration = annotations['eks.amazonaws.com/token-expiration'];
  const regionalEndpoints = annotations['eks.amazonaws.com/sts-regional-endpoints'];
  return {
    roleArn: valid ? roleArn : beginning(roleArn, 200),
    valid,
    ...(audience !== undefined && { audience: beginning(audience, 100) }),
    ...(tokenExpiration !== undefined && { tokenExpiration: beginning(tokenExpiration, 20) }),
    ...(regionalEndpoints !== undefined && { regionalEndpoints: beginning(regionalEndpoints, 20) }),
  };
};

/** Whether two service accounts ask for the same in the same way. */
export const sameUse = (a: IrsaUse, b: IrsaUse): boolean => FIELDS.every((field) => a[field] === b[field]);

const FIELDS = IrsaUse.keyof().options;

/** Paths have up to 512 characters of the visible ASCII ones, names 64 (IAM API, CreateRole). */
const ROLE = /^arn:[a-z-]+:iam::\d{12}:role\/(?:[!-~]+\/)?[\w+=,.@-]{1,64}$/;
const LONGEST_ARN = 640;

/** Annotations have up to 256 KiB, and a cluster's have to fit into an answer. A character that is cut in two would never compare as equal again. */
const beginning = (text: string, length: number): string => text.slice(0, length).toWellFormed();
