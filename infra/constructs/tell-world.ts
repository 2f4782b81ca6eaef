/** What a function may that tells the world: put our own events on our own bus, and no others on no other. */
import { LIFECYCLE_BUS, PREFIX } from '../../functions/names.ts';
import type { Hub } from './hub.ts';
import type { Permission } from './permission.ts';

export const tellWorld = ({ stack }: Pick<Hub, 'stack'>): Permission => ({
  sid: 'TellWorld',
  actions: ['events:PutEvents'],
  resources: [stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: LIFECYCLE_BUS })],
  conditions: { StringEquals: { 'events:source': PREFIX } },
});
