/** `podid guardrails grants`: which grants in force a directory of guardrails would refuse, before it is deployed. */
import type { Config } from '../functions/config.ts';
import { loadGuardrails, ownership } from '../functions/grants/guardrails/index.ts';
import { Grant } from '../functions/grants/index.ts';
import { type StandingVerdict, verdictsOnStanding } from '../functions/provisioning/refused-now.ts';
import { cedar } from '../functions/runtime/cedar.ts';
import type { Store } from '../functions/store/index.ts';
import type { GuardrailFiles } from './guardrails-files.ts';
import { Told } from './told.ts';

/** Every grant in force, with what these guardrails say of it. @throws Told when the guardrails have errors: then they deny everything */
export const standingGrants = (
  store: Store,
  { source, teams }: GuardrailFiles,
  config: Config,
): Promise<readonly StandingVerdict[]> => {
  const guardrails = loadGuardrails(cedar(), source);
  if (guardrails.problems.some(({ severity }) => severity === 'error')) {
    throw new Told('The guardrails have errors, and so deny everything: podid guardrails check');
  }
  const hub = { store, grants: store.grants(Grant), config, now: () => new Date() };
  return verdictsOnStanding(hub, { guardrails, owned: ownership(teams, config) });
};

export const isRefused = ({ verdict }: StandingVerdict): boolean =>
  verdict !== undefined && verdict.verdict !== 'allowed';

/** A grant that would be refused, and each reason on a line of its own. */
export const refusalLines = ({ grant, verdict }: StandingVerdict): readonly string[] => {
  const { wish } = grant.versions.find(({ version }) => version === grant.inForce) ?? { wish: undefined };
  const whose = wish === undefined ? '' : `, ${wish.namespace}/${wish.serviceAccount} of team ${wish.team}`;
  const reasons = verdict?.verdict === 'needs-approval' ? verdict.missing : (verdict?.because ?? []);
  return [
    `${grant.id}, version ${grant.inForce}${whose}: ${verdict?.verdict === 'needs-approval' ? 'an approval is missing' : 'refused'}`,
    ...reasons.map(({ id, about, reason }) => `  ${reason} (${id}, ${about})`),
  ];
};
