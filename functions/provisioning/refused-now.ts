/** Which grants in force the guardrails would refuse now: guardrails change, and what was granted under the old ones goes on until somebody looks. */
import type { Law } from '../grants/guardrails/index.ts';
import { type Grant, guardrailFacts, resolve } from '../grants/index.ts';
import type { VerdictView } from './api/schemas.ts';
import { verdictOf } from './api/verdict.ts';
import type { ProvisionWork } from './contract.ts';
import { rolesBeyond } from './planning/beyond.ts';
import { allOf, countsFor, factsFor, type Hub, surveysOf } from './planning/machine.ts';

export type StandingVerdict = {
  readonly grant: Grant;
  /** Absent: nothing is on record of what was read when it was made, so that nobody can judge it. */
  readonly verdict?: VerdictView;
};

/**
 * The verdict of a law on every grant in force, by what was read in the accounts when it was made: nothing is read anew, so that it costs no account a call.
 * @example const refused = (await verdictsOnStanding(hub, law)).filter(({ verdict }) => verdict?.verdict !== 'allowed')
 */
export const verdictsOnStanding = async (hub: Hub, law: Law): Promise<readonly StandingVerdict[]> => {
  const standing = (await allOf((paging) => hub.grants.list(paging))).filter(
    ({ inForce, state }) => inForce !== undefined && state !== 'revoking',
  );
  const verdicts: StandingVerdict[] = [];
  for (const grant of standing) verdicts.push({ grant, ...(await verdictOn(hub, law, grant)) });
  return verdicts;
};

const verdictOn = async (hub: Hub, law: Law, grant: Grant): Promise<Pick<StandingVerdict, 'verdict'>> => {
  const { inForce } = grant;
  const work = inForce === undefined ? undefined : await madeBy(hub, grant, inForce);
  if (work === undefined || inForce === undefined) return {};
  const facts = await factsFor(hub, work, grant, inForce);
  const resolved = resolve(facts);
  const beyond = rolesBeyond(resolved, facts);
  const counts = await countsFor(hub, facts);
  const { seen, documents, config } = facts;
  const judged = guardrailFacts({ grant, resolved, seen, config, documents, beyond, counts }, hub.now().toISOString());
  return { verdict: verdictOf(law, judged, resolved) };
};

/** The execution that has made the version in force: an extension was made by the one of a version before. */
const madeBy = async (hub: Hub, { id }: Grant, inForce: number): Promise<ProvisionWork | undefined> => {
  for (let version = inForce; version > 0; version -= 1) {
    const work: ProvisionWork = { grantId: id, version, attempt: 1, do: 'provision' };
    if ((await surveysOf(hub, work).asked()).length > 0) return work;
  }
  return undefined;
};
