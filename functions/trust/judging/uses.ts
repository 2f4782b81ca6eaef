/** Which associations give a role, and which roles must be read to judge it. Pure. */
import { type Config, spokeRegions } from '../../config.ts';
import { parseArn } from '../../partition.ts';
import type { Neighbour } from '../../store/associations.ts';
import type { Reading } from '../contract.ts';
import type { RoleUse } from '../findings/facts.ts';

/** Reading a source costs half a dozen calls of IAM's, whose rate is low: of a target role with more sources the others' permissions stay unread. */
export const MOST_SOURCES = 20;

/** The associations that give the role, as source and as target. */
export const usesOf = (roleArn: string, neighbours: readonly Neighbour[]): RoleUse[] =>
  neighbours.flatMap(({ identity, state }) => {
    const tagsDisabled = state.disableSessionTags;
    const target = state.targetRoleArn === undefined ? {} : { targetRoleArn: state.targetRoleArn };
    return [
      ...(state.roleArn === roleArn ? [{ identity, tagsDisabled, ...target }] : []),
      ...(state.targetRoleArn === roleArn ? [{ identity, tagsDisabled, sourceRoleArn: state.roleArn }] : []),
    ];
  });

/** What is to be read: the role, and, where it is a target, whether its sources' own permissions let them get it. */
export const readingsFor = (roleArn: string, uses: readonly RoleUse[], config: Config): Reading[] => {
  const sources = new Set(uses.flatMap(({ sourceRoleArn }) => sourceRoleArn ?? []));
  // A role that is its own target reaches itself as any other does; a reading of its own would be the same reading.
  const others = [...sources].filter((source) => source !== roleArn).sort();
  const own = sources.has(roleArn) ? [roleArn] : [];
  return [
    ...readingOf(roleArn, own, config),
    ...others.flatMap((source) => readingOf(source, [roleArn], config)).slice(0, MOST_SOURCES),
  ];
};

/** Where a role is read: in any region of its account that has a spoke; nowhere, when the configuration doesn't name the account. */
export const spokeOf = (roleArn: string, config: Config): { account: string; region: string } | undefined => {
  const account = parseArn(roleArn)?.account ?? '';
  const [region] = spokeRegions(config, account);
  return region !== undefined && config.spokes.some((spoke) => spoke.account === account)
    ? { account, region }
    : undefined;
};

const readingOf = (roleArn: string, mayReach: readonly string[], config: Config): Reading[] => {
  const spoke = spokeOf(roleArn, config);
  return spoke === undefined ? [] : [{ ...spoke, input: { roleArn, mayReach: [...mayReach] } }];
};
