/** Who gains what when one version of a grant takes the place of another: what an approver is shown. */
import { identityKey, showIdentity, type WorkloadIdentity } from '../identity.ts';
import type { GrantVersion } from './grant.ts';
import type { Lifetime } from './lifetime.ts';
import { linesOf, type Unit, unitsOf, unsaid } from './statement-units.ts';
import { type GrantWish, identitiesOf, isManaged, type Permissions, sourceAccountsOf, textOf } from './wish.ts';

/** What somebody can do in one account, or could before. */
export type Change = {
  /** `source`: as the role that EKS gives them. `target`: as a role of another account. */
  readonly as: 'source' | 'target';
  readonly accounts: readonly string[];
  /** The existing role's ARN, where it is one. */
  readonly roleArn?: string;
  readonly what: string;
};

export type Difference = {
  /** Who has it after and had it not before: they gain everything that the new version gives. */
  readonly joins: readonly WorkloadIdentity[];
  readonly leaves: readonly WorkloadIdentity[];
  /** For those who stay, and for all of a first version. */
  readonly gains: readonly Change[];
  readonly loses: readonly Change[];
  /** Accounts in which somebody can do something only after, or only before. */
  readonly accountsGained: readonly string[];
  readonly accountsLost: readonly string[];
  /** What else is other than before. */
  readonly terms: readonly string[];
  /** All of it, for a person. Empty: nothing changes. */
  readonly sentences: readonly string[];
};

/**
 * Policies are compared by what they say, not by how they are written: what the old version says in wider words is no
 * gain. A removed Deny is one. Managed policies are compared by name, templates by their parameters.
 * @param before Undefined for a first version: everything is gained.
 */
export const whoGainsWhat = (before: GrantVersion | undefined, after: GrantVersion): Difference => {
  const [was, is] = [before?.wish, after.wish];
  const joins = without(identitiesOf(is), was === undefined ? [] : identitiesOf(was));
  const leaves = was === undefined ? [] : without(identitiesOf(was), identitiesOf(is));
  const [old, now] = [was === undefined ? [] : placesOf(was), placesOf(is)];
  const [gains, loses] = [changes(old, now, 'no longer denied'), changes(now, old, 'denied from now on')];
  const [accountsBefore, accountsAfter] = [was === undefined ? [] : accountsOf(was), accountsOf(is)];
  const terms = was === undefined ? [] : termsOf(was, is);
  const difference = {
    joins,
    leaves,
    gains,
    loses,
    accountsGained: accountsAfter.filter((account) => !accountsBefore.includes(account)),
    accountsLost: accountsBefore.filter((account) => !accountsAfter.includes(account)),
    terms,
  };
  return { ...difference, sentences: sentencesOf(difference, was === undefined) };
};

/** One role of a wish, and everything that it says of it. */
type Place = {
  readonly as: Change['as'];
  readonly accounts: readonly string[];
  readonly roleArn?: string;
  readonly managed: readonly string[];
  readonly units: readonly Unit[];
  readonly others: readonly string[];
};

const placesOf = (wish: GrantWish): readonly Place[] => {
  const { source, targets } = wish;
  return [
    placeOf('source', sourceAccountsOf(wish), source.role, source.permissions),
    ...targets.map(({ account, role, permissions, chained }) =>
      placeOf('target', [account], role, permissions, chained ? [CHAINED] : []),
    ),
  ];
};

const CHAINED = 'everything that the pods do: EKS gives them this role (chained)';

const placeOf = (
  as: Change['as'],
  accounts: readonly string[],
  role: string,
  permissions: Permissions | undefined,
  others: readonly string[] = [],
): Place => ({
  as,
  accounts,
  ...(!isManaged(role) && { roleArn: role }),
  managed: permissions?.managedPolicyArns ?? [],
  units: permissions?.inline === undefined ? [] : unitsOf(textOf(permissions.inline)),
  others: [
    ...others,
    ...(isManaged(role) ? [] : [`everything that role ${role} can do`]),
    ...(permissions?.template === undefined
      ? []
      : [`what the template ${permissions.template.name} gives for ${ordered(permissions.template.parameters)}`]),
  ],
});

/** A place is the same when the account and the role are; a source's, whatever accounts its clusters are in. */
const keyOf = ({ as, accounts, roleArn }: Place): string =>
  JSON.stringify(as === 'source' ? [as, roleArn] : [as, accounts, roleArn]);

/** What the places of `to` give and those of `from` don't. */
const changes = (from: readonly Place[], to: readonly Place[], undenied: string): readonly Change[] => {
  const counterparts = new Map(from.map((place) => [keyOf(place), place]));
  return to.flatMap((place) => {
    const other = counterparts.get(keyOf(place));
    const [allows, denies] = [unitsWith(place, 'Allow'), unitsWith(other, 'Deny')];
    const where = {
      as: place.as,
      accounts: place.accounts,
      ...(place.roleArn !== undefined && { roleArn: place.roleArn }),
    };
    return [
      ...place.managed.filter((arn) => !other?.managed.includes(arn)).map((arn) => `everything that ${arn} allows`),
      ...linesOf(unsaid(allows, unitsWith(other, 'Allow'))).map(({ text }) => text),
      ...linesOf(unsaid(denies, unitsWith(place, 'Deny'))).map(({ text }) => `${text} (${undenied})`),
      ...place.others.filter((each) => !other?.others.includes(each)),
    ].map((what): Change => ({ ...where, what }));
  });
};

const unitsWith = (place: Place | undefined, effect: Unit['effect']): readonly Unit[] =>
  (place?.units ?? []).filter((unit) => unit.effect === effect);

const accountsOf = (wish: GrantWish): readonly string[] =>
  [...new Set([...sourceAccountsOf(wish), ...wish.targets.map(({ account }) => account)])].toSorted();

const termsOf = (was: GrantWish, is: GrantWish): readonly string[] => [
  ...(was.sessionTags === is.sessionTags
    ? []
    : [
        is.sessionTags
          ? 'Session tags are on: sessions say which service account they are.'
          : 'Session tags are off: nothing tells the service accounts of a cluster apart any more, neither trusts nor denies.',
      ]),
  ...(policyText(was.sessionPolicy) === policyText(is.sessionPolicy)
    ? []
    : [
        is.sessionPolicy === undefined
          ? `The session policy goes: sessions can do everything that the role can. It was ${policyText(was.sessionPolicy)}.`
          : `The session policy, which narrows what sessions can do, is now ${policyText(is.sessionPolicy)}${was.sessionPolicy === undefined ? '' : `; it was ${policyText(was.sessionPolicy)}`}.`,
      ]),
  ...(ordered(was.lifetime) === ordered(is.lifetime)
    ? []
    : [`The grant lasts ${showLifetime(is.lifetime)}; it was ${showLifetime(was.lifetime)}.`]),
  ...(was.team === is.team ? [] : [`Team ${is.team} answers for it; it was team ${was.team}.`]),
  ...(was.takeOver || !is.takeOver ? [] : ['What is there already and differs is taken over.']),
  ...(was.restartPods || !is.restartPods ? [] : ['Pods that are older than the association are restarted.']),
];

const policyText = (policy: GrantWish['sessionPolicy']): string | undefined =>
  policy === undefined ? undefined : textOf(policy);

const showLifetime = (lifetime: Lifetime | undefined): string => {
  if (lifetime === undefined) return 'until it is revoked';
  if ('for' in lifetime) return `for ${lifetime.for} from its activation on`;
  return `until ${lifetime.until}${lifetime.zone === undefined ? '' : ` (${lifetime.zone})`}`;
};

const sentencesOf = (
  { joins, leaves, gains, loses, terms }: Omit<Difference, 'sentences'>,
  isFirst: boolean,
): readonly string[] => {
  const said = (change: Change, verb: string): string => `${placeName(change)}, ${verb}: ${change.what}.`;
  return [
    ...joins.map(
      (identity) => `${showIdentity(identity)} ${isFirst ? 'gets' : 'joins, and gets'} everything that is given.`,
    ),
    ...leaves.map((identity) => `${showIdentity(identity)} leaves, and loses everything.`),
    ...gains.map((change) => said(change, isFirst ? 'given' : 'gained')),
    ...loses.map((change) => said(change, 'lost')),
    ...terms,
  ];
};

const placeName = ({ as, accounts, roleArn }: Change): string => {
  const role = roleArn === undefined ? '' : ` as ${roleArn}`;
  const where = `${accounts.length > 1 ? 'accounts' : 'account'} ${accounts.join(', ')}`;
  return as === 'source' ? `In ${where}${role}, that of the cluster` : `In ${where}${role}`;
};

const without = (some: readonly WorkloadIdentity[], others: readonly WorkloadIdentity[]) => {
  const keys = new Set(others.map(identityKey));
  return some.filter((identity) => !keys.has(identityKey(identity)));
};

const ordered = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  ) ?? '';
