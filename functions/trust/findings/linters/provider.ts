/** Identity providers as trust policies name them, and strangers who come with a token of one. */
import { parseArn } from '../../../partition.ts';
import type { Statement } from '../../../policy/index.ts';
import { type Caller, CHOSEN, lookupIn } from './stranger.ts';

export type Provider =
  | { readonly is: 'anybody'; readonly text: string }
  /** `issuer` without `https://`; `account` is that of the provider's ARN. */
  | {
      readonly is: 'oidc';
      readonly text: string;
      readonly account: string;
      readonly issuer: string;
      readonly eks: boolean;
    }
  | { readonly is: 'saml'; readonly text: string; readonly account: string }
  /** One that AWS itself knows by its name: `cognito-identity.amazonaws.com`. */
  | { readonly is: 'name'; readonly text: string; readonly issuer: string }
  | { readonly is: 'unreadable'; readonly text: string };

/** Reads a value of `Principal.Federated`. */
export const providerOf = (text: string): Provider => {
  if (text === '*') return { is: 'anybody', text };
  const arn = parseArn(text);
  if (arn === undefined) {
    return /^[a-z0-9.-]+$/.test(text) ? { is: 'name', text, issuer: text } : { is: 'unreadable', text };
  }
  const [, kind, name] = /^(oidc|saml)-provider\/(.+)$/s.exec(arn.resource) ?? [];
  if (arn.service !== 'iam' || kind === undefined || name === undefined) return { is: 'unreadable', text };
  const { account } = arn;
  return kind === 'saml'
    ? { is: 'saml', text, account }
    : { is: 'oidc', text, account, issuer: name, eks: isEks(name) };
};

/** `oidc.eks.eu-west-1.amazonaws.com/id/…`, or the dual-stack `oidc-eks.eu-west-1.api.aws/id/…`. */
const isEks = (issuer: string): boolean => /^oidc[.-]eks\.[a-z0-9-]+\.[a-z0-9.-]+\/id\//.test(issuer);

/** The providers that a statement trusts; none when it names whom it leaves out. */
export const providersIn = ({ principal }: Statement): readonly Provider[] =>
  principal === undefined || principal.negated ? [] : [...principal.federated].map(providerOf);

/**
 * A stranger with a token of the provider. `pins` tells the claims by which the provider's tenants differ: those say
 * something else than any condition means, the others are the stranger's to choose. The subject has GitHub's form there.
 */
export const tokenCaller = (
  provider: Extract<Provider, { readonly issuer: string }>,
  pins: (claim: string) => boolean,
): Caller => {
  const prefix = `${provider.issuer.toLowerCase()}:`;
  const fixed = lookupIn(CHOSEN, { 'aws:federatedprovider': [provider.text] });
  const subject = strangeSubject(provider.issuer);
  return {
    name: `a token of ${provider.issuer} with subject ${subject}`,
    principal: { kind: 'federated', provider: provider.text },
    action: 'sts:AssumeRoleWithWebIdentity',
    lookup: (key) => {
      if (!key.startsWith(prefix)) return fixed(key);
      const claim = key.slice(prefix.length);
      if (!pins(claim)) return 'unknown';
      return claim === 'sub' ? [subject] : ['stranger'];
    },
  };
};

/** Somebody whom a SAML provider vouches for, on the way to something else than AWS. */
export const samlCaller = (provider: Extract<Provider, { readonly is: 'saml' }>): Caller => {
  const fixed = lookupIn(CHOSEN, { 'aws:federatedprovider': [provider.text] });
  return {
    name: `an assertion of ${provider.text} for another audience`,
    principal: { kind: 'federated', provider: provider.text },
    action: 'sts:AssumeRoleWithSAML',
    lookup: (key) => {
      if (key === 'saml:aud' || key === 'saml:recipient') return ['https://stranger.example/saml'];
      return key.startsWith('saml:') ? 'unknown' : fixed(key);
    },
  };
};

const strangeSubject = (issuer: string): string =>
  issuer.startsWith('token.actions.githubusercontent.com') ? 'repo:stranger/stranger:ref:refs/heads/main' : 'stranger';
