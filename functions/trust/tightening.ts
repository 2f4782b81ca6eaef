/** What a tightening writes, judged from the role as it is now; and whether what can be read afterwards is that. Pure. */
import type { WorkloadIdentity } from '../identity.ts';
import { parseArn, partitionOf } from '../partition.ts';
import { parsePolicy } from '../policy/index.ts';
import type { TightenInput, TightenOutput } from './contract.ts';
import { digestOf } from './digest.ts';
import { disproof, saysTheSame } from './proof.ts';
import { tighten } from './tighten/index.ts';

/** The role as IAM describes it. */
export type PresentRole = { readonly arn: string; readonly id: string; readonly trust: string };

export type Step =
  | { readonly status: 'write'; readonly text: string }
  | { readonly status: Exclude<TightenOutput['status'], 'written' | 'accepted'>; readonly because?: string };

/** A trust policy that is proven to be narrower than the present one, or why there is none to write. */
export const stepFor = (input: TightenInput, role: PresentRole | undefined): Step => {
  if (role === undefined) return { status: 'role-gone', because: `${input.roleArn} does not exist` };
  // IAM's calls take the name alone: who gives another path must not get past the exclusions.
  if (role.arn !== input.roleArn) return { status: 'role-gone', because: `the role of that name is ${role.arn}` };
  if (role.id !== input.roleId) {
    return { status: 'role-gone', because: `${role.arn} was deleted and made again: ${role.id}, not ${input.roleId}` };
  }
  if (digestOf(role.trust) !== input.digest) {
    return { status: 'changed', because: `the trust of ${role.arn} is not the one that was judged` };
  }
  try {
    return narrowed(input.identities, role);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const status = STATUSES[error.name];
    if (status === undefined) throw error;
    return { status, because: error.message };
  }
};

/** Whether IAM shows what was written; it may have put it into another order or form. */
export const isShown = (written: string, seen: PresentRole): boolean => {
  if (digestOf(seen.trust) === digestOf(written)) return true;
  try {
    return saysTheSame(parsePolicy(written), parsePolicy(seen.trust), factsOf(seen));
  } catch (error) {
    if (error instanceof Error && STATUSES[error.name] !== undefined) return false;
    throw error;
  }
};

const narrowed = (identities: readonly WorkloadIdentity[], role: PresentRole): Step => {
  const facts = factsOf(role);
  const foreign = identities.find(
    ({ account, region }) => account !== facts.account || partitionOf(region).name !== facts.partition,
  );
  if (foreign !== undefined) {
    const where = `account ${foreign.account}, region ${foreign.region}`;
    return { status: 'refused', because: `no service account of ${where} can have ${role.arn} by an association` };
  }
  const { text, changed } = tighten(role.trust, identities, facts);
  if (!changed) return { status: 'unchanged' };
  const wrong = disproof(parsePolicy(role.trust), parsePolicy(text, { kind: 'trust' }), identities, facts);
  return wrong === undefined
    ? { status: 'write', text }
    : { status: 'refused', because: `not provably narrower: ${wrong}` };
};

const factsOf = ({ arn }: PresentRole) => {
  const { account = '', partition = '' } = parseArn(arn) ?? {};
  return { account, partition, roleArn: arn };
};

/** What ends in an answer instead of an error, by the error's name. */
const STATUSES: Readonly<Record<string, Exclude<TightenOutput['status'], 'written' | 'accepted'>>> = {
  DoesNotFit: 'does-not-fit',
  ReachUndecided: 'undecided',
  NothingLeft: 'refused',
  NotProvable: 'refused',
  NotExact: 'refused',
  NamesInvalid: 'refused',
  OtherUniverse: 'refused',
  PolicyMalformed: 'refused',
};
