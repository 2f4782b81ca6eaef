/** Who did it, and whether it was us. An event with our principal proves nothing by itself: there must be an intent that it carries out. */
import type { Actor } from '../../actor.ts';
import { PREFIX } from '../../names.ts';
import { parseArn } from '../../partition.ts';
import type { Attribution, Facets, OpenIntent, SeenChange, Snapshot } from '../contract.ts';
import { covers } from '../facets/index.ts';
import { sentenceOf } from './actor-sentence.ts';

/** The roles of podid's own functions, `ACCOUNT/NAME`: names are unique in an account, whatever the path. */
export type OurRoles = ReadonlySet<string>;

/** @example ourRole('arn:aws:iam::111122223333:role/podid-apply-role-eu-west-1') // 111122223333/podid-apply-role-eu-west-1 */
export const ourRole = (roleArn: string): string => `${parseArn(roleArn)?.account ?? ''}/${roleArn.split('/').at(-1)}`;

type Known = Pick<Snapshot, 'changes' | 'intents' | 'assumptions'> & { readonly actual: { readonly facets: Facets } };

/**
 * Who made a facet what it is: the last change that set this value, else the last that can have touched it. It never changes what is done, only
 * who is named.
 */
export const attributionOf = (facet: string, is: string | null, known: Known, ours: OurRoles): Attribution => {
  const touching = known.changes.filter((change) => covers(change.facets, facet)).toSorted(byTime);
  const change = touching.findLast(({ value }) => value !== undefined && value === is) ?? touching.at(-1);
  if (change === undefined) return { who: 'unknown', sentence: 'No event tells who did it.' };
  return judgedChange(change, known, ours);
};

/** Whose one change was. */
export const judgedChange = (change: SeenChange, known: Known, ours: OurRoles): Attribution => {
  const { actor, eventId } = change;
  const intent = isOurs(actor, ours) ? known.intents.find((each) => isCarriedOut(each, change, known)) : undefined;
  const who = !isOurs(actor, ours) ? 'other' : intent === undefined ? 'us-without-intent' : 'us';
  return { who, actor, eventId, sentence: sentenceOf(change, who, known.assumptions ?? [], intent?.execution) };
};

/** Whether one of our functions' roles made the call, or somebody with its credentials. */
export const isOurs = (actor: Actor, ours: OurRoles): boolean => {
  if (actor.issuerArn !== undefined) return ours.has(ourRole(actor.issuerArn));
  const session = parseArn(actor.arn ?? '');
  const [kind, name] = session?.resource.split('/') ?? [];
  return session?.service === 'sts' && kind === 'assumed-role' && ours.has(`${session.account}/${name}`);
};

/** By the request id of AWS's answer, which nobody else can have; or by a call that bears the execution's name and set what it was to set. */
const isCarriedOut = (intent: OpenIntent, change: SeenChange, known: Known): boolean => {
  const { requestId } = change.actor;
  if (!covers(change.facets, intent.facet)) return false;
  if (requestId !== undefined && intent.requestIds.includes(requestId)) return true;
  return bears(change.actor, intent.execution) && isWithin(intent, change.at) && isAsIntended(intent, change, known);
};

/**
 * What the event doesn't tell, the present state does: or there is no proof. Once it was changed again, nobody can see any more what it set: its name
 * and its time have to do, and what is there now is judged by who made it so.
 */
const isAsIntended = ({ facet, value }: OpenIntent, change: SeenChange, { actual, changes }: Known): boolean => {
  if (change.value !== undefined) return change.value === value;
  if ((actual.facets[facet] ?? null) === value) return true;
  return changes.some((later) => byTime(later, change) > 0 && covers(later.facets, facet));
};

/** How far CloudTrail's clock, in whole seconds, may be from ours. */
const SKEW_MILLISECONDS = 60_000;

const isWithin = ({ at, closedAt }: OpenIntent, time: string): boolean =>
  Date.parse(time) >= Date.parse(at) - SKEW_MILLISECONDS &&
  (closedAt === undefined || Date.parse(time) <= Date.parse(closedAt) + SKEW_MILLISECONDS);

/** In the session's name, or in the user agent, by which our functions name whom they act for: their own sessions bear the function's name. */
const bears = (actor: Actor, execution: string): boolean =>
  sessionOf(actor) === execution || actor.userAgent?.split(/[\s[\]]+/).includes(`${PREFIX}/${execution}`) === true;

const sessionOf = ({ arn, name }: Actor): string | undefined => arn?.split('/').at(2) ?? name;

/** Events come in any order. Of one second, by their ids, so that the same are told the same. */
const byTime = (a: SeenChange, b: SeenChange): number =>
  Date.parse(a.at) - Date.parse(b.at) || (a.eventId < b.eventId ? -1 : Number(a.eventId > b.eventId));
