/** What EKS does with an add-on after its call has answered: software put into the cluster or taken out of it, and the status that follows. */
import type { Cloud } from '../../../contract.ts';
import { backgroundOf } from '../../background.ts';
import type { Addon, Cluster, StoredUpdate } from '../state.ts';
import { softwareOf } from './software.ts';

/** Makes the cluster run what the add-on now says; ACTIVE when that is done. An update that led to it is told how it ended. */
export const install = (cloud: Cloud, cluster: Cluster, addon: Addon, update?: StoredUpdate): void => {
  // As it was when it was asked for: what comes later has its own turn.
  const software = softwareOf(cluster, addon);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: addon.namespace } };
  inTurn(cloud, addon, async () => {
    try {
      if (software.length > 0) await cluster.kubernetes?.apply([namespace, ...software]);
      settle(addon, 'ACTIVE');
      if (update !== undefined) update.status = 'Successful';
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      settle(addon, update === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED');
      addon.issues = [{ code: 'InternalFailure', message: problem, resourceIds: [] }];
      if (update !== undefined) update.status = 'Failed';
      if (update !== undefined) update.errors = [{ errorCode: 'Unknown', errorMessage: problem, resourceIds: [] }];
    }
  });
};

/** Takes the add-on out of the cluster; `preserve` leaves its software there, unmanaged. */
export const uninstall = (cloud: Cloud, cluster: Cluster, addon: Addon, preserve: boolean): void => {
  inTurn(cloud, addon, async () => {
    if (!preserve) await cluster.kubernetes?.remove(softwareOf(cluster, addon));
    cluster.addons.delete(addon.name);
    for (const update of cluster.updates.values()) {
      if (update.addonName === addon.name) cluster.updates.delete(update.id);
    }
  });
};

// A deletion began: what an earlier call still did says nothing about the status any more.
const settle = (addon: Addon, status: Addon['status']): void => {
  if (addon.status === 'DELETING') return;
  addon.status = status;
  addon.issues = [];
};

const TURNS = new WeakMap<Addon, Promise<void>>();

const inTurn = (cloud: Cloud, addon: Addon, work: () => Promise<void>): void => {
  backgroundOf(cloud).run(`the add-on ${addon.arn}`, () => {
    const turn = (TURNS.get(addon) ?? Promise.resolve()).then(work);
    TURNS.set(
      addon,
      turn.catch(() => undefined),
    );
    return turn;
  });
};
