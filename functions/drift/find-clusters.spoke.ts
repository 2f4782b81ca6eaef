/** Lists the clusters of this account and region, a page at a time, and tells which of them bear a tag. It writes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { listClusterNames, tagsOfCluster } from '../aws/eks-clusters.ts';
import { assertOwnPlace } from '../aws/own-account.ts';
import { inBatches } from '../runtime/batches.ts';
import { entry } from '../runtime/entry.ts';
import type { ClusterTag } from '../sweep-settings.ts';
import { FindClustersInput, type FindClustersOutput } from './sweep/contract.ts';
import { pacer } from './sweep/pacer.ts';

/** EKS's largest page. */
const MOST_NAMES = 100;
/** A page is so short that all of it can be described within the function's minute, at the pace that it is told. */
const SECONDS_A_PAGE = 30;
const AT_ONCE = 10;

export const handler = entry(
  FindClustersInput,
  async (
    { account, region, tag, except, perSecond, next: from },
    { now, functionArn },
  ): Promise<FindClustersOutput> => {
    assertOwnPlace({ account, region }, functionArn);
    const turn = pacer(perSecond, { now: () => now().getTime(), sleep });
    await turn();
    const { names, next } = await listClusterNames(Math.min(MOST_NAMES, perSecond * SECONDS_A_PAGE), from);
    const asked = names.filter((name) => !except.includes(name));
    const tagged = await inBatches(asked, AT_ONCE, async (name) => {
      await turn();
      return bears(await tagsOfCluster(name), tag) ? [name] : [];
    });
    return { names: [...names], tagged: tagged.flat(), ...(next !== undefined && { next }) };
  },
);

/** IAM compares the keys of tags without regard to case, and EKS keeps them with it: what is let through is compared once more. */
const bears = (tags: Readonly<Record<string, string>> | undefined, { key, value }: ClusterTag): boolean =>
  tags !== undefined && Object.hasOwn(tags, key) && (value === undefined || tags[key] === value);
