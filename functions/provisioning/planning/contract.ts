/** What the hub's states of `provision.asl.json` hand to each other; the spokes' part is in `../contract.ts`. Pure. */
import * as z from 'zod';
import { ProvisionWork, SurveyInput, SurveyOutput } from '../contract.ts';

/** What a caught error looks like. */
export const StateError = z.strictObject({ Error: z.string(), Cause: z.string().optional() });
export type StateError = z.infer<typeof StateError>;

/** The waves in which things are made; what is in one may be done at the same time. */
export const FORWARD = [
  /** Source roles that aren't there: IAM refuses a trust that names a role that doesn't exist. */
  'sources',
  'targets',
  /** The sources' permission to get the targets, and source roles that are there. */
  'permissions',
  'associations',
  'verification',
  /** Associations of identities that a change leaves out, then what only they needed. */
  'removals',
  'releases',
  /** Pods that are older than the association: looked at, and restarted if the wish asks for it. */
  'restarts',
] as const;
/** The waves in which things go again, newest first. */
export const BACK = ['undo-associations', 'revocations', 'undo-targets', 'undo-sources'] as const;
export const Wave = z.enum([...FORWARD, ...BACK]);
export type Wave = z.infer<typeof Wave>;

/** How far an execution has come. */
export const Run = z.strictObject({
  /** `undo`: of a version that could not be made. `revoke`: of all that the grant ever made. */
  mode: z.enum(['provision', 'undo', 'revoke']),
  /** The wave that was run last. */
  wave: Wave.nullable(),
  /** How often it has waited in this place. */
  waits: z.int().min(0),
  /** Why it goes back: a sentence, or the error of a state. */
  because: z.union([z.string(), StateError]).nullable(),
});
export type Run = z.infer<typeof Run>;

/** One thing to do in a wave: ids alone, since forty full ones would not fit into a state. */
export const Item = z.strictObject({
  what: z.enum(['role', 'association', 'place', 'pods']),
  /** The role's ARN; the identity's key, also of `pods`; or account, region and number of a part of a verification. */
  object: z.string().min(1),
  account: z.string(),
  region: z.string(),
});
export type Item = z.infer<typeof Item>;

const Place = z.strictObject({ account: z.string(), region: z.string() });
/** `round`: what the first one shows may have to be followed. */
export const Survey = Place.extend({ round: z.int().min(0), input: SurveyInput });
export type Survey = z.infer<typeof Survey>;

export const WorkInput = z.strictObject({ work: ProvisionWork, run: Run });
export type WorkInput = z.infer<typeof WorkInput>;

/** Where the machine goes next. */
export const Next = z.strictObject({
  /** `wave`: which wave is next is to be found out. */
  next: z.enum(['survey', 'wave', 'act', 'wait', 'end']),
  run: Run,
  waitSeconds: z.int().min(1),
  surveys: z.array(Survey).default([]),
  items: z.array(Item).default([]),
  /** For who reads the execution's history. */
  told: z.string(),
});
export type Next = z.infer<typeof Next>;

export const KeepSurveyInput = z.strictObject({
  work: ProvisionWork,
  place: Place.extend({ round: z.int().min(0) }),
  survey: SurveyOutput,
});

export const IntendInput = z.strictObject({
  work: ProvisionWork,
  run: Run,
  item: Item,
  /** 0, 1, 2, …: how often it was tried before. */
  tries: z.int().min(0),
});
/** `call`: this function of a spoke. `wait`: somebody else is at work on it. `skip`: nothing is to be done any more. */
export const Intended = z.strictObject({
  next: z.enum(['call', 'wait', 'skip']),
  waitSeconds: z.int().min(1),
  tries: z.int().min(0),
  call: z
    .strictObject({
      function: z.enum(['survey', 'apply-role', 'associate', 'verify-grant', 'undo-grant', 'assess', 'restart']),
      account: z.string(),
      region: z.string(),
      input: z.unknown(),
    })
    .optional(),
  told: z.string(),
});
export type Intended = z.infer<typeof Intended>;

export const KeepOutcomeInput = IntendInput.extend({
  function: z.string(),
  /** The spoke's answer, or why there is none. */
  outcome: z.union([z.strictObject({ error: StateError }), z.strictObject({ answer: z.unknown() })]),
});
export const OutcomeKept = z.strictObject({
  next: z.enum(['again', 'done']),
  waitSeconds: z.int().min(1),
  tries: z.int().min(0),
  told: z.string(),
});
export type OutcomeKept = z.infer<typeof OutcomeKept>;
