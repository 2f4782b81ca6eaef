/** Reads some pages of a cluster's associations: which there are, not what they give. */
import { setTimeout as sleep } from 'node:timers/promises';
import { issuerOf } from '../aws/eks.ts';
import { type AssociationSummary, listSummaries } from '../aws/eks-listing.ts';
import { assertOwnCluster } from '../aws/own-account.ts';
import { entry } from '../runtime/entry.ts';
import { ListAssociationsInput, type ListAssociationsOutput } from './sweep/contract.ts';
import { pacer } from './sweep/pacer.ts';

/** A full cluster is 50 pages; so many a call keep it far from the function's minute even at one a second. */
const PAGES = 10;

export const handler = entry(
  ListAssociationsInput,
  async ({ next: from, perSecond, ...cluster }, { now, functionArn }): Promise<ListAssociationsOutput> => {
    assertOwnCluster(cluster, functionArn);
    const turn = pacer(perSecond, { now: () => now().getTime(), sleep });
    const associations: AssociationSummary[] = [];
    let next = from;
    for (let page = 0; page < PAGES; page += 1) {
      await turn();
      const answer = await listSummaries(cluster.cluster, next);
      if (answer === undefined) return { status: 'gone', associations: [] };
      associations.push(...answer.associations);
      next = answer.next;
      if (next === undefined) break;
    }
    // Asked for once in a listing: it never changes while the cluster lives.
    const issuer = from === undefined ? await issuerOf(cluster.cluster) : undefined;
    return {
      status: 'present',
      associations,
      ...(issuer !== undefined && { issuer }),
      ...(next !== undefined && { next }),
    };
  },
);
