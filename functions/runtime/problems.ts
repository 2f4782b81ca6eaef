/** What zod found wrong, in one line for a person. */
import type * as z from 'zod';

const SHOWN = 3;

/** `at path: message; …`, the first three, and how many more. Values are not shown: they may be secret. */
export const problems = (error: z.ZodError): string => {
  const shown = error.issues
    .slice(0, SHOWN)
    .map((issue) => `${issue.path.length === 0 ? 'the whole' : issue.path.map(String).join('.')}: ${issue.message}`);
  const more = error.issues.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};
