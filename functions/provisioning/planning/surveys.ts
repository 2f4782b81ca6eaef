/** What is to be read in the accounts before a version can be resolved, and then judged. Pure. */
import { type Config, spokeRegions } from '../../config.ts';
import { type GrantWish, identitiesOf, isManaged, rolesToRead, type Seen } from '../../grants/index.ts';
import type { SurveyOutput } from '../contract.ts';
import { type Place, placeKey, placeOfRole } from '../places.ts';
import type { Survey } from './contract.ts';

/** What is asked for, wherever it is. */
type Wanted = { readonly roleArns: readonly string[]; readonly policies: readonly { arn: string; of: string }[] };

/** The first round: everything that the wish names, and the associations that this grant made for others than its identities. */
export const firstSurveys = (
  asked: { readonly grantId: string; readonly wish: GrantWish; readonly config: Config },
  earlier: readonly GrantWish[],
): readonly Survey[] => {
  const { wish, config } = asked;
  const roleArns = rolesToRead(asked);
  const policies = [
    ...(wish.source.permissions?.managedPolicyArns ?? []).flatMap((arn) =>
      [...new Set(wish.clusters.map(({ account }) => account))].map((of) => ({ arn, of })),
    ),
    ...wish.targets.flatMap(({ account, permissions }) =>
      (permissions?.managedPolicyArns ?? []).map((arn) => ({ arn, of: account })),
    ),
  ];
  return surveysOf({ roleArns, policies }, [wish, ...earlier].flatMap(identitiesOf), 0, config);
};

/** Another round, for what the last one has shown: policies of existing roles, and roles to which they lead. Empty: all is read. */
export const furtherSurveys = (
  wanted: Wanted,
  before: readonly Survey[],
  round: number,
  config: Config,
): readonly Survey[] => {
  const roles = new Set(before.flatMap(({ input }) => input.roleArns));
  const policies = new Set(before.flatMap(({ account, input }) => input.policyArns.map((arn) => `${account} ${arn}`)));
  return surveysOf(
    {
      roleArns: wanted.roleArns.filter((arn) => !roles.has(arn)),
      policies: wanted.policies.filter(({ arn, of }) => !policies.has(`${of} ${arn}`)),
    },
    [],
    round,
    config,
  );
};

type Identity = ReturnType<typeof identitiesOf>[number];

const surveysOf = (
  { roleArns, policies }: Wanted,
  identities: readonly Identity[],
  round: number,
  config: Config,
): readonly Survey[] => {
  const surveys = new Map<string, Survey>();
  const at = (place: Place): Survey['input'] => {
    const known = surveys.get(placeKey(place)) ?? {
      account: place.account,
      region: place.region,
      round,
      input: { roleArns: [], policyArns: [], identities: [] },
    };
    surveys.set(placeKey(place), known);
    return known.input;
  };
  const add = <Each>(list: Each[], each: Each, same = (one: Each) => one === each): void => {
    if (!list.some(same)) list.push(each);
  };
  for (const arn of roleArns) {
    const place = placeOfRole(arn, config);
    if (place !== undefined) add(at(place).roleArns, arn);
  }
  for (const { arn, of } of policies) {
    const [region] = spokeRegions(config, of);
    if (region !== undefined && isSpoke(of, config)) add(at({ account: of, region }).policyArns, arn);
  }
  for (const identity of identities) {
    const { account, region } = identity;
    if (!isSpoke(account, config) || !spokeRegions(config, account).includes(region)) continue;
    const text = JSON.stringify(identity);
    add(at({ account, region }).identities, identity, (one) => JSON.stringify(one) === text);
  }
  return [...surveys.values()];
};

const isSpoke = (account: string, { spokes }: Config): boolean => spokes.some((spoke) => spoke.account === account);

/** All that was read, as one. Of a role or cluster that was read twice the last stands. */
export const seenIn = (
  surveys: readonly SurveyOutput[],
  known: Pick<Seen, 'associations' | 'made'>,
): { readonly seen: Seen; readonly documents: Readonly<Record<string, string>> } => ({
  seen: {
    roles: lastOfEach(
      surveys.flatMap(({ roles }) => roles),
      ({ roleArn }) => roleArn,
    ),
    associations: lastOfEach(
      [...known.associations, ...surveys.flatMap(({ associations }) => associations)],
      ({ identity }) => JSON.stringify(Object.entries(identity).toSorted()),
    ),
    clusters: lastOfEach(
      surveys.flatMap(({ clusters }) => clusters),
      (each) => `${placeKey(each)}/${each.cluster}`,
    ),
    made: [...known.made],
  },
  documents: Object.assign({}, ...surveys.map(({ documents }) => documents)),
});

const lastOfEach = <Each>(all: readonly Each[], key: (each: Each) => string): Each[] => [
  ...new Map(all.map((each) => [key(each), each])).values(),
];

/** The existing roles of a wish: others may share them. */
export const existingRolesOf = ({ source, targets }: GrantWish): readonly string[] => [
  ...new Set([source.role, ...targets.map(({ role }) => role)].filter((role) => !isManaged(role))),
];
