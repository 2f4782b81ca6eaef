/** The hub's stack: the record, the bus that the spokes forward to, and each capability's rules, functions and machines. */
import { type App, Stack } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Config } from '../functions/config.ts';
import { BUS, DEAD_LETTERS, HUB_STACK } from '../functions/names.ts';
import { apiInHub } from './api.ts';
import { callSpoke } from './constructs/call-spoke.ts';
import { deadLetters } from './constructs/dead-letters.ts';
import type { Hub, HubBase } from './constructs/hub.ts';
import { named } from './constructs/logical-id.ts';
import { idempotencyTable, recordTable } from './constructs/tables.ts';
import { driftInHub } from './drift.ts';
import { provisioningInHub } from './provisioning-hub.ts';
import { revocationInHub } from './revocation.ts';
import { sweepInHub } from './sweep.ts';
import { trustInHub } from './trust.ts';

/** The hub's stack, with every capability in it. */
export const hubStack = (app: App, config: Config, bundleDir: string): Stack => {
  const stack = new Stack(app, HUB_STACK, {
    env: config.hub,
    description: 'podid: the hub. It decides and keeps the record; it touches no role, cluster or association.',
  });
  const base: HubBase = {
    stack,
    config,
    bundleDir,
    logRetentionDays: config.logRetentionDays,
    table: recordTable(stack),
    idempotency: idempotencyTable(stack),
    bus: bus(stack, config),
    deadLetters: deadLetters(stack, DEAD_LETTERS),
  };
  const hub: Hub = { ...base, callSpoke: callSpoke(base) };
  revocationInHub(hub);
  sweepInHub(hub);
  trustInHub(hub);
  provisioningInHub(hub);
  driftInHub(hub);
  apiInHub(hub);
  return stack;
};

/** The bus takes events from the spokes' accounts and nobody else. Who forges one gets nothing: `aws.` sources are AWS's own, and the API is asked again. */
const bus = (stack: Stack, config: Config): EventBus => {
  const made = named(new EventBus(stack, 'Bus', { eventBusName: BUS }), 'Bus');
  const policy = new CfnEventBusPolicy(stack, 'SpokesForward', {
    eventBusName: made.eventBusName,
    statementId: 'SpokesForward',
    statement: {
      Effect: 'Allow',
      Principal: { AWS: config.spokes.map(({ account }) => new AccountPrincipal(account).arn) },
      Action: 'events:PutEvents',
      Resource: made.eventBusArn,
    },
  });
  named(policy, 'SpokesForward');
  return made;
};
