/** The revocation that a change asks for, whoever learns of it: its name, its mode, what it is about. Pure. */
import { createHash } from 'node:crypto';
import type { Actor } from './actor.ts';
import type { AssociationState } from './association.ts';
import { type Config, configuredCluster, type Mode } from './config.ts';
import { clusterArn, type WorkloadIdentity } from './identity.ts';
import { Revocation } from './revocation.ts';

/** What is known when a revocation begins. */
export type Beginning = {
  readonly cause: Revocation['cause'];
  readonly identity: WorkloadIdentity;
  readonly associationId: string;
  /** Tells apart the changes of one association; a deletion happens once and needs none. */
  readonly revision?: string;
  readonly former?: AssociationState;
  readonly current?: AssociationState;
  /** When it happened, ISO. */
  readonly since: string;
  readonly actor: Actor;
};

/**
 * The first attempt at a revocation. The same change, told twice or late, gives the same id: only one of them is ever elected.
 * Its fields are in the schema's order, as in a row read back: Step Functions takes two starts for one only when their inputs are the same text.
 */
export const revocationOf = ({ associationId, revision, ...what }: Beginning, mode: Mode): Revocation =>
  Revocation.parse({
    ...what,
    id: revocationId([clusterArn(what.identity), associationId, revision ?? '', what.cause], 1),
    mode,
    attempt: 1,
  });

/** The same revocation again, after a person asked for it: a closed execution blocks its name for 90 days. */
export const nextAttempt = (before: Revocation): Revocation => ({
  ...before,
  id: before.id.replace(/-\d+$/, `-${before.attempt + 1}`),
  attempt: before.attempt + 1,
});

/** The cluster's mode; of a cluster that the configuration doesn't name nothing is ever written. */
export const modeOf = (config: Config, { account, region, cluster }: WorkloadIdentity): Mode =>
  configuredCluster(config, account, region, cluster)?.mode ?? 'observe';

const revocationId = (parts: readonly string[], attempt: number): string =>
  `r-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)}-${attempt}`;
