/** The request that an SDK makes with a service account's token: IAM roles for service accounts, `AssumeRoleWithWebIdentity`. */
import { symbolsOf } from '../../policy/pattern.ts';
import { gradeOf, type PrincipalElement } from '../../policy/principal.ts';
import type { Dimension } from './atoms.ts';
import { type Expression, leaf, not } from './expression.ts';
import { type Grammar, isName } from './grammar.ts';
import { always, perhaps, type RoleFacts, sourcesOf } from './keys.ts';
import type { Glob } from './pattern.ts';
import { known, type TrustRequest, type Universe } from './request.ts';
import { eksIssuers, NAMESPACES, SUBDOMAINS } from './valid-names.ts';

export type IrsaFacts = RoleFacts & {
  /** The token's audience, as the SDKs ask for it by default: `sts.amazonaws.com`. */
  readonly audience?: string;
  /** Issuers besides those of EKS clusters, without `https://`: clusters that somebody runs himself. */
  readonly otherIssuers?: readonly string[];
};

/** A service account as a role's trust in an OIDC provider sees it. */
export type FederatedIdentity = {
  /** Without `https://`: `oidc.eks.eu-west-1.amazonaws.com/id/…`. */
  readonly issuer: string;
  readonly namespace: string;
  readonly serviceAccount: string;
};

export const irsaUniverse = (facts: IrsaFacts): Universe<FederatedIdentity> => {
  const { partition, otherIssuers = [] } = facts;
  const others = otherIssuers.filter((issuer) => !isName(eksIssuers(partition), issuer)).toSorted();
  const dimensions: readonly Dimension[] = [
    { name: 'issuer', grammar: withTexts(eksIssuers(partition), others), examples: [] },
    { name: 'namespace', grammar: NAMESPACES, examples: ['other', 'another'] },
    { name: 'service account', grammar: SUBDOMAINS, examples: ['other', 'another'] },
  ];
  return {
    key: `tokens of ${partition} ${others.join()}`,
    dimensions,
    phrase: ([issuer, namespace, serviceAccount]) => `${serviceAccount} in ${namespace} of ${issuer}`,
    memberOf: ([issuer = '', namespace = '', serviceAccount = '']) => ({ issuer, namespace, serviceAccount }),
    namesOf: ({ issuer, namespace, serviceAccount }) => [issuer, namespace, serviceAccount],
  };
};

/** Service accounts with a token of an OIDC provider in the role's account ask for the role. */
export const irsa = (facts: IrsaFacts): TrustRequest<FederatedIdentity> => {
  const { account, partition, audience = 'sts.amazonaws.com' } = facts;
  const provider = `arn:${partition}:iam::${account}:oidc-provider/`;
  const subject = {
    is: 'joined',
    parts: ['system:serviceaccount:', { dimension: 1 }, ':', { dimension: 2 }],
  } as const;
  const others = sourcesOf(
    facts,
    new Map([
      ['aws:federatedprovider', { is: 'joined', parts: [provider, { dimension: 0 }] }],
      // Any region's endpoint will do.
      ['aws:requestedregion', always()],
      ['sts:durationseconds', perhaps()],
      ['aws:sourcevpc', perhaps()],
      ['aws:sourcevpce', perhaps()],
      ['aws:vpcsourceip', perhaps()],
    ]),
  );
  return {
    universe: irsaUniverse(facts),
    actions: ['sts:AssumeRoleWithWebIdentity'],
    resource: facts.roleArn ?? '*',
    sourceOf: (key) => {
      // The keys of a token bear its issuer's name, so a request has only those of its own issuer.
      const claim = /^(.+):(sub|aud)$/s.exec(key);
      if (claim === null) return others(key);
      const issuer: Glob = { is: 'glob', symbols: symbolsOf(claim[1] ?? '', false), folded: true };
      return { is: 'where', dimension: 0, matches: issuer, source: claim[2] === 'sub' ? subject : known(audience) };
    },
    principals: ({ principal, effect }) => principal !== undefined && providers(principal, provider, effect),
    principalOf: ([issuer = '']) => ({ kind: 'federated', provider: `${provider}${issuer}` }),
  };
};

/** The issuers whose provider the element names; the name of a provider without ARN names no OIDC provider of an account. */
const providers = (element: PrincipalElement, prefix: string, effect: 'Allow' | 'Deny'): Expression => {
  const reaches = { ...element, negated: false };
  // A provider that nobody can name stands for all the others.
  const everyone = gradeOf(reaches, { kind: 'federated', provider: '' }, effect) !== undefined;
  const named = [...element.federated].filter((arn) => arn.startsWith(prefix)).map((arn) => arn.slice(prefix.length));
  const positive =
    everyone ||
    leaf(
      0,
      named.map((text) => ({ is: 'literal', text })),
    );
  return element.negated ? not(positive) : positive;
};

/** The grammar, and these texts beside it. */
const withTexts = ({ states, limits }: Grammar, texts: readonly string[]): Grammar => {
  const [start, ...others] = states;
  if (start === undefined || texts.length === 0) return { states, limits };
  const end = states.length;
  const edges = texts.map((text) => ({ text, to: end }));
  return {
    states: [{ ...start, edges: [...edges, ...start.edges] }, ...others, { part: limits.length, end: true, edges: [] }],
    limits: [...limits, 0],
  };
};
