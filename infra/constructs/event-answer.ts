/** A function of the hub that answers events: the rule on the hub's bus and the function, under one name. */
import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { machineArn, PREFIX } from '../../functions/names.ts';
import { addHubFunction, type Hub } from './hub.ts';
import { named, pascal } from './logical-id.ts';
import { mayRememberEvents, type TableUse } from './tables.ts';

/** `service`: whose calls these are: `eks` for `aws.eks` and `eks.amazonaws.com`. */
export type Calls = { readonly service: 'eks' | 'iam'; readonly eventNames: readonly string[] };

export type EventAnswer = Calls & {
  /** The file's name: `on-role-changed`. */
  readonly file: string;
  readonly description: string;
  /** The calls of another service that it answers, too; by a rule of their own, since the names of a rule's calls are of one service. */
  readonly also?: Calls;
  /** 30 when absent. */
  readonly timeoutSeconds?: number;
  readonly table?: TableUse;
  /** The machine that it starts, by its file's name. */
  readonly machine: string;
};

/** Answers events of the accounts that podid looks after, each once; what fails for a day goes to the dead letters. */
export const addEventAnswer = (hub: Hub, { service, eventNames, also, machine, ...spec }: EventAnswer): void => {
  const { account, region } = hub.config.hub;
  const answer = addHubFunction(hub, {
    ...spec,
    may: [
      mayRememberEvents(hub.idempotency),
      {
        sid: `Start${pascal(machine)}`,
        actions: ['states:StartExecution'],
        resources: [machineArn(machine, account, region)],
      },
    ],
    deadLetters: hub.deadLetters,
  });
  addRule(hub, spec, answer, { service, eventNames });
  if (also !== undefined) addRule(hub, spec, answer, also, also.service);
};

const addRule = (
  hub: Hub,
  { file, description }: Pick<EventAnswer, 'file' | 'description'>,
  answer: LambdaFunction,
  { service, eventNames }: Calls,
  ending?: string,
): void => {
  const name = ending === undefined ? file : `${file}-${ending}`;
  const id = `${pascal(name)}Rule`;
  const rule = new Rule(hub.stack, id, {
    ruleName: `${PREFIX}-${name}`,
    description: `${description.replace(/\.$/, '')}, in the accounts that podid looks after.`,
    eventBus: hub.bus,
    eventPattern: {
      source: [`aws.${service}`],
      detailType: ['AWS API Call via CloudTrail'],
      account: hub.config.spokes.map((spoke) => spoke.account),
      detail: { eventSource: [`${service}.amazonaws.com`], eventName: [...eventNames] },
    },
    targets: [
      new FunctionTarget(answer, {
        deadLetterQueue: hub.deadLetters,
        maxEventAge: Duration.hours(24),
        retryAttempts: 185,
      }),
    ],
  });
  named(rule, id);
};
