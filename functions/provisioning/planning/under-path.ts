/** The roles under the path of grants, account by account: those that no grant holds lead to the grant that has left them, or are a finding. */

import { spokeRegions } from '../../config.ts';
import { GrantId } from '../../grants/index.ts';
import type { LifecycleEvent } from '../../lifecycle.ts';
import { partitionOf } from '../../partition.ts';
import { roleNameOf } from '../../runtime/role-bounds.ts';
import { findingEvents } from '../../store/finding-events.ts';
import type { Found } from '../../store/finding-row.ts';
import { grantOf } from '../acts/mark.ts';
import { ListMadeOutput, SurveyOutput } from '../contract.ts';
import type { Place } from '../places.ts';
import { type Collecting, chunks, markedIn } from './collect.ts';
import type { Grants } from './machine.ts';
import { actsFrom } from './made.ts';
import { GRACE_SECONDS, isAnnounced, type Marked } from './orphans.ts';

type Looking = Collecting & {
  readonly grants: Pick<Grants, 'get'>;
  readonly hasTime: () => boolean;
  readonly tell: (events: readonly LifecycleEvent[]) => Promise<void>;
};

export type UnderPath = {
  /** Grants that have made a role that nobody holds. */
  readonly suspects: readonly string[];
  readonly strangers: readonly string[];
  readonly complete: boolean;
};

const HOUR = 3_600_000;

/** An account that can't be read stands in `failed`, and stops no other. */
export const foundUnderPath = async (
  around: Looking,
  held: ReadonlySet<string>,
  failed: string[],
): Promise<UnderPath> => {
  const suspects = new Set<string>();
  const strangers: string[] = [];
  for (const place of placesInTurn(around)) {
    if (!around.hasTime()) return { suspects: [...suspects], strangers, complete: false };
    try {
      const here: string[] = [];
      for (const marked of await unheldIn(around, place, held)) {
        const grantId = GrantId.safeParse(grantOf(marked.tags)).data;
        const grant = grantId === undefined ? undefined : (await around.grants.get(grantId))?.grant;
        const acts = grant === undefined ? [] : actsFrom(await around.store.made.of(grant.id));
        if (grant !== undefined && isAnnounced(grant, acts, marked)) suspects.add(grant.id);
        else here.push(marked.object);
      }
      strangers.push(...here);
      await judge(around, place, here);
    } catch (error) {
      failed.push(`account ${place.account}: ${String(error)}`);
    }
  }
  return { suspects: [...suspects], strangers, complete: true };
};

/** IAM is the same in every region of an account. Each sweep begins with another one: none is always the last. */
const placesInTurn = ({ config, now }: Looking): readonly Place[] => {
  const places = config.spokes.flatMap(({ account }): readonly Place[] => {
    const [region] = spokeRegions(config, account);
    return region === undefined ? [] : [{ account, region }];
  });
  const first = Math.floor(now().getTime() / HOUR) % Math.max(places.length, 1);
  return [...places.slice(first), ...places.slice(0, first)];
};

/** What was made just now may be of a grant that was read before it began. */
const unheldIn = async (around: Looking, place: Place, held: ReadonlySet<string>): Promise<readonly Marked[]> => {
  const before = around.now().getTime() - GRACE_SECONDS * 1000;
  const unheld: string[] = [];
  let next: string | undefined;
  do {
    const page = ListMadeOutput.parse(await around.ask('list-made', place, next === undefined ? {} : { next }));
    const old = page.roles.filter(({ roleArn, createdAt }) => !held.has(roleArn) && Date.parse(createdAt) < before);
    unheld.push(...old.map(({ roleArn }) => roleArn));
    next = page.next;
  } while (next !== undefined);
  const seen: Marked[] = [];
  for (const input of chunks(unheld, [])) {
    seen.push(...markedIn(SurveyOutput.parse(await around.ask('survey', place, input))));
  }
  return seen;
};

/** Under the ARN of all roles of the path, so that what is gone resolves, and the account's owners see it. */
const judge = async (around: Looking, { account }: Place, strangers: readonly string[]): Promise<void> => {
  const { hub, grants } = around.config;
  const object = `arn:${partitionOf(hub.region).name}:iam::${account}:role${grants.rolePath}*`;
  const at = around.now().toISOString();
  const judgement = { at, cause: { kind: 'GrantsSwept' }, complete: true };
  const kept = await around.store.findings.keep(object, strangers.map(strangerFinding), judgement);
  await around.tell(findingEvents(kept));
};

/** A role lies where only grants make roles, and the record knows nobody who would have made it. */
const strangerFinding = (roleArn: string): Found => ({
  reason: 'GrantRoleUnknown',
  severity: 'warning',
  subject: roleArn,
  sentence: `The role ${roleArn} lies under the path of the roles that grants make, and no grant has announced it: podid leaves it alone.`,
  witness: roleArn,
  remedy: `Find out who has made it; then: aws iam delete-role --role-name ${roleNameOf(roleArn)}`,
});
