/** Which federated principals the exact comparison of IRSA says everything about. Pure. */
import { parseArn, partitionOf } from '../../partition.ts';
import type { RoleFacts } from '../reach/index.ts';
import type { Clause } from './other-principals.ts';

/** EKS's own issuers have tokens for service accounts and for nobody else; the comparison takes those for one audience. */
export const isComparedExactly = (
  { principal, conditions }: Clause,
  { account, partition }: Pick<RoleFacts, 'account' | 'partition'>,
): boolean => {
  const arn = parseArn(principal.name);
  const issuer = /^oidc-provider\/(oidc\.eks\.([a-z0-9-]+)\.([^/]+)\/id\/[0-9A-F]{32})$/.exec(arn?.resource ?? '');
  if (principal.kind !== 'Federated' || arn?.account !== account || issuer === null) return false;
  const [, name = '', region = '', suffix] = issuer;
  const { name: own, dnsSuffix } = partitionOf(region);
  if (own !== partition || arn.partition !== partition || dnsSuffix !== suffix) return false;
  const audience = `${name}:aud`.toLowerCase();
  return conditions.every(
    (each) => !each.includes(':aud ') || each === `StringEquals ${audience} ${JSON.stringify(AUDIENCE)}`,
  );
};

const AUDIENCE = 'sts.amazonaws.com';
