/** A fault as it is asked for: which calls, and how they go wrong. */
import * as z from 'zod';

const Count = z.int().min(1);

/** `before`: nothing is done; `after`: the call worked, and its caller doesn't learn of it. */
const When = z.enum(['before', 'after']);

const What = z.discriminatedUnion('kind', [
  /** An error answer: the service's own exception where its model has one of that code, else one with this status. */
  z.strictObject({
    kind: z.literal('error'),
    code: z.string().min(1),
    status: z.int().min(400).max(599).optional(),
    message: z.string().default('On purpose.'),
    when: When.default('before'),
  }),
  /** Refused for its rate, in the service's own words. */
  z.strictObject({ kind: z.literal('throttle') }),
  /** The connection is closed without an answer. */
  z.strictObject({ kind: z.literal('lost'), when: When.default('after') }),
  /** The connection stays open, and no answer ever comes. */
  z.strictObject({ kind: z.literal('timeout'), when: When.default('after') }),
]);
export type What = Readonly<z.output<typeof What>>;

export const FaultRule = z
  .strictObject({
    /** The scope of its signature: `iam`, `eks-auth`. */
    service: z.string().min(1),
    /** Any of the service's when absent. */
    operation: z.string().min(1).optional(),
    /** Calls of this account only. */
    account: z
      .string()
      .regex(/^\d{12}$/, 'an account id is twelve digits')
      .optional(),
    /** Calls only that have this text in one of their input's strings. */
    about: z.string().min(1).optional(),
    /** The nth such call and no other. */
    nth: Count.optional(),
    /** Each such call whose number is a multiple. */
    every: Count.optional(),
    /** Strikes so often at most. */
    times: Count.optional(),
    what: What,
  })
  .refine(({ nth, every }) => nth === undefined || every === undefined, 'nth and every exclude each other')
  .refine(({ nth, times }) => nth === undefined || times === undefined, 'nth strikes once: it has no times');
export type FaultRule = Readonly<z.output<typeof FaultRule>>;
/** As clients write it: what has a default may be left out. */
export type FaultWish = Readonly<z.input<typeof FaultRule>>;
