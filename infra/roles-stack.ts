/** The stack of an account whose clusters are all elsewhere, in the one region where IAM's events appear: it forwards them to the hub. */
import { type App, Stack } from 'aws-cdk-lib';
import type { Config } from '../functions/config.ts';
import { ROLES_DEAD_LETTERS, rolesStackName } from '../functions/names.ts';
import { deadLetters } from './constructs/dead-letters.ts';
import { forwardEvents, ROLE_EVENTS } from './forward-events.ts';

/**
 * The forwarding of IAM's events by itself. A spoke stack in that region has it instead, under other names: so an account that gets its first
 * cluster there has both for a while, and hears everything twice, which changes nothing, rather than nothing in between.
 */
export const rolesStack = (app: App, config: Config, where: { account: string; region: string }): Stack => {
  const stack = new Stack(app, rolesStackName(where.account), {
    env: where,
    description: `podid: tells the hub of changed roles; IAM's events appear in ${where.region} alone.`,
  });
  forwardEvents(stack, config.hub, deadLetters(stack, ROLES_DEAD_LETTERS), { 'roles-forward-events': ROLE_EVENTS });
  return stack;
};
