/** A mocked EKS that keeps one cluster's associations, for the tests of the functions that make, prove and undo them. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  type EKSClient,
  EKSServiceException,
  ListPodIdentityAssociationsCommand,
  type PodIdentityAssociation,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import type { AwsClientStub } from 'aws-sdk-client-mock';
import { ACCOUNT, REGION } from '../revocation/spoke.ts';
import { ASKER, GRANT, roleArn, TAGS, web } from './roles.ts';

export const TARGET = 'arn:aws:iam::444455556666:role/warehouse';
export const MARKED = { ...TAGS, 'podid:made-by': ASKER };

/** A plan's association, made now; `more` changes the whole question. */
export const asked = (association: object = {}, more: object = {}) => ({
  asker: ASKER,
  grantId: GRANT,
  association: { identity: web, roleArn, disableSessionTags: false, tags: TAGS, standing: 'create', ...association },
  ...more,
});

export const arnOf = (id: string): string => `arn:aws:eks:${REGION}:${ACCOUNT}:podidentityassociation/shop/${id}`;

/** As EKS describes the association of `asked()`; `more` says what it gives besides, or instead. */
export const association = (more: Partial<PodIdentityAssociation> = {}): PodIdentityAssociation => ({
  clusterName: 'shop',
  namespace: web.namespace,
  serviceAccount: web.serviceAccount,
  associationId: 'a-web',
  associationArn: arnOf('a-web'),
  roleArn,
  disableSessionTags: false,
  tags: MARKED,
  ...more,
});

export const eksFault = (name: string, message = `EKS says ${name}`): EKSServiceException => {
  const isTheirs = name === 'ServerException';
  const $metadata = { httpStatusCode: isTheirs ? 500 : 400 };
  return new EKSServiceException({ name, message, $fault: isTheirs ? 'server' : 'client', $metadata });
};

const missing = () => eksFault('ResourceNotFoundException');

/** The associations of cluster `shop`; what is written is what is read next. */
export const holdsAssociations = (eks: AwsClientStub<EKSClient>, ...there: PodIdentityAssociation[]) => {
  const state = { all: new Map(there.map((each) => [each.associationId, each])), hidden: 0 };
  const one = (id: string): PodIdentityAssociation => {
    const found = state.all.get(id);
    if (found === undefined) throw missing();
    return found;
  };
  const byArn = (arn: string): PodIdentityAssociation => one(arn.slice(arn.lastIndexOf('/') + 1));
  const keep = (changed: PodIdentityAssociation) => {
    state.all.set(changed.associationId, changed);
    return { association: changed };
  };
  eks.on(ListPodIdentityAssociationsCommand).callsFake(({ clusterName, namespace, serviceAccount }) => {
    if (clusterName !== 'shop') throw missing();
    state.hidden -= 1;
    if (state.hidden >= 0) return { associations: [] };
    const theirs = [...state.all.values()].filter(
      (each) =>
        (namespace ?? each.namespace) === each.namespace &&
        (serviceAccount ?? each.serviceAccount) === each.serviceAccount,
    );
    return { associations: theirs.map(({ associationId }) => ({ associationId })) };
  });
  eks.on(DescribePodIdentityAssociationCommand).callsFake(({ associationId }) => ({ association: one(associationId) }));
  eks.on(CreatePodIdentityAssociationCommand).callsFake(({ clientRequestToken: _, ...given }) => {
    if (state.all.size > 0) throw eksFault('ResourceInUseException', 'Association already exists: a-web');
    return keep({ ...given, associationId: 'a-web', associationArn: arnOf('a-web') });
  });
  eks.on(UpdatePodIdentityAssociationCommand).callsFake(({ clientRequestToken: _, associationId, ...given }) => {
    return keep({ ...one(associationId), ...given });
  });
  eks.on(DeletePodIdentityAssociationCommand).callsFake(({ associationId }) => {
    const gone = one(associationId);
    state.all.delete(associationId);
    return { association: gone };
  });
  eks.on(TagResourceCommand).callsFake(({ resourceArn, tags }) => {
    const tagged = byArn(resourceArn);
    keep({ ...tagged, tags: { ...tagged.tags, ...tags } });
    return {};
  });
  eks.on(UntagResourceCommand).callsFake(({ resourceArn, tagKeys }) => {
    const tagged = byArn(resourceArn);
    const left = Object.entries(tagged.tags ?? {}).filter(([key]) => !tagKeys.includes(key));
    keep({ ...tagged, tags: Object.fromEntries(left) });
    return {};
  });
  return state;
};

/** The calls that changed something, in their order, each with its input. */
export const eksWrites = (eks: AwsClientStub<EKSClient>): [call: string, input: object][] =>
  eks
    .calls()
    .map(({ args }): [string, object] => [args[0].constructor.name.replace(/Command$/, ''), args[0].input])
    .filter(([call]) => !/^(Describe|List)/.test(call));
