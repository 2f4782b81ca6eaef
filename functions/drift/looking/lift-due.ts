/** Taking off the session denies of a role that have outlived every session that they were for. */

import type { Place } from '../../places.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { DenyRow } from '../../store/denies.ts';
import type { ObjectRef } from '../contract.ts';
import { inlineFacet } from '../facets/index.ts';
import { isDue, isInForce } from '../gathering/deny-wants.ts';
import type { Gathered } from '../gathering/gather.ts';
import { keptUntil } from '../hints.ts';
import { objectKey } from '../object.ts';
import { cameOf } from './answers.ts';
import { BY, type LookHub } from './hub.ts';

export type Lifting = { readonly ref: ObjectRef; readonly place: Place; readonly execution: string };

/** How many went. Only where podid may write, and one after the other: IAM has no ETag. What is refused stays, and is due again with the next sweep. */
export const liftDue = async (hub: LookHub, gathered: Gathered, lifting: Lifting): Promise<number> => {
  const { denies, rules, concerned, killSwitch } = gathered;
  const now = hub.now().toISOString();
  const due = denies.filter((row) => isInForce(row) && isDue(row, now));
  const may = !killSwitch && rules.modeOf(concerned, 'SessionDenyLeftOver') === 'remediate';
  if (!may) return 0;
  const lifted = await inBatches(due, 1, (row) => lift(hub, row, lifting));
  return lifted.filter(Boolean).length;
};

const lift = async (hub: LookHub, row: DenyRow, { ref, place, execution }: Lifting): Promise<boolean> => {
  const { objects, store, config } = hub;
  const { identity, roleArn, form, issuedBefore, policyName } = row;
  const at = hub.now().toISOString();
  const key = objectKey(ref);
  const note = { subject: key, step: 'lift-deny', object: roleArn, by: BY, round: `${execution} ${policyName}` };
  const intent = { execution, facet: inlineFacet(policyName), value: null, requestIds: [], at };
  await objects.keepIntent(key, intent, keptUntil(config, hub.now()));
  const text = `Take off ${policyName}: no session that it was for can live any more.`;
  await store.journal.append([{ ...note, at, kind: 'intent', text }]);
  const bound = issuedBefore === undefined ? {} : { issuedBefore };
  const input = { revocation: execution, do: 'lift', identity, roleArn, form, ...bound, ...place, via: [] };
  const came = cameOf('lift-deny', await hub.ask({ function: 'lift-deny', ...place, input }));
  const closedAt = hub.now().toISOString();
  const kind = came.failed === undefined ? 'accepted' : 'refused';
  await store.journal.append([{ ...note, at: closedAt, kind, text: came.failed ?? `lift-deny: ${came.status}.` }]);
  if (came.failed === undefined) await store.denies.keep({ ...row, status: 'lifted', at: closedAt });
  await objects.keepIntent(key, { ...intent, closedAt }, keptUntil(config, hub.now()));
  return came.failed === undefined;
};
