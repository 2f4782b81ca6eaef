/**
 * A role as IAM's events tell it. Requests name it and hold documents as raw JSON text; responses, where there are any, have the whole role, its
 * trust policy URL-encoded (published records: reference/pod-identity.md, "CloudTrail events").
 */
import * as z from 'zod';
import { RoleArn } from '../association.ts';
import { parseArn } from '../partition.ts';
import { EventMalformed } from './event-malformed.ts';
import { type ChangeRecord, parsed } from './record.ts';

export const IAM = 'iam.amazonaws.com';

/** A role by its account and name, which is unique in the account whatever the path. */
export type RoleRef = { readonly account: string; readonly name: string };

export type RoleFacts = {
  readonly role: RoleRef;
  /** With its path; only records with a response of their own tell it. */
  readonly roleArn?: string;
};

const REQUEST = 'detail.requestParameters';
const RESPONSE = 'detail.responseElements.role';

const Fields = z.record(z.string(), z.unknown());
// "IAM name requirements" of the IAM guide; the lengths are those of the API's reference.
const RoleName = z.string().regex(/^[\w+=,.@-]{1,64}$/, 'the name of a role was expected');
const PolicyName = z.string().regex(/^[\w+=,.@-]{1,128}$/, 'the name of an inline policy was expected');
const PolicyArn = z
  .string()
  .max(2048)
  .regex(/^arn:[^:]+:iam::(\d{12}|aws):policy\/\S+$/, 'the ARN of a managed policy was expected');
const Document = z.string('a policy as text was expected').nullish();

/** Which role the call was about: the response's word counts, the request's where it says nothing. @throws EventMalformed */
export const readRole = (record: ChangeRecord): RoleFacts => {
  const { account } = record;
  const answered = answer(record);
  if (answered.arn === undefined || answered.arn === null) {
    const name = answered.roleName ?? record.request.roleName;
    return { role: { account, name: parsed(RoleName, name, `${REQUEST}.roleName`) } };
  }
  const roleArn = parsed(RoleArn, answered.arn, `${RESPONSE}.arn`);
  // The envelope says whose event it is, and EventBridge vouches for it; another account's role has no place in it.
  if (parseArn(roleArn)?.account !== account) {
    throw new EventMalformed(`${RESPONSE}.arn`, `a role of account ${account} was expected`);
  }
  return { role: { account, name: parsed(RoleName, roleArn.split('/').at(-1), `${RESPONSE}.arn`) }, roleArn };
};

/**
 * The trust policy as JSON text, where the record has it: `field` is its name in the request.
 * @throws EventMalformed when it is no text
 */
export const readTrust = (record: ChangeRecord, field: string): { readonly trust?: string } => {
  const raw = parsed(Document, record.request[field], `${REQUEST}.${field}`);
  const encoded = parsed(Document, answer(record).assumeRolePolicyDocument, `${RESPONSE}.assumeRolePolicyDocument`);
  const trust = raw ?? (typeof encoded === 'string' ? decoded(encoded) : undefined);
  return trust === undefined ? {} : { trust };
};

/** The inline policy's text, where the record has it. @throws EventMalformed when it is no text */
export const readPolicyDocument = ({ request }: ChangeRecord): string | undefined =>
  parsed(Document, request.policyDocument, `${REQUEST}.policyDocument`) ?? undefined;

/** The boundary that the request sets, where the record has it. @throws EventMalformed */
export const readBoundary = ({ request }: ChangeRecord): string | undefined =>
  parsed(PolicyArn.nullish(), request.permissionsBoundary, `${REQUEST}.permissionsBoundary`) ?? undefined;

/** The managed policy that the request names. @throws EventMalformed */
export const readPolicyArn = ({ request }: ChangeRecord): string =>
  parsed(PolicyArn, request.policyArn, `${REQUEST}.policyArn`);

/** The inline policy that the request names. @throws EventMalformed */
export const readPolicyName = ({ request }: ChangeRecord): string =>
  parsed(PolicyName, request.policyName, `${REQUEST}.policyName`);

// Most calls answer with nothing.
const answer = ({ response }: ChangeRecord): Readonly<Record<string, unknown>> =>
  parsed(Fields.nullish(), response.role, RESPONSE) ?? {};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign: not encoded after all, and whoever reads the policy judges it.
  }
};
