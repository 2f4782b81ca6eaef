/** Trust policies as IAM takes them: every principal named must exist, and is pinned by its unique id. */
import { MalformedPolicyDocumentException } from '@aws-sdk/client-iam';
import type { Call } from '../../contract.ts';
import { limitExceeded, policySize, readPolicy } from './lookup.ts';
import { currentId } from './policies.ts';
import { accountOf, type TrustPolicy } from './state.ts';

/** IAM's default quota, "Role trust policy length". */
const MAX_CHARACTERS = 2048;

/** @throws MalformedPolicyDocument, LimitExceeded */
export const trustOf = (call: Call, text: string): TrustPolicy => {
  if (policySize(text) > MAX_CHARACTERS)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${MAX_CHARACTERS}`);
  const { document } = readPolicy('trust policy', text, 'trust').named;
  const pinned = new Map<string, string>();
  for (const { principal } of document.statements) {
    for (const name of principal?.aws ?? []) {
      const id = pin(call, name);
      if (id !== undefined) pinned.set(name, id);
    }
    for (const account of principal?.accounts ?? []) pin(call, account);
  }
  return { text, pinned };
};

/** The unique id that IAM keeps for a principal; undefined for those that it keeps as they are. */
const pin = (call: Call, name: string): string | undefined => {
  // Sessions are not looked up; unique ids are what a lost principal has become already.
  if (name === '*' || name.includes(':assumed-role/') || /^A[A-Z0-9]{15,}$/.test(name)) return undefined;
  const account = /^\d{12}$/.test(name) ? name : accountOf(name);
  const isAccount = name === account || name.endsWith(':root');
  if (isAccount) {
    if (call.cloud.accounts().includes(account)) return undefined;
  } else {
    const id = currentId(call.cloud, name);
    if (id !== undefined) return id;
  }
  throw new MalformedPolicyDocumentException({
    message: `Invalid principal in policy: "AWS":"${name}"`,
    $metadata: {},
  });
};
