/** What a spoke has read, as facets. Pure. */
import type { Actual } from './contract.ts';
import { actualOf, facetsOfAssociation, facetsOfCluster, facetsOfRole, type Read } from './facets/index.ts';
import type { ReadObjectOutput } from './spoke-contract.ts';

/** @example actualFrom({ object: 'association', cluster: 'gone', readAt }).facets // { cluster: 'gone' } */
export const actualFrom = (output: ReadObjectOutput): Actual => {
  const actual = actualOf(readFrom(output), output.readAt);
  return { ...actual, complete: actual.unread.every((facet) => MAY_LACK.has(facet)) };
};

/** A read is whole without what only Kubernetes knows: its endpoint may be out of our reach for good. Nothing is concluded of it then. */
const MAY_LACK: ReadonlySet<string> = new Set(['rbac']);

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
