/** A caught error as a sentence for a person. Pure. */
import type { StateError } from './contract.ts';

const MOST_CHARACTERS = 500;

/** Name and message; Lambda's cause is JSON with a stack trace. */
export const whyOf = ({ Error: name, Cause: cause }: StateError): string => {
  const message = cause === undefined ? name : `${name}: ${messageIn(cause)}`;
  return message.length <= MOST_CHARACTERS ? message : `${message.slice(0, MOST_CHARACTERS - 3)}...`;
};

const messageIn = (cause: string): string => {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: Step Functions' own errors have plain text.
  }
  return cause;
};
