/** Fargate profiles of this account's and region's clusters: which pods EKS runs on Fargate. */
import { DescribeFargateProfileCommand, ListFargateProfilesCommand } from '@aws-sdk/client-eks';
import { inBatches } from '../runtime/batches.ts';
import { answerIfThere } from './edge.ts';
import { eks } from './eks.ts';

/** What a profile takes: the pods of the namespaces that the pattern matches, or those of them with all these labels. */
export type FargateSelector = {
  /** With `*` and `?`. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** A cluster has ten profiles at most ("Fargate profiles per cluster", EKS service quotas). */
const AT_ONCE = 5;

/** Of all profiles of a cluster that are not going; none when the cluster is gone. */
export const fargateSelectors = async (clusterName: string): Promise<FargateSelector[]> => {
  const names = await profileNames(clusterName);
  const selectors = await inBatches(names, AT_ONCE, async (fargateProfileName) => {
    const answer = await answerIfThere('eks:DescribeFargateProfile', () =>
      eks().send(new DescribeFargateProfileCommand({ clusterName, fargateProfileName })),
    );
    const profile = answer?.fargateProfile;
    if (profile === undefined || profile.status === 'DELETING' || profile.status === 'CREATE_FAILED') return [];
    return (profile.selectors ?? []).flatMap(({ namespace, labels = {} }) =>
      namespace === undefined ? [] : [{ namespace, labels }],
    );
  });
  return selectors.flat();
};

const profileNames = async (clusterName: string): Promise<string[]> => {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await answerIfThere('eks:ListFargateProfiles', () =>
      eks().send(new ListFargateProfilesCommand({ clusterName, nextToken: token })),
    );
    names.push(...(page?.fargateProfileNames ?? []));
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return names;
};
