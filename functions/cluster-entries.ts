/** podid's ways into a cluster: which of its spoke functions have an access entry, and in which Kubernetes group. Pure. */
import { OBSERVE_GROUP, RESTART_GROUP } from './names.ts';

/** By the function's file. What each group may do, says `infra/kubernetes/rbac.yaml`. */
export const CLUSTER_ENTRIES = {
  assess: OBSERVE_GROUP,
  'list-service-accounts': OBSERVE_GROUP,
  'read-cluster': OBSERVE_GROUP,
  restart: RESTART_GROUP,
  verify: OBSERVE_GROUP,
} as const;
