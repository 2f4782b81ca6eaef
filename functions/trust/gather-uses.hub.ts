/** Which roles must be read to judge one: itself, and the source roles through which its sessions come. */
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { Failure } from '../runtime/errors.ts';
import { theStore } from '../store/index.ts';
import { GatherUsesInput, type GatherUsesOutput } from './judging/contract.ts';
import { readingsFor, usesOf } from './judging/uses.ts';

export const handler = entry(GatherUsesInput, async ({ role: { roleArn } }): Promise<GatherUsesOutput> => {
  const uses = usesOf(roleArn, await theStore().associations.ofRole(roleArn));
  const readings = readingsFor(roleArn, uses, config());
  if (readings[0]?.input.roleArn === roleArn) return { readings };
  throw new Failure(
    'NotFound',
    `podid.config.yaml has no spoke in the account of ${roleArn}; add it and deploy its stack`,
  );
});
