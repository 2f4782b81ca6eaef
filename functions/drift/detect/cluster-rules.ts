/** What it means that a cluster is otherwise. */
import { SETUP_COMMAND, showSetupLine } from '../../kubernetes-setup.ts';
import { DEGRADED, linesLost, setupLinesLost } from '../facets/cluster-facets.ts';
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
const access: Rule = ({ is, shouldBe }, { ref }) => {
  const lost = linesLost(shouldBe ?? '', is ?? '');
  const [witness] = lost;
  if (witness === undefined) return [];
  const sentence = `${nameOfObject(ref)} has lost access entries of podid’s roles, or their groups: ${lost.join(', ')}.`;
  return [{ reason: 'AccessEntryLost', sentence, witness }];
};

/** Nor is it here. Somebody may have taken it away, or never applied it, or not since podid was deployed anew: the same mends it. */
const rbac: Rule = ({ is, shouldBe }, { ref }) => {
  const lost = setupLinesLost(shouldBe ?? '', is ?? '');
  const [witness] = lost;
  if (witness === undefined) return [];
  const what =
    is === null
      ? 'doesn’t let podid read even what infra/kubernetes sets up: the role podid-observe or its binding is gone, or all of it'
      : `doesn’t have all that infra/kubernetes sets up for podid; missing: ${someOf(lost.map(showSetupLine))}`;
  const sentence = `${nameOfObject(ref)} ${what}. Run \`${SETUP_COMMAND}\` there.`;
  return [{ reason: 'RbacLost', sentence, witness: showSetupLine(witness) }];
};

/** More of them are for `kubectl` to show. */
const MOST_NAMED = 5;

const someOf = (names: readonly string[]): string => {
  const more = names.length - MOST_NAMED;
  return [...names.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
};

export const CLUSTER_RULES: Rules = { exists, agent, access, rbac };
