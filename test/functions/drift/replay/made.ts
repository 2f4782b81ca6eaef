/** A decision as reconcile makes one: the orders role bears a boundary that nobody wants, and an event told who set it. */
import type { Config } from '../../../../functions/config.ts';
import type { SeenChange, Snapshot } from '../../../../functions/drift/contract.ts';
import { detect } from '../../../../functions/drift/detect/index.ts';
import { pass } from '../../../../functions/drift/reconcile/index.ts';
import { rulesOf } from '../../../../functions/drift/remedy/index.ts';
import { type Decision, decisionOf, type Look, World } from '../../../../functions/drift/replay/index.ts';
import { API, config, desired, NOW, snapshot } from '../remedy/objects.ts';

const T = Date.parse(NOW);
export const EVE: SeenChange = {
  eventId: 'e-1',
  at: new Date(T - 3_600_000).toISOString(),
  kind: 'RoleBoundaryChanged',
  facets: ['boundary'],
  actor: { type: 'IAMUser', name: 'eve', eventId: 'e-1' },
  via: 'event',
};

/** The configuration that opts the role in, in this mode. */
export const inMode = (mode: string, drift: object = {}): Config => {
  const made = config(drift, { shop: mode });
  return { ...made, spokes: made.spokes.map((spoke) => ({ ...spoke, managedRoles: ['orders'] })) };
};

export const decided = (
  by: Config = inMode('remediate'),
  more: Partial<Snapshot> = {},
  look: Partial<Look> = {},
): { decision: Decision; world: World; text: string } => {
  const seen = snapshot({
    facets: { exists: 'AROA', boundary: 'other' },
    desired: desired({
      wanted: [{ facet: 'boundary', value: 'ours', by: [{ kind: 'grant', id: 'g-1', version: 1 }] }],
    }),
    changes: [EVE],
    ...more,
  });
  const first = { fights: {} };
  const surroundings = { rules: rulesOf(by), concerned: [API], killSwitch: false, us: 'podid' };
  // Seen an hour ago, too, so that it has settled.
  const { known } = pass({ ...seen, now: EVE.at }, () => [], first, surroundings);
  const passed = pass(seen, (each) => detect(each, new Set()), known, surroundings);
  const { decision, world } = decisionOf({
    id: 'd-1',
    eventIds: ['e-1'],
    snapshot: seen,
    known,
    surroundings,
    ours: new Set(),
    config: by,
    findings: passed.findings,
    ruled: passed.plan,
    plan: passed.plan,
    grantVersions: [{ grantId: 'g-1', version: 1 }],
    identities: 1,
    wrote: ['boundary'],
    ...look,
  });
  return { decision, world: World.parse(JSON.parse(world)), text: world };
};
