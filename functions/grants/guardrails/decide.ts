/** One question to the guardrails. Whatever goes wrong on the way to an answer is a denial. */
import type { CedarValueJson, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/web';
import { aboutWhat, type Guardrails, isError } from './load.ts';

export type ActionName = 'Request' | 'Proceed' | 'Approve' | 'Revoke' | 'Adopt';

export type Question = {
  readonly principal: TypeAndId;
  readonly action: ActionName;
  readonly resource: TypeAndId;
  readonly context: Readonly<Record<string, CedarValueJson>>;
  /** The resource, as people call it. */
  readonly about: string;
};

/** A guardrail that decided, and what for. */
export type Because = {
  /** The policy's `@id`; of denials that no policy makes, one of `NO_POLICY`. */
  readonly id: string;
  /** A sentence for the person who asked. */
  readonly reason: string;
  /** Empty when no policy says it. */
  readonly file: string;
  /** What of the grant it is about. */
  readonly about: string;
};

export type Decision = {
  readonly decision: 'allow' | 'deny';
  /** For a denial everything that stands against it; else what permits it. */
  readonly because: readonly Because[];
  /** Of the denials, those that something could still satisfy: `reason` says what. */
  readonly missing: readonly Because[];
  /** What went wrong while deciding; there is none in a decision that allows. */
  readonly errors: readonly string[];
};

/** The ids of denials that no policy makes. */
export const NO_POLICY = {
  /** The guardrails have errors, so they can't say anything. */
  broken: 'guardrails-broken',
  /** The question doesn't fit the schema. */
  invalid: 'question-invalid',
  /** Nothing permits it, and no permit for such questions has a word for that. */
  silent: 'nothing-permits',
} as const;

/**
 * Asks the guardrails. The schema goes with every question: without it Cedar takes attributes that aren't there, or of the wrong type, for
 * errors of single policies, and skips these. A policy that errors all the same (an overflow) is skipped by Cedar, so it is a denial here.
 */
export const decide = (guardrails: Guardrails, question: Question, entities: readonly EntityJson[]): Decision => {
  const { engine, name, policies } = guardrails;
  const problems = guardrails.problems.filter(isError);
  if (problems.length > 0) {
    const [{ file, line, sentence } = { file: '', line: 0, sentence: '' }] = problems;
    const reason = `The guardrails have errors, so nothing is allowed: ${file}:${line}: ${sentence}`;
    const errors = problems.map((each) => `${each.file}:${each.line}:${each.column}: ${each.sentence}`);
    return denial([{ id: NO_POLICY.broken, reason, file, about: '' }], errors);
  }
  const { principal, action, resource, context, about } = question;
  const answer = attempt(() =>
    engine.statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: action },
      resource,
      context: { ...context },
      preparsedSchemaName: name,
      validateRequest: true,
      preparsedPolicySetId: name,
      entities: [...entities],
    }),
  );
  if (answer.type === 'failure') {
    const errors = answer.errors.map(({ message, help }) => (help === null ? message : `${message}; ${help}`));
    const reason = `The question doesn't fit the guardrails' schema: ${errors.join(' ')}`;
    return denial([{ id: NO_POLICY.invalid, reason, file: '', about }], errors);
  }
  const { decision, diagnostics } = answer.response;
  const say = (id: string, reason?: string): Because => {
    const policy = policies.get(id);
    return { id, reason: reason ?? policy?.reason ?? '', file: policy?.file ?? '', about };
  };
  const failed = diagnostics.errors.map(({ policyId, error }) =>
    say(policyId, `This guardrail could not be evaluated, so nothing is allowed: ${error.message}`),
  );
  const decisive = diagnostics.reason.toSorted().map((id) => say(id));
  if (decision === 'allow' && failed.length === 0) return { decision, because: decisive, missing: [], errors: [] };

  const forbids = decision === 'deny' ? decisive : [];
  const missing = forbids.flatMap(({ id }) => {
    const sentence = policies.get(id)?.missing;
    return sentence === undefined ? [] : [say(id, sentence)];
  });
  const against = [...forbids, ...failed];
  const because = against.length > 0 ? against : unpermitted(guardrails, question);
  return denial(
    because,
    failed.map(({ id, reason }) => `${id}: ${reason}`),
    missing,
  );
};

const denial = (
  because: readonly Because[],
  errors: readonly string[],
  missing: readonly Because[] = [],
): Decision => ({ decision: 'deny', because, missing, errors });

type Answer = ReturnType<Guardrails['engine']['statefulIsAuthorized']>;

/** Cedar throws on what isn't JSON of its own form, and where it panics. */
const attempt = (ask: () => Answer): Answer => {
  try {
    return ask();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const nothing = { help: null, code: null, url: null, severity: null };
    return { type: 'failure', errors: [{ message, ...nothing }], warnings: [] };
  }
};

/** What the permits for such questions have to say when none of them applies. */
const unpermitted = (guardrails: Guardrails, { action, resource, about }: Question): readonly Because[] => {
  const words = [...guardrails.policies.values()].flatMap((policy) => {
    const { id, effect, otherwise, file } = policy;
    if (effect === 'forbid' || otherwise === undefined) return [];
    const { actions, resources } = aboutWhat(guardrails, policy);
    return actions.includes(action) && resources.includes(resource.type)
      ? [{ id, reason: otherwise, file, about }]
      : [];
  });
  if (words.length > 0) return words;
  return [{ id: NO_POLICY.silent, reason: `No guardrail permits ${action} for this.`, file: '', about }];
};
