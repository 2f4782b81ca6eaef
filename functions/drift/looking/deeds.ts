/** By which function of a spoke each action of a plan can be carried out, and which by none: only what a grant wants is ever given, all else is taken away. Pure. */
import { denyName, readDeny } from '../../abac/session-deny.ts';
import { type ApplyRoleInput, type AssociateInput, associateAct, roleAct } from '../../grants/acts.ts';
import { type ResolvedRole, tagsFor } from '../../grants/index.ts';
import type { DenyRow } from '../../store/denies.ts';
import type { Action, Actual, Desired, DriftPlan, Hold, ObjectRef } from '../contract.ts';
import type { DropBounds } from '../dropping.ts';
import { facet, kindOf, nameOf } from '../facets/index.ts';
import type { GrantPart } from '../gathering/gather.ts';
import type { DropAssociationInput, MendDeed, MendRoleInput } from '../spoke-contract.ts';
import { commandFor } from './commands.ts';
import { type Dropped, dropOf, leftToRevoke } from './drop.ts';

export type Known = {
  readonly actual: Actual;
  readonly desired: Desired;
  readonly grants: readonly GrantPart[];
  readonly denies: readonly DenyRow[];
  /** The end of this association has begun its revocation already. */
  readonly isRevoked: boolean;
  /** podid itself has asked for the end of this association; that it came, an answer or an event may have failed to tell. */
  readonly isDropped: boolean;
  /** Of the association's account: which roles are podid's to defend. */
  readonly bounds: DropBounds;
};

/** Written before it is asked for: what a spoke is told, in whose name, and which actions it carries out. */
export type Deed = { readonly actions: readonly Action[]; readonly asker: string } & (
  | { readonly do: 'apply-role'; readonly grantId: string; readonly version: number; readonly input: ApplyRoleInput }
  | { readonly do: 'associate'; readonly grantId: string; readonly version: number; readonly input: AssociateInput }
  | { readonly do: 'mend-role'; readonly input: MendRoleInput }
  | { readonly do: 'cut-sessions'; readonly deny: DenyRow }
  /** Its sessions are cut as after anybody's deletion. */
  | { readonly do: 'drop-association'; readonly input: DropAssociationInput }
  /** Not by a spoke: the machine for that is started. */
  | { readonly do: 'revoke' }
);

/** The plan with what can be done; the rest is held, with what a person would run. */
export const withMeans = (plan: DriftPlan, known: Known): DriftPlan => {
  const actions: Action[] = [];
  const holds: Hold[] = [];
  for (const action of [...plan.actions, ...leftToRevoke(plan, known.actual, known.isDropped)]) {
    const means = meansFor(action, plan, known);
    if (means.by === 'none')
      holds.push({ because: means.because ?? 'not-ours', facet: action.facet, sentence: means.sentence });
    else if (means.by !== 'done') actions.push(action);
  }
  const inOrder = [...plan.holds, ...holds].toSorted((a, b) => (a.facet < b.facet ? -1 : a.facet > b.facet ? 1 : 0));
  return { ...plan, actions, holds: inOrder };
};

/** What carries out the plan's actions, in their order: several on one role are one call. */
export const deedsFor = (plan: DriftPlan, execution: string, known: Known): readonly Deed[] => {
  const ways = new Map<string, { readonly means: Means; readonly actions: Action[] }>();
  for (const action of plan.actions) {
    const means = meansFor(action, plan, known);
    const way = keyOf(means, action);
    const same = ways.get(way);
    if (same === undefined) ways.set(way, { means, actions: [action] });
    else same.actions.push(action);
  }
  return [...ways.values()].flatMap(({ means, actions }) => deedOf(plan.ref, means, actions, execution, known));
};

type Means =
  | { readonly by: 'grant'; readonly part: GrantPart; readonly make: boolean }
  | { readonly by: 'mend'; readonly deed: MendDeed }
  | { readonly by: 'deny'; readonly deny: DenyRow }
  | { readonly by: 'drop'; readonly association: Dropped }
  | { readonly by: 'revoke' }
  /** There is nothing left to do. */
  | { readonly by: 'done' }
  | { readonly by: 'none'; readonly sentence: string; readonly because?: Hold['because'] };

const keyOf = (means: Means, { facet }: Action): string => {
  if (means.by === 'grant') return `grant ${means.part.grantId}`;
  return means.by === 'mend' ? 'mend' : `${means.by} ${facet}`;
};

const meansFor = (action: Action, plan: DriftPlan, known: Known): Means => {
  const found = plan.ref.object === 'role' ? meansOnRole(action, plan, known) : meansOnAssociation(action, plan, known);
  return found ?? byPerson('No grant wants it so, and podid gives only what a grant wants.', action, plan, known);
};

const byPerson = (why: string, action: Action, { ref }: DriftPlan, { actual }: Known): Means => {
  const command = commandFor(ref, action, actual);
  return { by: 'none', sentence: command === undefined ? why : `${why} A person would run: ${command}` };
};

const meansOnRole = (action: Action, plan: DriftPlan, known: Known): Means | undefined => {
  const { facet: on, to } = action;
  if (kindOf(on) === 'deny') return meansOfDeny(action, known);
  // A managed policy is its owner's: others bear it, too.
  if (kindOf(on) === 'version') return undefined;
  const part = grantFor(action, known);
  if (on === 'exists') {
    return part?.role?.managed === true && to !== null ? { by: 'grant', part, make: true } : undefined;
  }
  const taking = takingAway(action, known.actual);
  if (part?.role === undefined) return taking && { by: 'mend', deed: taking };
  const held = heldBeside(plan, WRITTEN_WITH_A_ROLE);
  // The whole role is written at once, and with it what is to be left alone.
  if (held === undefined) return { by: 'grant', part, make: false };
  return taking === undefined ? waiting(held) : { by: 'mend', deed: taking };
};

const meansOfDeny = ({ facet: on, to }: Action, { denies, actual }: Known): Means => {
  const deny = denies.find((row) => row.status === 'in-force' && facet('deny', denyName(row)) === on);
  if (to !== null && deny !== undefined) return { by: 'deny', deny };
  if (to === null && readDeny(actual.facets[on] ?? '') === undefined) {
    return { by: 'mend', deed: { do: 'delete-inline', name: nameOf(on) } };
  }
  return {
    by: 'none',
    sentence: 'It is a session deny of which podid has no record: whoever takes it away gives access back.',
  };
};

/** The one way to take away what is too much; undefined where it could only be mended by giving. */
const takingAway = ({ do: deed, facet: on, to }: Action, { facets }: Actual): MendDeed | undefined => {
  const name = nameOf(on);
  switch (kindOf(on)) {
    case 'trust':
      return deed === 'tighten' && to !== null ? { do: 'trust', document: to } : undefined;
    case 'attached':
      return to === null ? { do: 'detach', arn: name } : undefined;
    case 'inline':
      if (to === null) return { do: 'delete-inline', name };
      return facets[on] === undefined ? undefined : { do: 'put-inline', name, document: to };
    case 'boundary':
      return to === null ? undefined : { do: 'boundary', arn: to };
    default:
      return undefined;
  }
};

const meansOnAssociation = (action: Action, plan: DriftPlan, known: Known): Means | undefined => {
  const { do: deed, facet: on } = action;
  const isThere = known.actual.facets.exists !== undefined;
  if (deed === 'revoke') {
    if (!isThere) return known.isRevoked ? { by: 'done' } : { by: 'revoke' };
    const drop = dropOf(known.actual, known.bounds);
    if ('association' in drop) return { by: 'drop', ...drop };
    return byPerson(`It is not podid's to delete: ${drop.refused}.`, action, plan, known);
  }
  const part = grantFor(action, known);
  if (part?.association === undefined) return undefined;
  if (on === 'exists') return { by: 'grant', part, make: !isThere };
  const held = heldBeside(plan, WRITTEN_WITH_AN_ASSOCIATION);
  return held === undefined ? { by: 'grant', part, make: false } : waiting(held);
};

/** The grant in whose name it is written: of a role that podid made the one that made it; else one that wants this. */
const grantFor = ({ facet: on }: Action, { grants, desired }: Known): GrantPart | undefined => {
  const settled = grants.filter((each) => each.settled);
  const wanted = desired.wanted.find((each) => each.facet === on);
  const wishers = new Set(wanted?.by.flatMap((by) => (by.kind === 'grant' ? [by.id] : [])));
  return settled.find(({ role }) => role?.managed === true) ?? settled.find(({ grantId }) => wishers.has(grantId));
};

const WRITTEN_WITH_A_ROLE: ReadonlySet<string> = new Set(['trust', 'inline', 'attached', 'boundary', 'tag']);
const WRITTEN_WITH_AN_ASSOCIATION: ReadonlySet<string> = new Set(['role', 'target', 'session-tags', 'policy', 'tag']);

const heldBeside = ({ holds }: DriftPlan, kinds: ReadonlySet<string>): Hold | undefined =>
  holds.find((hold) => kinds.has(kindOf(hold.facet)));

const waiting = ({ facet: on, sentence, because }: Hold): Means => ({
  by: 'none',
  because: because === 'not-ours' ? 'mode' : because,
  sentence: `It would be written together with ${on}, which is to be left alone: ${sentence}`,
});

/** The tag by which the spokes know whose a thing is. */
const [GRANT_TAG = ''] = Object.keys(tagsFor({ grantId: '', team: '' }));

const deedOf = (
  ref: ObjectRef,
  means: Means,
  actions: readonly Action[],
  execution: string,
  known: Known,
): readonly Deed[] => {
  switch (means.by) {
    case 'mend': {
      if (ref.object !== 'role') return [];
      const deeds = actions.flatMap((action) => mendOf(action, known));
      return [{ do: 'mend-role', actions, asker: execution, input: { asker: execution, roleArn: ref.roleArn, deeds } }];
    }
    case 'deny':
      return [{ do: 'cut-sessions', actions, asker: execution, deny: means.deny }];
    case 'drop': {
      if (ref.object !== 'association') return [];
      const input = { asker: execution, identity: ref.identity, ...means.association };
      return [{ do: 'drop-association', actions, asker: execution, input }];
    }
    case 'revoke':
      return [{ do: 'revoke', actions, asker: execution }];
    case 'grant':
      return grantDeed(means, actions, execution, known);
    default:
      return [];
  }
};

const mendOf = (action: Action, known: Known): readonly MendDeed[] => {
  if (kindOf(action.facet) === 'deny') return [{ do: 'delete-inline', name: nameOf(action.facet) }];
  const deed = takingAway(action, known.actual);
  return deed === undefined ? [] : [deed];
};

const grantDeed = (
  { part, make }: Extract<Means, { by: 'grant' }>,
  actions: readonly Action[],
  execution: string,
  known: Known,
): readonly Deed[] => {
  const { grantId, version, role, association } = part;
  // The spokes let only a grant's own executions write its things.
  const asker = `${grantId}-${execution}`;
  const asking = { asker, grantId };
  const common = { actions, asker, grantId, version };
  const standing = standingFor(make, grantId, known.actual);
  if (role !== undefined) {
    return [{ do: 'apply-role', ...common, input: roleAct(asking, { ...role, standing }) }];
  }
  if (association === undefined) return [];
  return [{ do: 'associate', ...common, input: associateAct(asking, { ...association, standing }) }];
};

/** Where somebody took our tag away, what is there is nobody's by its looks: it is taken over again. */
const standingFor = (make: boolean, grantId: string, { facets }: Actual): ResolvedRole['standing'] => {
  if (make) return 'create';
  return facets[facet('tag', GRANT_TAG)] === grantId ? 'update' : 'take-over';
};
