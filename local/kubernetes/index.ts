/** The embedded Kubernetes API of the local cloud. */
export { type Authority, makeAuthority } from './authority.ts';
export { startCluster } from './cluster.ts';
export * from './contract.ts';
export { type InjectionFacts, inject } from './inject.ts';
export { ApiError } from './status.ts';
