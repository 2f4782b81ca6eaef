/** Updates: what EKS still does after a call has answered. Those of add-ons are all that there are here. */
import { randomUUID } from 'node:crypto';
import type { DescribeUpdateCommandInput, ListUpdatesCommandInput, Update, UpdateParam } from '@aws-sdk/client-eks';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { clusterNamed, eksPage, notFound, onCluster } from './lookup.ts';
import { type Cluster, clustersOf, type StoredUpdate } from './state.ts';

type Scope = Pick<ListUpdatesCommandInput, 'name' | 'addonName' | 'nodegroupName' | 'capabilityName'>;

/** An add-on's update is there only for those who name the add-on: else EKS finds none (aws-cli issue 10252). */
export const DescribeUpdate: Operation<DescribeUpdateCommandInput, { update: Update }> = {
  readOnly: true,
  asks: (input, call) => asks('eks:DescribeUpdate', input, call),
  run: ({ updateId, ...scope }, call) => {
    const found = updatesOf(clusterNamed(call, scope.name), scope).find(({ id }) => id === updateId);
    if (found !== undefined) return { update: shownUpdate(found) };
    throw notFound(`No update found for ID: ${updateId}`, { clusterName: required(scope.name) });
  },
};

export const ListUpdates: Operation<ListUpdatesCommandInput, { updateIds: string[]; nextToken?: string }> = {
  readOnly: true,
  asks: (input, call) => asks('eks:ListUpdates', input, call),
  run: ({ maxResults, nextToken, ...scope }, call) => {
    const ids = updatesOf(clusterNamed(call, scope.name), scope).map(({ id }) => id);
    const page = eksPage(ids, (id) => id, { maxResults, nextToken });
    return { updateIds: [...page.items], ...page.paging };
  },
};

/** Begins the record of a change; who makes it says how it ended. */
export const newUpdate = (
  cluster: Cluster,
  now: Date,
  addonName: string,
  params: readonly UpdateParam[],
): StoredUpdate => {
  const update: StoredUpdate = {
    id: randomUUID(),
    addonName,
    status: 'InProgress',
    params,
    createdAt: now,
    errors: [],
  };
  cluster.updates.set(update.id, update);
  return update;
};

export const shownUpdate = ({ id, status, params, createdAt, errors }: StoredUpdate): Update => ({
  id,
  status,
  type: 'AddonUpdate',
  params: [...params],
  createdAt,
  errors: [...errors],
});

const updatesOf = (cluster: Cluster, { addonName, nodegroupName, capabilityName }: Scope): StoredUpdate[] =>
  nodegroupName !== undefined || capabilityName !== undefined
    ? []
    : [...cluster.updates.values()].filter((update) => update.addonName === addonName);

const asks = (action: string, { name, addonName }: Scope, call: Call): Ask[] => {
  const addon = clustersOf(call.cloud, call.account, call.region)
    .get(name ?? '')
    ?.addons.get(addonName ?? '');
  return [onCluster(action)(name, call), ...(addon === undefined ? [] : [{ action, resource: addon.arn }])];
};
