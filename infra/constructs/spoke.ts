/** What a capability finds in a spoke's stack, and how it adds a function there. */
import { CfnPermission, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../../functions/config.ts';
import { machineRoleArn, spokeRoleName } from '../../functions/names.ts';
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
};

export type SpokeFunctionSpec = Omit<FunctionSpec, 'roleName' | 'timeoutSeconds'> & {
  /** The machine of the hub that may invoke it: exactly that one's role. */
  readonly invokedBy: string;
};

/** A function of a spoke, which one machine of the hub may invoke and nobody else from outside. */
export const addSpokeFunction = (spoke: Spoke, { invokedBy, ...spec }: SpokeFunctionSpec): LambdaFunction => {
  const made = addFunction(spoke, { ...spec, roleName: spokeRoleName(spec.file, spoke.region), timeoutSeconds: 60 });
  const { account, region } = spoke.config.hub;
  const id = `${pascal(spec.file)}InvokedBy${pascal(invokedBy)}`;
  const permission = new CfnPermission(spoke.stack, id, {
    action: 'lambda:InvokeFunction',
    functionName: made.functionArn,
    principal: machineRoleArn(invokedBy, account, region),
  });
  named(permission, id);
  return made;
};
