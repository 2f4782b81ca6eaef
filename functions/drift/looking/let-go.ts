/** An object that podid has nothing to do with any more: what stood against it is closed, and nobody comes back to it. */
import type { FindingRow } from '../../store/finding-row.ts';
import type { ObjectRef } from '../contract.ts';
import { placeOf } from '../kept.ts';
import { rulesOf } from '../remedy/index.ts';
import type { LookHub } from './hub.ts';
import { keepFindings } from './keep-findings.ts';
import { tellReadable } from './unreadable.ts';

/** @param rows Its findings. Those that the sweep judges are left to the sweep. */
export const letGo = async (hub: LookHub, ref: ObjectRef, rows: readonly FindingRow[]): Promise<void> => {
  const { key } = placeOf(ref);
  const { modeOf } = rulesOf(hub.config);
  const looked = {
    at: hub.now().toISOString(),
    cause: { kind: 'NotLookedAfter' },
    modeOf: (reason: string) => modeOf([], reason),
  };
  await tellReadable(hub, ref, rows, looked);
  if (rows.some(({ judge, state }) => judge === 'drift' && state === 'open')) {
    await keepFindings(hub, key, [], { ...looked, complete: true });
  }
  const { state, revision } = await hub.objects.read(key);
  if (state?.again === undefined) return;
  const { again: _again, ...rest } = state;
  await hub.objects.keep(placeOf(ref), rest, revision);
};
