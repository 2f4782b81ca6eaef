/** Which roles a change is a reason to judge. Pure. */
import type { Config } from '../../config.ts';
import type { Neighbour } from '../../store/associations.ts';
import { notManaged } from '../managed.ts';
import { PODS } from '../reach/index.ts';
import { spokeOf } from './uses.ts';

/** A role that a change is about, with what the hub knows of it. */
export type Candidate = {
  readonly roleArn: string;
  /** Its new trust policy as text, where the event tells it. */
  readonly trust?: string;
  readonly neighbours: readonly Neighbour[];
  readonly hasOpenFindings: boolean;
};

/** Why the role is to be judged, or why it is none of podid's business: a sentence. */
export type Choice = { readonly roleArn: string; readonly judge: boolean; readonly because: string };

export const judgedOrNot = ({ roleArn, trust, neighbours, hasOpenFindings }: Candidate, config: Config): Choice => {
  const choice = (judge: boolean, because: string): Choice => ({ roleArn, judge, because: `${roleArn} ${because}` });
  if (spokeOf(roleArn, config) === undefined)
    return choice(false, 'is of an account that podid.config.yaml does not name');
  if (neighbours.length > 0) return choice(true, 'is associated');
  if (notManaged(config, roleArn) === undefined) return choice(true, 'is under management');
  if (hasOpenFindings) return choice(true, 'has open findings');
  if (trust !== undefined && NAMES_US.some((name) => trust.includes(name))) {
    return choice(true, 'has a trust policy that names EKS');
  }
  return choice(false, 'has no association, no finding, and nothing to do with EKS that we know of');
};

/** The roles whose findings hang on this one: what it may do decides whether its sessions get its target roles. */
export const partnersOf = (roleArn: string, neighbours: readonly Neighbour[]): string[] => {
  const targets = neighbours.flatMap(({ state }) => (state.roleArn === roleArn ? (state.targetRoleArn ?? []) : []));
  return [...new Set(targets)].filter((target) => target !== roleArn).sort();
};

/** Pod Identity's principal; and a part of the name of every cluster's OIDC provider, in every partition: IRSA. */
const NAMES_US = [PODS, 'oidc.eks.'];
