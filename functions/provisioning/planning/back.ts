/** The waves in which things go again: what is in each, and what the spokes are told. Pure. */
import type * as z from 'zod';
import type { Config } from '../../config.ts';
import { associateAct } from '../../grants/acts.ts';
import type { Party, ResolvedAssociation, ResolvedGrant, Seen } from '../../grants/index.ts';
import { type Asked, withSharers } from '../../grants/parties.ts';
import { identityKey } from '../../identity.ts';
import type { UndoInput } from '../contract.ts';
import { placeOfRole } from '../places.ts';
import type { BACK, Intended, Item, Wave } from './contract.ts';
import { roleInput } from './forward.ts';
import type { Intent, Thing } from './made.ts';

export type BackWave = Exclude<(typeof BACK)[number], 'revocations'> | 'removals' | 'releases';
type Call = NonNullable<Intended['call']>;
type Undo = z.infer<typeof UndoInput>['undo'];

/** What a change leaves out: associations first, then the roles that it doesn't use any more. */
export const leftOut = (plan: ResolvedGrant): ReadonlySet<string> =>
  new Set([...plan.removed.map(({ identity }) => identityKey(identity)), ...plan.removedRoles, ...plan.releasedRoles]);

/** The things of a wave. Target roles go before the sources that they trust. */
export const backItems = (things: readonly Thing[], wave: BackWave, config: Config): readonly Item[] =>
  things
    .filter((thing) => isOf(thing, wave))
    .flatMap(({ what, object, account, region }): readonly Item[] => {
      if (what === 'association') return [{ what, object, account, region }];
      const place = placeOfRole(object, config);
      return place === undefined ? [] : [{ what, object, ...place }];
    });

const isOf = ({ what, as }: Thing, wave: BackWave): boolean => {
  switch (wave) {
    case 'undo-associations':
    case 'removals':
      return what === 'association';
    case 'undo-targets':
      return what === 'role' && as !== 'source';
    case 'undo-sources':
      return what === 'role' && as === 'source';
    case 'releases':
      return what === 'role';
  }
};

export type Going = {
  readonly asker: string;
  readonly grantId: string;
  /** The version that is to be in force then, as it resolves now: what it has is put back, not removed. */
  readonly back?: ResolvedGrant | undefined;
  /** Whether what was taken over from somebody is given back as it was; a revocation takes it away. */
  readonly restore: boolean;
  /** Of an existing role: whom its trust must still admit. */
  readonly others: readonly Party[];
};

/** What the spoke is told. Of an association whose id nobody knows, that is to look for it first. */
export const backCall = (
  thing: Thing,
  { wave, version }: { readonly wave: Wave; readonly version: number },
  going: Going,
): { readonly call: Call; readonly intent: Intent } => {
  const { what, account, region, as, identity } = thing;
  const standing = staysWith(thing, going) ? ('update' as const) : undefined;
  const whose = { ...(as && { as }), ...(identity && { identity }), ...(standing && { standing }) };
  const intent = { what, account, region, wave, version, ...whose };
  return { call: { account, region, ...toldOf(thing, going) }, intent };
};

const toldOf = (thing: Thing, going: Going): Pick<Call, 'function' | 'input'> => {
  const { asker, grantId, back } = going;
  const undo = (what: Undo): Pick<Call, 'function' | 'input'> => ({
    function: 'undo-grant',
    input: { asker, grantId, undo: what } satisfies z.infer<typeof UndoInput>,
  });
  const { object, identity, associationId } = thing;
  if (thing.what === 'role') {
    const role = back?.roles.find(({ roleArn }) => roleArn === object);
    if (role !== undefined) {
      return { function: 'apply-role', input: roleInput({ asker, grantId }, { ...role, standing: 'update' }, 'undo') };
    }
    const { created: madeHere, inline } = thing;
    return undo({ what: 'role', roleArn: object, madeHere, inline: [...inline], parties: [...going.others] });
  }
  if (identity === undefined) throw new RangeError(`the record of association ${object} has no identity`);
  const before = stateBefore(thing, going);
  if (before !== undefined) {
    const { association } = associateAct({ asker, grantId }, before);
    return undo({ what: 'association-state', association });
  }
  if (associationId !== undefined) return undo({ what: 'association', identity, associationId });
  return { function: 'survey', input: { roleArns: [], policyArns: [], identities: [identity] } };
};

/** Whether the version that is to be in force has it, so that it is put back, and remains the grant's. */
const staysWith = ({ what, object }: Thing, { back }: Going): boolean =>
  what === 'role'
    ? back?.roles.some(({ roleArn }) => roleArn === object) === true
    : back?.associations.some(({ identity }) => identityKey(identity) === object) === true;

/** As the version that is to be in force has it, or as it was before it was taken over. */
const stateBefore = ({ object, identity, associationId, created, before }: Thing, { back, restore }: Going) => {
  const wanted = back?.associations.find((each) => identityKey(each.identity) === object);
  if (wanted !== undefined) {
    return { ...wanted, ...(associationId !== undefined && { associationId }), standing: 'update' as const };
  }
  if (!restore || created || before === undefined || identity === undefined) return undefined;
  const { state, tags } = before;
  const was: ResolvedAssociation = {
    identity,
    roleArn: state.roleArn,
    ...(state.targetRoleArn !== undefined && { targetRoleArn: state.targetRoleArn }),
    disableSessionTags: state.disableSessionTags,
    ...(state.policy !== undefined && { policy: state.policy }),
    tags,
    associationId: state.associationId,
    standing: 'update',
    differences: [],
  };
  return was;
};

/** Everybody but this grant whom an existing role's trust must admit: its document is authored again without us, never restored. */
export const othersOf = (asked: Asked, seen: Seen, roleArn: string): readonly Party[] =>
  withSharers({ ...asked, seen }, roleArn, []).filter(
    ({ tagged, untagged }) => tagged.length > 0 || untagged.length > 0,
  );
