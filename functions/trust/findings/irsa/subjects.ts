/** Rules about whom a statement about EKS tokens lets in: the named service accounts, or also others. */
import { isName } from '../../reach/grammar.ts';
import {
  difference,
  type FederatedIdentity,
  has,
  irsaUniverse,
  setOf,
  toSentences,
  witness,
} from '../../reach/index.ts';
import type { TrustFacts } from '../facts.ts';
import { rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import { admittedBy, inTokenStatements, showToken, type TokenStatement, tokenFacts } from './tokens.ts';

/** Somebody gets in whom no condition names. The witness is the shortest such name. */
export const irsaSubjects: Rule = (facts) =>
  inTokenStatements(facts, (trusting) => {
    const { statement, issuers } = trusting;
    const admitted = admittedBy(facts, statement);
    const stranger = witness(difference(admitted, setOf(admitted.universe, namedIn(facts, trusting))));
    if (stranger === undefined) return undefined;
    const claims = new Set(issuers.map(subjectKey));
    const told = { statement, witness: showToken(stranger), remedy: remedy(facts) };
    if (!statement.conditions.some(({ key }) => claims.has(key.toLowerCase()))) {
      return found('IrsaSubjectMissing', {
        ...told,
        sentence: `${show(statement)} does not look at the subject of the token: every service account of the cluster gets the role.`,
      });
    }
    const anybody = issuers.some((issuer) => has(admitted, { issuer, namespace: NOBODY, serviceAccount: NOBODY }));
    return found('IrsaWildcardSubject', {
      ...told,
      ...(anybody && { severity: 'error' }),
      sentence: `${show(statement)} lets in service accounts that it does not name: ${shown(toSentences(admitted))}.`,
    });
  });

/** The service accounts that the policy names in full: in this statement, or in a Deny that spares them. */
const namedIn = (facts: TrustFacts, { issuers }: TokenStatement): readonly FederatedIdentity[] => {
  const { dimensions } = irsaUniverse(tokenFacts(facts));
  return issuers
    .flatMap((issuer) =>
      facts.policy.statements
        .flatMap(({ conditions }) => conditions)
        .filter(({ key }) => key.toLowerCase() === subjectKey(issuer))
        .flatMap(({ values }) => values)
        .flatMap((value) => {
          const [, namespace, serviceAccount] = /^system:serviceaccount:([^:*?]+):([^:*?]+)$/.exec(value) ?? [];
          return namespace === undefined || serviceAccount === undefined ? [] : [{ issuer, namespace, serviceAccount }];
        }),
    )
    .filter(({ issuer, namespace, serviceAccount }) =>
      [issuer, namespace, serviceAccount].every((name, at) => {
        const dimension = dimensions[at];
        return dimension !== undefined && isName(dimension.grammar, name);
      }),
    );
};

const subjectKey = (issuer: string): string => `${issuer.toLowerCase()}:sub`;

const shown = (sentences: readonly string[]): string =>
  sentences.length > MOST
    ? `${sentences.slice(0, MOST).join('; ')}; and ${sentences.length - MOST} more`
    : sentences.join('; ');

/** How many sentences about a set a person is told. */
const MOST = 3;

/** A name that no condition means. */
const NOBODY = 'podid-stranger';

const remedy = (facts: TrustFacts): string =>
  `Name the subjects, as StringEquals \`ISSUER:sub\` \`system:serviceaccount:NAMESPACE:NAME\`: ${rewrite(facts)}.`;
