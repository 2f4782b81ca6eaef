/** Who is asking: this cluster's service accounts, or whoever the cluster's owner knows (EKS tokens). */
import type { ClusterOptions, UserInfo } from './contract.ts';
import { ApiError } from './status.ts';
import type { Tokens } from './tokens.ts';

/** @throws ApiError 401 without a good token; there are no anonymous requests, and no client certificates */
export const authenticate = async (
  header: string | undefined,
  tokens: Tokens,
  external: ClusterOptions['authenticate'],
): Promise<UserInfo> => {
  const token = /^Bearer (\S+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw unauthorized();
  const user = (await tokens.authenticate(token)) ?? (await external(token));
  if (user === undefined) throw unauthorized();
  return { ...user, groups: [...new Set([...user.groups, 'system:authenticated'])] };
};

const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');
