/** From what was read to the plan: resolved, judged by the guardrails once more, and kept. */
import {
  judgeAssociationAdoption,
  judgeProceed,
  judgeRoleAdoption,
  type Law,
  type RoleFacts,
  type Verdict,
} from '../../grants/guardrails/index.ts';
import { type Grant, guardrailFacts, ResolvedGrant, resolve } from '../../grants/index.ts';
import type { ProvisionWork } from '../contract.ts';
import { policiesToRead, rolesBeyond } from './beyond.ts';
import type { Next, Run } from './contract.ts';
import { countsFor, type Facts, factsFor, type Hub, surveysOf } from './machine.ts';
import { furtherSurveys } from './surveys.ts';

/** A first look, and two more at what it shows: chains of roles longer than that are judged as unread. */
const MOST_ROUNDS = 3;

export const planGrant = async (
  hub: Hub,
  law: Law,
  { work, run }: { readonly work: ProvisionWork; readonly run: Run },
  grant: Grant,
): Promise<Next> => {
  const rest = { waitSeconds: 1, surveys: [], items: [] };
  const facts = await factsFor(hub, work, grant, work.version);
  const resolved = resolve(facts);
  const beyond = rolesBeyond(resolved, facts);
  const surveys = surveysOf(hub, work);
  const asked = await surveys.asked();
  const round = Math.max(0, ...asked.map((each) => each.round)) + 1;
  const unread = beyond.filter((role) => role.unread !== undefined).map(({ arn }) => arn);
  const more = furtherSurveys({ roleArns: unread, policies: policiesToRead(facts) }, asked, round, hub.config);
  if (more.length > 0 && round < MOST_ROUNDS) {
    const next = [...(await surveys.ask(round, more))];
    return { ...rest, next: 'survey', run, surveys: next, told: `${next.length} places more to read.` };
  }
  const because = await whyNot(hub, law, { grant, resolved, facts, beyond });
  if (because !== undefined) return { ...rest, next: 'wave', run: { ...run, mode: 'undo', because }, told: because };
  await hub.grants.pointFrom(
    grant,
    resolved.roles.map(({ roleArn }) => roleArn),
  );
  await hub.store.plans(ResolvedGrant).keep(work, resolved);
  const things = resolved.roles.length + resolved.associations.length;
  return { ...rest, next: 'wave', run, told: `${things} roles and associations are planned.` };
};

type Judging = {
  readonly grant: Grant;
  readonly resolved: ResolvedGrant;
  readonly facts: Facts;
  readonly beyond: readonly RoleFacts[];
};

const whyNot = async (hub: Hub, law: Law, { grant, resolved, facts, beyond }: Judging): Promise<string | undefined> => {
  if (resolved.blockers.length > 0) return resolved.blockers.map(({ sentence }) => sentence).join(' ');
  const { seen, documents, config } = facts;
  const counts = await countsFor(hub, facts);
  const judged = guardrailFacts({ grant, resolved, seen, config, documents, beyond, counts }, hub.now().toISOString());
  const adopts = ({ standing }: { readonly standing: string }) => standing === 'adopt' || standing === 'take-over';
  const adopted = new Set(resolved.roles.filter(adopts).map(({ roleArn }) => roleArn));
  const associations = new Set(resolved.associations.filter(adopts).map(({ associationId }) => associationId));
  const verdicts = [
    judgeProceed(law, judged),
    ...judged.roles.filter(({ arn }) => adopted.has(arn)).map((role) => judgeRoleAdoption(law, judged, role)),
    ...judged.associations
      .filter(({ associationId }) => associations.has(associationId))
      .map((association) => judgeAssociationAdoption(law, judged, association)),
  ];
  const denied = verdicts.filter(({ decision }) => decision === 'deny');
  return denied.length === 0 ? undefined : `The guardrails refuse it. ${sentencesOf(denied)}`;
};

const sentencesOf = (denied: readonly Verdict[]): string =>
  [...new Set(denied.flatMap(({ because }) => because.map(({ reason, about }) => `${reason} (${about})`)))]
    .slice(0, 10)
    .join(' ');
