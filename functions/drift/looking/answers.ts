/** What the spokes' answers mean for what was asked. Pure. */
import * as z from 'zod';
import { ApplyRoleOutput, AssociateOutput } from '../../grants/acts.ts';
import { DropAssociationOutput, MendRoleOutput } from '../spoke-contract.ts';
import type { Deed } from './deeds.ts';

/** `failed`: nothing was written, or not all, and why. */
export type Came = {
  readonly status: string;
  readonly failed?: string;
  /** Facets that were written all the same. */
  readonly wrote?: readonly string[];
  /** Of an association that was made: nobody knew it before. */
  readonly associationId?: string;
};

/** Of `cut-sessions` and `lift-deny`, whose contract is another capability's. */
const CutOutput = z.object({ status: z.string(), because: z.string().optional() });

/** What a look asks of a spoke besides reading. */
type Called = Exclude<Deed['do'], 'revoke'> | 'lift-deny';

/** AWS took it, or it was so already. What it doesn't show yet, the next look finds. */
const DONE: Readonly<Record<Called, ReadonlySet<string>>> = {
  'apply-role': new Set(['created', 'updated', 'kept', 'not-visible']),
  associate: new Set(['created', 'updated', 'kept', 'not-visible']),
  'mend-role': new Set(['mended', 'kept', 'not-visible']),
  'cut-sessions': new Set(['cut', 'already-cut']),
  'drop-association': new Set(['dropped', 'gone']),
  'lift-deny': new Set(['lifted', 'role-gone']),
};

const SCHEMAS = {
  'apply-role': ApplyRoleOutput,
  associate: AssociateOutput,
  'mend-role': MendRoleOutput,
  'cut-sessions': CutOutput,
  'drop-association': DropAssociationOutput,
  'lift-deny': CutOutput,
} as const;

/** @throws z.ZodError when it is no answer of that function */
export const cameOf = (called: Called, output: unknown): Came => {
  const answer = SCHEMAS[called].parse(output);
  const { status, because } = answer;
  const associationId = called === 'associate' ? AssociateOutput.parse(output).association?.associationId : undefined;
  if (DONE[called].has(status)) return { status, ...(associationId !== undefined && { associationId }) };
  const wrote = called === 'mend-role' ? { wrote: MendRoleOutput.parse(output).wrote } : {};
  return { status, ...wrote, failed: `${called}: ${status}${because === undefined ? '' : `, ${because}`}.` };
};
