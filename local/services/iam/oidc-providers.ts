/** OpenID Connect providers: whose tokens an account accepts, and for which audiences. */
import type {
  AddClientIDToOpenIDConnectProviderCommandInput,
  CreateOpenIDConnectProviderCommandInput,
  CreateOpenIDConnectProviderCommandOutput,
  DeleteOpenIDConnectProviderCommandInput,
  GetOpenIDConnectProviderCommandInput,
  GetOpenIDConnectProviderCommandOutput,
  ListOpenIDConnectProvidersCommandInput,
  OpenIDConnectProviderListEntry,
  RemoveClientIDFromOpenIDConnectProviderCommandInput,
  UpdateOpenIDConnectProviderThumbprintCommandInput,
} from '@aws-sdk/client-iam';
import type { Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { alreadyExists, iamOfCall, invalidInput, limitExceeded, requestTags, tagList, tagMap } from './lookup.ts';
import { checkClientId, checkThumbprints, onProvider, providerOf } from './oidc-provider.ts';
import type { OidcProvider } from './state.ts';

/** "OpenID Connect (OIDC) identity providers in an AWS account: 100", "Client IDs per OIDC provider: 100" (IAM and STS quotas). */
const MAX_PROVIDERS = 100;
const MAX_CLIENT_IDS = 100;

/** Without thumbprints IAM takes that of the server's certificate authority; this one has stood for EKS's issuers in many a guide. */
const EKS_THUMBPRINT = '9e99a48a9960b14926bb7f3b02e22da2b0ab7280';

export const CreateOpenIDConnectProvider: Operation<
  CreateOpenIDConnectProviderCommandInput,
  Omit<CreateOpenIDConnectProviderCommandOutput, '$metadata'>
> = {
  readOnly: false,
  asks: ({ Url = '', Tags }, call) => {
    const resource = `arn:${call.cloud.partition}:iam::${call.account}:oidc-provider/${Url.replace(/^https:\/\//, '')}`;
    const create = { action: 'iam:CreateOpenIDConnectProvider', resource, context: requestTags(Tags) };
    return (Tags ?? []).length > 0 ? [create, { ...create, action: 'iam:TagOpenIDConnectProvider' }] : [create];
  },
  run: ({ Url, ClientIDList = [], ThumbprintList = [], Tags }, call) => {
    const url = issuerOf(required(Url));
    for (const id of ClientIDList) checkClientId(id);
    const { oidcProviders } = iamOfCall(call);
    const arn = `arn:${call.cloud.partition}:iam::${call.account}:oidc-provider/${url}`;
    if (oidcProviders.has(arn)) throw alreadyExists(`Provider with url https://${url} already exists.`);
    if (oidcProviders.size >= MAX_PROVIDERS) {
      throw limitExceeded(`Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${MAX_PROVIDERS}`);
    }
    const provider: OidcProvider = {
      arn,
      url,
      clientIds: new Set(),
      thumbprints: ThumbprintList.length === 0 ? [EKS_THUMBPRINT] : checkThumbprints(ThumbprintList),
      tags: tagMap(Tags),
      createDate: call.now,
    };
    for (const id of ClientIDList) addClientId(provider, id);
    oidcProviders.set(arn, provider);
    return { OpenIDConnectProviderArn: arn, ...(provider.tags.size === 0 ? {} : { Tags: tagList(provider.tags) }) };
  },
};

export const GetOpenIDConnectProvider: Operation<
  GetOpenIDConnectProviderCommandInput,
  Omit<GetOpenIDConnectProviderCommandOutput, '$metadata'>
> = {
  readOnly: true,
  asks: onProvider('iam:GetOpenIDConnectProvider'),
  run: ({ OpenIDConnectProviderArn }, call) => {
    const { url, clientIds, thumbprints, createDate, tags } = providerOf(call, OpenIDConnectProviderArn);
    return {
      Url: url,
      ClientIDList: [...clientIds],
      ThumbprintList: [...thumbprints],
      CreateDate: createDate,
      ...(tags.size === 0 ? {} : { Tags: tagList(tags) }),
    };
  },
};

/** All of them at once: this list has no pages. */
export const ListOpenIDConnectProviders: Operation<
  ListOpenIDConnectProvidersCommandInput,
  { OpenIDConnectProviderList: OpenIDConnectProviderListEntry[] }
> = {
  readOnly: true,
  asks: (_input, call) => [
    {
      action: 'iam:ListOpenIDConnectProviders',
      resource: `arn:${call.cloud.partition}:iam::${call.account}:oidc-provider/*`,
    },
  ],
  run: (_input, call) => ({
    OpenIDConnectProviderList: [...iamOfCall(call).oidcProviders.keys()].toSorted().map((Arn) => ({ Arn })),
  }),
};

/** "It does not fail or return an error if you call the operation for a provider that does not exist" (API reference). */
export const DeleteOpenIDConnectProvider: Operation<DeleteOpenIDConnectProviderCommandInput, object> = {
  readOnly: false,
  asks: onProvider('iam:DeleteOpenIDConnectProvider'),
  run: ({ OpenIDConnectProviderArn }, call) => {
    iamOfCall(call).oidcProviders.delete(required(OpenIDConnectProviderArn));
    return {};
  },
};

export const AddClientIDToOpenIDConnectProvider: Operation<AddClientIDToOpenIDConnectProviderCommandInput, object> = {
  readOnly: false,
  asks: onProvider('iam:AddClientIDToOpenIDConnectProvider'),
  run: ({ OpenIDConnectProviderArn, ClientID }, call) => {
    const id = required(ClientID);
    checkClientId(id);
    addClientId(providerOf(call, OpenIDConnectProviderArn), id);
    return {};
  },
};

/** Removing one that isn't there is no error either. */
export const RemoveClientIDFromOpenIDConnectProvider: Operation<
  RemoveClientIDFromOpenIDConnectProviderCommandInput,
  object
> = {
  readOnly: false,
  asks: onProvider('iam:RemoveClientIDFromOpenIDConnectProvider'),
  run: ({ OpenIDConnectProviderArn, ClientID }, call) => {
    providerOf(call, OpenIDConnectProviderArn).clientIds.delete(required(ClientID));
    return {};
  },
};

/** Replaces the list. */
export const UpdateOpenIDConnectProviderThumbprint: Operation<
  UpdateOpenIDConnectProviderThumbprintCommandInput,
  object
> = {
  readOnly: false,
  asks: onProvider('iam:UpdateOpenIDConnectProviderThumbprint'),
  run: ({ OpenIDConnectProviderArn, ThumbprintList }, call) => {
    const provider = providerOf(call, OpenIDConnectProviderArn);
    provider.thumbprints = checkThumbprints(required(ThumbprintList));
    return {};
  },
};

/** The issuer without its scheme. @throws InvalidInput for what can't be one: OpenID Connect wants https and no query */
const issuerOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits = url?.protocol === 'https:' && url.port === '' && url.search === '' && url.hash === '';
  if (!fits || url.username !== '' || text.length > 255) throw invalidInput('Invalid Open ID Connect Provider URL');
  return text.replace(/^https:\/\//i, '');
};

/** @throws LimitExceeded */
const addClientId = ({ clientIds }: OidcProvider, id: string): void => {
  if (!clientIds.has(id) && clientIds.size >= MAX_CLIENT_IDS) {
    throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${MAX_CLIENT_IDS}`);
  }
  clientIds.add(id);
};
