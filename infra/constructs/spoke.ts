/** What a capability finds in a spoke's stack, and how it adds a function there. */
import { CfnPermission, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../../functions/config.ts';
import { hubRoleArn, spokeRoleName } from '../../functions/names.ts';
import { CALL_SPOKE } from './call-spoke.ts';
import { addFunction, type FunctionSpec, type Functions } from './function.ts';
import { named, pascal } from './logical-id.ts';

export type Spoke = Functions & {
  readonly config: Config;
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** The names of the configured clusters here. */
  readonly clusters: readonly string[];
  readonly excludedRoles: readonly string[];
  readonly managedRoles: readonly string[];
};

export type SpokeFunctionSpec = Omit<FunctionSpec, 'roleName' | 'timeoutSeconds'>;

/** A function of a spoke, which the hub's `call-spoke` may invoke and nobody else from outside. */
export const addSpokeFunction = (spoke: Spoke, spec: SpokeFunctionSpec): LambdaFunction => {
  const made = addFunction(spoke, { ...spec, roleName: spokeRoleName(spec.file, spoke.region), timeoutSeconds: 60 });
  const id = `${pascal(spec.file)}InvokedByHub`;
  const permission = new CfnPermission(spoke.stack, id, {
    action: 'lambda:InvokeFunction',
    functionName: made.functionArn,
    principal: hubRoleArn(CALL_SPOKE, spoke.config.hub),
  });
  named(permission, id);
  return made;
};
