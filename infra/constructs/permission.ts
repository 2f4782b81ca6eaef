/** What a role may do, with the reason for every wildcard beside it. */

import { type Acknowledgment, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

export type Permission = {
  readonly sid: string;
  readonly effect?: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a resource can't be named without `*`. cdk-nag refuses an Allow that has wildcards and no reason. */
  readonly because?: string;
};

export const statementOf = ({ sid, effect, actions, resources, conditions }: Permission): PolicyStatement =>
  new PolicyStatement({
    sid,
    effect: effect === 'Deny' ? Effect.DENY : Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });

/** Acknowledges cdk-nag's finding about each wildcard that has a reason, and no other. */
export const acknowledgeWildcards = (role: IConstruct, permissions: readonly Permission[]): void => {
  const acknowledgements = permissions.flatMap(({ resources, because }): Acknowledgment[] =>
    because === undefined
      ? []
      : resources
          .filter((resource) => resource.includes('*'))
          .map((resource) => ({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason: because })),
  );
  Validations.of(role).acknowledge(...acknowledgements);
};

/** X-Ray has no resources to name. */
export const TRACES: Permission = {
  sid: 'Trace',
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resources: ['*'],
  because: 'X-Ray has no resource types: segments can only be put on *.',
};
