/** The one table of resource types. */
import type { Deploy, Target } from '../contract.ts';
import { type Deployed, TemplateUnsupported } from '../intrinsics.ts';
import { authorizer, httpApi, integration, route, stage } from './apigateway.ts';
import { table } from './dynamodb.ts';
import { accessEntry } from './eks.ts';
import { bus, busPolicy, rule } from './events.ts';
import { managedPolicy, policy, role } from './iam.ts';
import { eventInvokeConfig, lambdaFunction, permission } from './lambda.ts';
import { queue, queuePolicy } from './sqs.ts';
import { stateMachine } from './states.ts';

const TYPES: Readonly<Record<string, Deploy<never>>> = {
  'AWS::ApiGatewayV2::Api': httpApi,
  'AWS::ApiGatewayV2::Authorizer': authorizer,
  'AWS::ApiGatewayV2::Integration': integration,
  'AWS::ApiGatewayV2::Route': route,
  'AWS::ApiGatewayV2::Stage': stage,
  'AWS::DynamoDB::Table': table,
  'AWS::EKS::AccessEntry': accessEntry,
  'AWS::Events::EventBus': bus,
  'AWS::Events::EventBusPolicy': busPolicy,
  'AWS::Events::Rule': rule,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::Role': role,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Permission': permission,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
  'AWS::StepFunctions::StateMachine': stateMachine,
};

/** Types that make no difference on one machine, and why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  'AWS::CDK::Metadata': "the CDK's own bookkeeping",
  'AWS::CloudWatch::Alarm': 'nothing measures metrics here',
  'AWS::CloudWatch::Dashboard': 'nothing measures metrics here',
  'AWS::Logs::LogGroup': 'log groups appear when a function first prints; nothing is kept beyond the process',
  'AWS::Logs::ResourcePolicy': 'no service but the functions writes logs here',
};

/** @throws TemplateUnsupported for a type that is in neither table */
export const deployResource = async (
  type: string,
  properties: Readonly<Record<string, unknown>>,
  target: Target,
  id: string,
): Promise<Deployed> => {
  if (Object.hasOwn(WITHOUT_EFFECT, type)) {
    const ref = String(properties.LogGroupName ?? properties.AlarmName ?? id);
    return {
      ref,
      attributes: { Arn: `arn:${target.cloud.partition}:logs:${target.region}:${target.account}:log-group:${ref}:*` },
    };
  }
  const deploy = TYPES[type];
  if (deploy === undefined) throw new TemplateUnsupported(`the local cloud has no ${type}`);
  // The template is our own, checked by the CDK's types when it was synthesized: each file names the properties it reads.
  return deploy(properties as never, target, id);
};
