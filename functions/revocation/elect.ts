/** Beginning a revocation, with what the identity has lost by the change that asks for it. */
import type { Revocation } from '../revocation.ts';
import { type Begun, type ElectingHub, electRevocation } from '../store/elect.ts';
import { lostAccess } from './former-access.ts';

export type { Begun };
export type Hub = ElectingHub;

export const elect = (hub: Hub, wanted: Revocation): Promise<Begun> => electRevocation(hub, wanted, happened);

const happened = ({ cause, former, current }: Revocation): string => {
  if (cause === 'association-deleted') return 'lost its association';
  if (cause === 'association-created')
    return 'has an association again, which bounds the denies that stand for it in time';
  const lost = former === undefined || current === undefined ? [] : lostAccess(former, current);
  return `lost ${lost.map(({ phrase }) => phrase).join(', ')} by an update of its association`;
};
