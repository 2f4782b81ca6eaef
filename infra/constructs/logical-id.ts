/** Logical ids without hashes: the names of one thing are the same everywhere, and moving code between files never replaces a resource. */
import { CfnElement } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `cut-sessions` → `CutSessions`. */
export const pascal = (file: string): string =>
  file
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');

/** Gives the construct's own resource this logical id; hands the construct back. */
export const named = <Kind extends IConstruct>(construct: Kind, logicalId: string): Kind => {
  const resource = construct instanceof CfnElement ? construct : construct.node.defaultChild;
  if (!(resource instanceof CfnElement)) throw new TypeError(`${construct.node.path} has no single resource to name`);
  resource.overrideLogicalId(logicalId);
  return construct;
};
