/** ListStacks: no stack is ever there. What the templates describe is deployed without one; eksctl asks only whether it made something. */
import type { Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';

export type ListStacksInput = { readonly NextToken?: string; readonly StackStatusFilter?: readonly string[] };

/** `StackStatus` of the API reference, 2010-05-15. */
const STATUSES: ReadonlySet<string> = new Set([
  ...['CREATE', 'DELETE', 'UPDATE', 'ROLLBACK', 'IMPORT', 'UPDATE_ROLLBACK', 'IMPORT_ROLLBACK'].flatMap((what) => [
    `${what}_IN_PROGRESS`,
    `${what}_COMPLETE`,
  ]),
  ...['CREATE', 'DELETE', 'UPDATE', 'ROLLBACK', 'UPDATE_ROLLBACK', 'IMPORT_ROLLBACK'].map((what) => `${what}_FAILED`),
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'REVIEW_IN_PROGRESS',
]);

export const ListStacks: Operation<ListStacksInput, { readonly StackSummaries: readonly [] }> = {
  readOnly: true,
  asks: (_, call) => [
    {
      action: 'cloudformation:ListStacks',
      resource: `arn:${call.cloud.partition}:cloudformation:${call.region}:${call.account}:stack/*/*`,
    },
  ],
  run: ({ NextToken, StackStatusFilter = [] }) => {
    // The one page is empty, so no token is one of ours.
    if (NextToken !== undefined) throw new ApiError('ValidationError', 400, 'Invalid NextToken.');
    const unknown = StackStatusFilter.find((status) => !STATUSES.has(status));
    if (unknown !== undefined) {
      throw new ApiError('ValidationError', 400, `1 validation error detected: ${unknown} is no stack status.`);
    }
    return { StackSummaries: [] };
  },
};
