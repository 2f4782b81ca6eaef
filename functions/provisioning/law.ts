/** The law by which grants are judged: from what lies beside the bundle. Pure; the engine and the text are handed in. */
import * as z from 'zod';
import type { Config } from '../config.ts';
import { type CedarEngine, type Law, loadGuardrails, ownership, Teams } from '../grants/guardrails/index.ts';
import { Failure } from '../runtime/errors.ts';
import { problems } from '../runtime/problems.ts';

const SourceFile = z.strictObject({ file: z.string(), text: z.string() });

/** What `guardrails.json` holds. */
export const GuardrailBundle = z.strictObject({
  source: z.strictObject({ schema: SourceFile, policies: z.array(SourceFile) }),
  teams: Teams,
});
export type GuardrailBundle = z.infer<typeof GuardrailBundle>;

/**
 * Guardrails with an error deny everything, and say why.
 * @example const law = lawOf(cedar(), guardrailsBeside(), config());
 * @throws ConfigMalformed when it isn't what the bundler writes
 */
export const lawOf = (engine: CedarEngine, beside: unknown, config: Config): Law => {
  const result = GuardrailBundle.safeParse(beside);
  if (!result.success) {
    throw new Failure('ConfigMalformed', `the guardrails are not of this version: ${problems(result.error)}`, {
      cause: result.error,
    });
  }
  const { source, teams } = result.data;
  return { guardrails: loadGuardrails(engine, source), owned: ownership(teams, config) };
};
