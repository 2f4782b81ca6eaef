/** What a spoke's answer means for the item: done, again later, or not to be done. Pure. */

import * as z from 'zod';
import { Instant } from '../../association.ts';
import { jsonOf } from '../../json.ts';
import { ApplyRoleOutput, AssociateOutput, SurveyOutput, UndoOutput, VerifyGrantOutput } from '../contract.ts';
import type { StateError } from './contract.ts';
import type { Came } from './made.ts';

export type Meaning =
  | { readonly again: string; readonly waitSeconds: number }
  | { readonly came: Came }
  /** Which association somebody has, after all. */
  | { readonly found: z.infer<typeof SurveyOutput>['associations'] };

/** IAM's and EKS's propagation takes seconds, at times a minute or two; with pauses up to 5 s, this is three and a half. */
const MOST_TRIES = 45;

export const meaningOf = (
  called: string,
  outcome: { readonly error: StateError } | { readonly answer: unknown },
  tries: number,
): Meaning => {
  if ('error' in outcome) return { came: { status: 'failed', done: false, because: whyOf(outcome.error) } };
  const { answer } = outcome;
  switch (called) {
    case 'survey':
      return { found: SurveyOutput.parse(answer).associations };
    case 'verify-grant': {
      const { missing } = VerifyGrantOutput.parse(answer);
      const because = missing.map(({ sentence }) => sentence).join(' ');
      if (missing.length === 0) return { came: { status: 'verified', done: true } };
      if (missing.every(({ temporary }) => temporary) && tries < MOST_TRIES) return later(because, tries);
      return { came: { status: 'missing', done: false, because } };
    }
    case 'undo-grant': {
      const { status, because, command, associationId } = UndoOutput.parse(answer);
      const done = status === 'undone' || status === 'gone';
      return { came: { status, done, ...said({ because, command, associationId }) } };
    }
    default: {
      const written = Written.parse(answer);
      const { status, because } = written;
      if (status === 'not-visible') {
        if (tries < MOST_TRIES) return later(because ?? 'AWS does not show it yet.', tries);
        return { came: { status, done: false, because: because ?? 'AWS has not shown it in time.' } };
      }
      const associationId = 'association' in written ? written.association?.associationId : undefined;
      const done = status === 'created' || status === 'updated' || status === 'kept';
      return { came: { status, done, ...said({ because, associationId }) } };
    }
  }
};

/** An error as a sentence: Lambda's Cause is JSON with the message in it. */
export const whyOf = ({ Error: name, Cause }: StateError): string => {
  const thrown = Thrown.safeParse(jsonOf(Cause ?? 'null')).data;
  const message = thrown?.errorMessage ?? Cause ?? '';
  return message === '' ? `${name}.` : `${name}: ${message.slice(0, 800)}`;
};

const Written = z.union([ApplyRoleOutput.extend({ at: Instant }), AssociateOutput.extend({ at: Instant })]);
const Thrown = z.object({ errorMessage: z.string() });

const later = (again: string, tries: number): Meaning => ({ again, waitSeconds: Math.min(1 + tries, 5) });

const said = <Fields extends Readonly<Record<string, string | undefined>>>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
