/** What a step of the work is called for a person. Pure. */
import type { Standing } from '../../grants/index.ts';
import type { WorkloadIdentity } from '../../identity.ts';
import { parseArn } from '../../partition.ts';
import type { Item, Wave } from '../planning/contract.ts';

/** What is known of what a step is about. */
export type Subject = {
  readonly identity?: WorkloadIdentity;
  readonly standing?: Standing;
  /** The grant made it, or is about to: going back removes it. */
  readonly created: boolean;
};

/** @example nameOfWork('targets', item, { created: true, standing: 'create' }) // create role podid/checkout-api-0123456789ab */
export const nameOfWork = (wave: Wave, { what, object }: Item, { identity, standing, created }: Subject): string => {
  const role = parseArn(object)?.resource.replace(/^role\//, '') ?? object;
  const whose =
    identity === undefined ? object : `${identity.namespace}/${identity.serviceAccount} (cluster ${identity.cluster})`;
  switch (wave) {
    case 'sources':
    case 'targets':
      return `${VERBS[standing ?? 'create']} role ${role}`;
    case 'permissions':
      // One that was made by now, or is there: what it lacks is the way to its targets.
      return standing === 'create'
        ? `let role ${role} reach its targets`
        : `${VERBS[standing ?? 'update']} role ${role}`;
    case 'associations':
      return `${VERBS[standing ?? 'create']} association of ${whose}`;
    case 'verification':
      return 'verify roles and associations';
    case 'restarts':
      return `look for pods without credentials of ${whose}`;
    case 'revocations':
      return `cut sessions and restart pods of ${whose}`;
    default:
      if (what === 'association') return `remove association of ${whose}`;
      return created ? `remove role ${role}` : `take our part out of role ${role}`;
  }
};

const VERBS: Readonly<Record<Standing, string>> = {
  create: 'create',
  keep: 'keep',
  update: 'update',
  adopt: 'adopt',
  'take-over': 'take over',
  stop: 'leave alone',
};
