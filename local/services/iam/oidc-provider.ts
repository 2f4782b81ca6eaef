/** One OpenID Connect provider: found by its ARN, what must be allowed on it, and what its parts may be. */
import type { Ask, Call } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { constraint, iamOfCall, invalidInput, noSuchEntity, resourceTags } from './lookup.ts';
import type { OidcProvider } from './state.ts';

type ByArn = { readonly OpenIDConnectProviderArn?: string | undefined };

/** @throws NoSuchEntity */
export const providerOf = (call: Call, arn: string | undefined): OidcProvider => {
  const provider = iamOfCall(call).oidcProviders.get(required(arn));
  if (provider === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  return provider;
};

/** Asks for an action on a provider by its ARN, whether or not it exists. */
export const onProvider =
  (action: string, more: Ask['context'] = {}) =>
  ({ OpenIDConnectProviderArn: arn = '' }: ByArn, call: Call): readonly Ask[] => [
    {
      action,
      resource: arn,
      context: { ...resourceTags(iamOfCall(call).oidcProviders.get(arn)?.tags), ...more },
    },
  ];

/** "A list of up to five", each "40-character", hexadecimal (API reference). @throws InvalidInput, ValidationError */
export const checkThumbprints = (list: readonly string[]): readonly string[] => {
  if (list.length > 5) throw invalidInput('Thumbprint list must contain fewer than 5 entries.');
  for (const thumbprint of list) {
    if (thumbprint.length !== 40) {
      throw constraint('thumbprintList', `[${list.join(', ')}]`, 'Member must have length equal to 40');
    }
  }
  return list;
};

/** @throws ValidationError */
export const checkClientId = (id: string): void => {
  if (id === '' || id.length > 255) {
    throw constraint('clientID', id, 'Member must have length between 1 and 255');
  }
};
