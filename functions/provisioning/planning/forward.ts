/** The waves in which a version is made: what is in each, and what the spokes are told. Pure. */
import type * as z from 'zod';
import type { Config } from '../../config.ts';
import { type ApplyRoleInput, type Asking, associateAct, roleAct } from '../../grants/acts.ts';
import { type ResolvedGrant, type ResolvedRole, type Seen, targetsPolicy } from '../../grants/index.ts';
import { identityKey } from '../../identity.ts';
import type { VerifyGrantInput } from '../contract.ts';
import { placeKey, placeOfRole } from '../places.ts';
import type { FORWARD, Intended, Item } from './contract.ts';
import type { Intent } from './made.ts';

export type ForwardWave = Exclude<(typeof FORWARD)[number], 'removals' | 'releases' | 'restarts'>;
type Call = NonNullable<Intended['call']>;

/** What is left out stands as it should already. */
export const forwardItems = (plan: ResolvedGrant, wave: ForwardWave, config: Config): readonly Item[] => {
  switch (wave) {
    case 'sources':
      return plan.roles.filter(isNewSource).flatMap((role) => roleItem(role, config));
    case 'targets':
      return plan.roles
        .filter(({ as, standing }) => as === 'target' && standing !== 'keep')
        .flatMap((role) => roleItem(role, config));
    case 'permissions':
      return (
        plan.roles
          .filter((role) => role.as === 'source' && role.standing !== 'keep')
          // Of a new one without targets the first wave has made everything.
          .filter((role) => !isNewSource(role) || role.inline[targetsPolicy(plan.grantId)] !== undefined)
          .flatMap((role) => roleItem(role, config))
      );
    case 'associations':
      return plan.associations
        .filter(({ standing }) => standing !== 'keep')
        .map(({ identity }) => ({
          what: 'association',
          object: identityKey(identity),
          account: identity.account,
          region: identity.region,
        }));
    case 'verification':
      return verificationsOf(plan, config).map(({ item }) => item);
  }
};

/** What the spoke is told, and what the record is told before; undefined for an item that the plan doesn't have. */
export const forwardCall = (
  plan: ResolvedGrant,
  wave: ForwardWave,
  item: Item,
  { asker, config, seen }: { readonly asker: string; readonly config: Config; readonly seen: Seen },
): { readonly call: Call; readonly intent: Intent } | undefined => {
  const { account, region } = item;
  const asking = { asker, grantId: plan.grantId };
  const common = { what: item.what, account, region, wave, version: plan.version };
  if (wave === 'verification') {
    const found = verificationsOf(plan, config).find((each) => each.item.object === item.object);
    return found && { call: { function: 'verify-grant', account, region, input: found.input }, intent: common };
  }
  if (wave === 'associations') {
    const association = plan.associations.find(({ identity }) => identityKey(identity) === item.object);
    if (association === undefined) return undefined;
    const { identity, standing } = association;
    const before = seen.associations.find((each) => identityKey(each.identity) === item.object);
    const foreign = standing === 'adopt' || standing === 'take-over' ? before : undefined;
    return {
      call: { function: 'associate', account, region, input: associateAct(asking, association) },
      intent: {
        ...common,
        standing,
        identity,
        ...(foreign && { before: { state: foreign.state, tags: foreign.tags } }),
      },
    };
  }
  const role = plan.roles.find(({ roleArn }) => roleArn === item.object);
  if (role === undefined) return undefined;
  const input = roleInput(asking, role, wave);
  return {
    call: { function: 'apply-role', account, region, input },
    intent: { ...common, as: role.as, standing: role.standing, inline: Object.keys(input.role.inline) },
  };
};

/** Of a source that is made new the role comes first without the permission to get targets that aren't there yet. */
export const roleInput = (asking: Asking, role: ResolvedRole, wave: ForwardWave | 'undo'): ApplyRoleInput =>
  roleAct(asking, role, { chain: wave !== 'sources' });

const isNewSource = ({ as, standing }: ResolvedRole): boolean => as === 'source' && standing === 'create';

const roleItem = ({ roleArn }: ResolvedRole, config: Config): readonly Item[] => {
  const place = placeOfRole(roleArn, config);
  return place === undefined ? [] : [{ what: 'role', object: roleArn, ...place }];
};

type Verification = { readonly item: Item; readonly input: z.infer<typeof VerifyGrantInput> };
type Part = { readonly key: string; readonly account: string; readonly region: string } & z.infer<
  typeof VerifyGrantInput
>;

/** One an account and region: its roles and its associations. */
const verificationsOf = (plan: ResolvedGrant, config: Config): readonly Verification[] => {
  const targets = plan.roles.filter(({ as }) => as === 'target').map(({ roleArn }) => roleArn);
  const roles = plan.roles.flatMap((role): readonly Part[] => {
    const place = placeOfRole(role.roleArn, config);
    if (place === undefined) return [];
    const { roleArn, trust, as } = role;
    const checked = { roleArn, parties: [...trust.parties], mayReach: as === 'source' ? targets : [] };
    return [{ key: placeKey(place), ...place, roles: [checked], associations: [] }];
  });
  const associations = plan.associations.map(({ differences: _, ...association }): Part => {
    const { account, region } = association.identity;
    return { key: placeKey({ account, region }), account, region, roles: [], associations: [association] };
  });
  return [...Map.groupBy([...roles, ...associations], ({ key }) => key).entries()].flatMap(([key, parts]) =>
    lotsOf(parts).flatMap((lot, number): readonly Verification[] => {
      const [first] = lot;
      if (first === undefined) return [];
      const { account, region } = first;
      return [
        {
          item: { what: 'place', object: `${key}/${number}`, account, region },
          input: { roles: lot.flatMap((each) => each.roles), associations: lot.flatMap((each) => each.associations) },
        },
      ];
    }),
  );
};

/** A call reads so many roles or associations in its minute, IAM being slow. */
const AT_ONCE = 25;

const lotsOf = (parts: readonly Part[]): readonly (readonly Part[])[] =>
  Array.from({ length: Math.ceil(parts.length / AT_ONCE) }, (_, lot) =>
    parts.slice(lot * AT_ONCE, (lot + 1) * AT_ONCE),
  );
