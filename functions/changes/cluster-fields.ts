/** A cluster, and what hangs on it, as EKS's events tell them: URI labels under their wire names, percent-encoded; see association-fields.ts. */
import * as z from 'zod';
import type { ClusterRef } from '../identity.ts';
import { parseArn } from '../partition.ts';
import { EventMalformed } from './event-malformed.ts';
import { type ChangeRecord, parsed } from './record.ts';

export const EKS = 'eks.amazonaws.com';

export const REQUEST = 'detail.requestParameters';
export const RESPONSE = 'detail.responseElements';

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign: not encoded after all, and its own schema judges it.
  }
};

/** Text of a path, or of a body: both are read the same way. */
export const Text = z.string().transform(decoded);
const ClusterName = Text.pipe(z.string().regex(/^[0-9A-Za-z][\w-]{0,99}$/, 'the name of a cluster was expected'));

const Fields = z.record(z.string(), z.unknown());

/** The response's part of this name; empty when it has none: some calls answer with nothing, or with an update. @throws EventMalformed */
export const answerOf = ({ response }: ChangeRecord, part: string): Readonly<Record<string, unknown>> =>
  parsed(Fields.nullish(), response[part], `${RESPONSE}.${part}`) ?? {};

/**
 * The cluster by its name: the response's word counts, the request's where it says nothing. A path's label is `name` in published records;
 * one of 2018 has `clusterName`.
 * @throws EventMalformed
 */
export const readCluster = (
  { account, region, request }: ChangeRecord,
  answered: { readonly clusterName?: unknown; readonly name?: unknown } = {},
): ClusterRef => ({
  account,
  region,
  cluster: parsed(
    ClusterName,
    answered.clusterName ?? answered.name ?? request.clusterName ?? request.name,
    `${REQUEST}.name`,
  ),
});

/** The envelope says whose event it is, and EventBridge vouches for it; what is somewhere else has no place in it. @throws EventMalformed */
export const checkPlace = (
  { account, region }: Pick<ChangeRecord, 'account' | 'region'>,
  arn: string,
  field: string,
): void => {
  const place = parseArn(arn);
  if (place?.service === 'eks' && place.account === account && place.region === region) return;
  throw new EventMalformed(field, `an EKS ARN of account ${account} in ${region} was expected`);
};

/** The same for an ARN that the response may have. @throws EventMalformed */
export const checkAnsweredPlace = (record: ChangeRecord, arn: unknown, field: string): void => {
  const answered = parsed(Text.nullish(), arn, `${RESPONSE}.${field}`);
  if (typeof answered === 'string') checkPlace(record, answered, `${RESPONSE}.${field}`);
};

/** The cluster of a call on the cluster itself, whose response may describe it. @throws EventMalformed */
export const readAnsweredCluster = (record: ChangeRecord): { readonly cluster: ClusterRef } => {
  const answered = answerOf(record, 'cluster');
  checkAnsweredPlace(record, answered.arn, 'cluster.arn');
  return { cluster: readCluster(record, answered) };
};
