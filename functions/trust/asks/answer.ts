/** Whether a trust policy gives its role to one request, as `podid trust admits` answers. */
import { type Decision, evaluate, type PolicyDocument, PolicyMalformed, parsePolicy } from '../../policy/index.ts';
import { type Admission, admits } from '../reach/index.ts';
import { valueAt } from '../reach/request.ts';
import { type Ask, readAsk } from './ask.ts';
import { withRequest } from './request.ts';

/** "Role trust policy length" at its highest (IAM guide, "IAM and AWS STS quotas"): white space does not count. */
export const MAX_TRUST_CHARACTERS = 8192;

/**
 * Answers one ask. The policy is judged and not the names: one that IAM would refuse to store (text, URL-encoded text
 * or object) admits nobody, and `because` says why.
 * @throws AskMalformed
 */
export const answerAsk = (policy: unknown, ask: unknown): Admission => {
  const read = readAsk(ask);
  const stored = storable(policy);
  return 'refused' in stored ? refusedAnswer(stored.refused) : answerRead(stored, read);
};

/** The same for what is read already. */
export const answerRead = (document: PolicyDocument, ask: Ask): Admission =>
  withRequest(ask, (request, member) => admits(document, request, member));

/** For each action that the request needs, what came of every statement. */
export const decisionsOf = (
  document: PolicyDocument,
  ask: Ask,
): ReadonlyArray<{ readonly action: string } & Pick<Decision, 'decidedBy' | 'considered'>> =>
  withRequest(ask, (request, member) => {
    const names = request.universe.namesOf(member);
    return request.actions.map((action) => {
      const { decidedBy, considered } = evaluate([{ name: 'the trust policy', document }], {
        action,
        resource: request.resource,
        principal: request.principalOf(names),
        context: (key) => valueAt(request.sourceOf(key), names),
      });
      return { action, ...(decidedBy && { decidedBy }), considered };
    });
  });

/** A policy as IAM would store it, or what IAM would say instead. */
export const storable = (policy: unknown): PolicyDocument | { readonly refused: string } => {
  try {
    return parsePolicy(policy, { kind: 'trust', maxCharacters: MAX_TRUST_CHARACTERS });
  } catch (error) {
    if (error instanceof PolicyMalformed) return { refused: error.message };
    throw error;
  }
};

/** The answer for a policy that IAM refuses. */
export const refusedAnswer = (problem: string): Admission => ({
  admitted: false,
  because: `IAM would refuse to store this policy: ${problem}`,
});
