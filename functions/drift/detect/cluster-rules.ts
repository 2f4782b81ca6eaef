/** What it means that a cluster is otherwise. */
import { DEGRADED, linesLost } from '../facets/cluster-facets.ts';
import type { DriftReasonName } from './reasons.ts';
import type { Rule, Rules } from './rule.ts';
import { nameOfObject } from './told.ts';

const exists: Rule = ({ is, shouldBe }, { ref }) =>
  is === null
    ? [{ reason: 'ClusterDeleted', sentence: `${nameOfObject(ref)} isn’t there any more.` }]
    : [
        {
          reason: 'ClusterRecreated',
          sentence: `${nameOfObject(ref)} was created ${is}; the one of that name that was known was created ${shouldBe}.`,
        },
      ];

/** From one kind of agent to another is no harm: Auto Mode takes the add-on’s place. */
const agent: Rule = ({ is }, { ref }) => {
  if (is === null) return [{ reason: 'AgentRemoved', sentence: `${nameOfObject(ref)} has no Pod Identity agent.` }];
  return is.startsWith(DEGRADED)
    ? [{ reason: 'AgentDegraded', sentence: `The Pod Identity agent of ${nameOfObject(ref)} is ${is}.` }]
    : [];
};

/** More than was deployed is no loss. */
const lines =
  (reason: DriftReasonName, what: string): Rule =>
  ({ is, shouldBe }, { ref }) => {
    const lost = linesLost(shouldBe ?? '', is ?? '');
    const [witness] = lost;
    if (witness === undefined) return [];
    return [{ reason, sentence: `${nameOfObject(ref)} ${what}: ${lost.join(', ')}.`, witness }];
  };

export const CLUSTER_RULES: Rules = {
  exists,
  agent,
  access: lines('AccessEntryLost', 'has lost access entries of podid’s roles, or their groups'),
  rbac: lines('RbacLost', 'doesn’t let podid any more'),
};
