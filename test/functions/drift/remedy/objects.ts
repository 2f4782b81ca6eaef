/** Objects and findings for the tests of remedy and reconcile. */
import { Config } from '../../../../functions/config.ts';
import type { Desired, DriftFinding, Facets, ObjectRef, Snapshot } from '../../../../functions/drift/contract.ts';
import { type Circumstances, rulesOf } from '../../../../functions/drift/remedy/index.ts';

export const ACCOUNT = '222222222222';
export const NOW = '2026-11-18T12:00:00.000Z';
export const API = {
  account: ACCOUNT,
  region: 'eu-west-1',
  cluster: 'shop',
  namespace: 'orders',
  serviceAccount: 'api',
};
export const ROLE: ObjectRef = { object: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/orders` };
export const ASSOCIATION: ObjectRef = { object: 'association', identity: API };
export const CLUSTER: ObjectRef = {
  object: 'cluster',
  cluster: { account: ACCOUNT, region: 'eu-west-1', cluster: 'shop' },
};

export const config = (drift: object = {}, modes: Record<string, string> = { shop: 'remediate', quiet: 'observe' }) =>
  Config.parse({
    hub: { account: ACCOUNT, region: 'eu-west-1' },
    spokes: [
      {
        name: 'shop',
        account: ACCOUNT,
        clusters: Object.entries(modes).map(([name, mode]) => ({ name, region: 'eu-west-1', mode })),
      },
    ],
    drift,
  });

export const snapshot = (
  change: Partial<Snapshot> & { facets?: Facets; unread?: string[]; complete?: boolean } = {},
): Snapshot => {
  const { facets = { exists: 'AROA' }, unread = [], complete = true, ...rest } = change;
  return {
    ref: ROLE,
    now: NOW,
    actual: { readAt: NOW, complete, unread, facets },
    desired: desired(),
    intents: [],
    changes: [],
    ...rest,
  };
};

export const desired = (change: Partial<Desired> = {}): Desired => ({
  wanted: [],
  closed: [],
  conflicts: [],
  ...change,
});

export const finding = (change: Partial<DriftFinding> = {}): DriftFinding => {
  const facet = change.facet ?? 'boundary';
  return {
    reason: 'BoundaryChanged',
    severity: 'error',
    ref: ROLE,
    facet,
    subject: facet,
    sentence: 'It differs.',
    is: 'other',
    shouldBe: 'ours',
    ...change,
  };
};

export const circumstances = (change: Partial<Circumstances> & { drift?: object } = {}): Circumstances => {
  const { drift = {}, ...rest } = change;
  return { rules: rulesOf(config(drift)), concerned: [API], killSwitch: false, fights: new Map(), ...rest };
};
