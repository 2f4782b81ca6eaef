/** What a spoke has read, as facets. Pure. */
import type { Actual } from './contract.ts';
import { actualOf, facetsOfAssociation, facetsOfCluster, facetsOfRole, type Read } from './facets/index.ts';
import type { ReadObjectOutput } from './spoke-contract.ts';

/** @example actualFrom({ object: 'association', cluster: 'gone', readAt }).facets // { cluster: 'gone' } */
export const actualFrom = (output: ReadObjectOutput): Actual => {
  const actual = actualOf(readFrom(output), output.readAt);
  return { ...actual, complete: actual.unread.every((facet) => NEVER_READ.has(facet)) };
};

/** What the function doesn't ask for: nothing is concluded of it, and a read is whole without it. Only Kubernetes knows what it lets us do. */
const NEVER_READ: ReadonlySet<string> = new Set(['rbac']);

const readFrom = (output: ReadObjectOutput): Read => {
  switch (output.object) {
    case 'role': {
      const { seen, roleId, documents } = output;
      return facetsOfRole({ seen, documents, ...(roleId !== undefined && { roleId }) });
    }
    case 'association':
      return facetsOfAssociation(output.found, output.cluster === 'gone');
    case 'cluster':
      return facetsOfCluster(output.control);
  }
};
