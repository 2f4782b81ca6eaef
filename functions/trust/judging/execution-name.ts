/** What an execution of `trust` is called: the same event about the same thing is the same execution. Pure. */
import { createHash } from 'node:crypto';

/** At most 80 characters that Step Functions allows (API, StartExecution). Told twice, an event gives the same name. */
export const executionName = (eventId: string, about: string): string => {
  // An event's id is a UUID; what is not may hold anything.
  const event = /^[\w-]{1,64}$/.test(eventId) ? eventId : hashOf(eventId).slice(0, 32);
  return `${event}-${hashOf(about).slice(0, 12)}`;
};

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
