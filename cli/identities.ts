/** How service accounts, clusters and condition keys are written on the command line and in files. */
import { InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { type ClusterRef, clusterArn, type WorkloadIdentity } from '../functions/identity.ts';
import { parseArn } from '../functions/partition.ts';
import { readSource } from './source.ts';
import { Told } from './told.ts';

/** An option that can be given again and again: each value is read and added. */
export const each =
  <Value>(read: (text: string) => Value) =>
  (text: string, before: readonly Value[] = []): readonly Value[] => [...before, read(text)];

/** `CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT`. @throws InvalidArgumentError */
export const identityFrom = (text: string): WorkloadIdentity => {
  const [, arn = '', namespace, serviceAccount] = /^(arn:[^/]*\/[^/]+)\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  const cluster = clusterOf(arn);
  if (cluster === undefined || namespace === undefined || serviceAccount === undefined) {
    throw new InvalidArgumentError(`It is written CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT: ${EXAMPLE}/payments/api`);
  }
  return { ...cluster, namespace, serviceAccount };
};

/** As `identityFrom` reads it. */
export const identityText = (identity: WorkloadIdentity): string =>
  `${clusterArn(identity)}/${identity.namespace}/${identity.serviceAccount}`;

/** `CLUSTER_ARN` or `CLUSTER_ARN=ISSUER`, with or without `https://`. @throws InvalidArgumentError */
export const clusterFrom = (text: string): ClusterRef & { readonly issuer?: string } => {
  const [arn = '', issuer] = text.split('=', 2);
  const cluster = clusterOf(arn);
  if (cluster === undefined) throw new InvalidArgumentError(`A cluster is named by its ARN: ${EXAMPLE}`);
  return { ...cluster, ...(issuer !== undefined && { issuer: issuer.replace(/^https:\/\//, '') }) };
};

/** `KEY=VALUE`; the same key again gives it several values. @throws InvalidArgumentError */
export const contextFrom = (text: string): readonly [key: string, value: string] => {
  const [, key, value = ''] = /^([^=]+:[^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError('It is written KEY=VALUE: aws:SourceOrgID=o-a1b2c3d4e5');
  return [key, value];
};

/** The pairs by key. */
export const contextOf = (
  pairs: ReadonlyArray<readonly [key: string, value: string]> = [],
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries([...Map.groupBy(pairs, ([key]) => key)].map(([key, of]) => [key, of.map(([, value]) => value)]));

/** Twelve digits. @throws InvalidArgumentError */
export const accountFrom = (text: string): string => {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('An account is twelve digits.');
  return text;
};

/** A quota in characters. @throws InvalidArgumentError */
export const quotaFrom = (text: string): number => {
  const quota = Number(text);
  if (!Number.isInteger(quota) || quota < 1 || quota > 8192) throw new InvalidArgumentError('1 to 8192 characters.');
  return quota;
};

/**
 * Service accounts of a file: a line each, `#` begins a comment; or a JSON list of such texts, or of objects.
 * @throws Told naming the line
 */
export const readIdentities = async (file: string): Promise<readonly WorkloadIdentity[]> => {
  const text = await readSource(file);
  if (/^\s*\[/.test(text)) return identitiesOfJson(text, file);
  return text.split('\n').flatMap((line, index) => {
    const written = line.replace(/(^|\s)#.*$/, '').trim();
    return written === '' ? [] : [told(written, `${file}, line ${index + 1}`)];
  });
};

const EXAMPLE = 'arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME';

const clusterOf = (text: string): ClusterRef | undefined => {
  const arn = parseArn(text);
  const [, cluster] = /^cluster\/([^/]+)$/.exec(arn?.resource ?? '') ?? [];
  if (arn?.service !== 'eks' || cluster === undefined || !/^\d{12}$/.test(arn.account)) return undefined;
  const { account, region } = arn;
  return { account, region, cluster };
};

const Listed = z.array(
  z.union([
    z.string(),
    z.object({ clusterArn: z.string(), namespace: z.string(), serviceAccount: z.string() }),
    z.object({
      account: z.string(),
      region: z.string(),
      cluster: z.string(),
      namespace: z.string(),
      serviceAccount: z.string(),
    }),
  ]),
);

const identitiesOfJson = (text: string, file: string): readonly WorkloadIdentity[] => {
  const listed = Listed.safeParse(jsonOf(text, file));
  if (!listed.success) {
    throw new Told(
      `${file}: a list of CLUSTER_ARN/NAMESPACE/SERVICE_ACCOUNT belongs here; ${z.prettifyError(listed.error)}`,
    );
  }
  return listed.data.map((one, index) => {
    if (typeof one === 'object' && 'cluster' in one) return one;
    const written = typeof one === 'string' ? one : `${one.clusterArn}/${one.namespace}/${one.serviceAccount}`;
    return told(written, `${file}, entry ${index + 1}`);
  });
};

const jsonOf = (text: string, file: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Told(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const told = (text: string, place: string): WorkloadIdentity => {
  try {
    return identityFrom(text);
  } catch (error) {
    throw new Told(`${place}: ${text}: ${error instanceof Error ? error.message : String(error)}`);
  }
};
