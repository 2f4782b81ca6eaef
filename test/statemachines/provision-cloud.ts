/** Roles and associations of all accounts, and the spokes' functions over them, as the contract has them. */
import type * as z from 'zod';
import { identityKey } from '../../functions/identity.ts';
import {
  ApplyRoleInput,
  type ApplyRoleOutput,
  AssociateInput,
  type AssociateOutput,
  SurveyInput,
  type SurveyOutput,
  UndoInput,
  type UndoOutput,
  VerifyGrantInput,
  type VerifyGrantOutput,
} from '../../functions/provisioning/contract.ts';
import {
  AssessInput,
  type AssessOutput,
  RestartInput,
  type RestartOutput,
} from '../../functions/revocation/contract.ts';

type Role = Omit<z.infer<typeof ApplyRoleInput>['role'], 'standing'> & {
  readonly parties: z.infer<typeof ApplyRoleInput>['parties'];
  readonly by: string;
};
type Association = Omit<z.infer<typeof AssociateInput>['association'], 'standing' | 'associationId'> & {
  readonly associationId: string;
  readonly by: string;
};
export type Cloud = {
  readonly roles: Map<string, Role>;
  readonly associations: Map<string, Association>;
  /** How often each role and association still hides after it was made, by role ARN or identity. */
  readonly hidden: Map<string, number>;
  /** Pods without Pod Identity, by identity and then by the Deployment's name. */
  readonly lacking: Map<string, Map<string, number>>;
  made: number;
};

export const emptyCloud = (): Cloud => ({
  roles: new Map(),
  associations: new Map(),
  hidden: new Map(),
  lacking: new Map(),
  made: 0,
});

/** What somebody would compare before and after. */
export const pictureOf = ({ roles, associations }: Cloud): unknown => ({
  roles: Object.fromEntries(
    [...roles].sort(([a], [b]) => (a < b ? -1 : 1)).map(([arn, { inline, parties }]) => [arn, { inline, parties }]),
  ),
  associations: [...associations.values()].map(({ identity, roleArn, targetRoleArn }) => [
    identityKey(identity),
    roleArn,
    targetRoleArn,
  ]),
});

type Told = { readonly account?: string; readonly payload: unknown };

export const spokes = (cloud: Cloud): Record<string, (told: unknown) => unknown> => {
  const of =
    <Out>(run: (told: Told) => Out) =>
    (told: unknown): Out =>
      run({ account: Object(told).account, payload: Object(told).payload });
  return {
    survey: of(({ payload }) => survey(cloud, payload)),
    'apply-role': of(({ payload }) => applyRole(cloud, payload)),
    associate: of(({ payload }) => associate(cloud, payload)),
    'verify-grant': of(({ payload }) => verify(cloud, payload)),
    'undo-grant': of(({ payload }) => undo(cloud, payload)),
    assess: of(({ payload }) => assess(cloud, payload)),
    restart: of(({ payload }) => restart(cloud, payload)),
  };
};

/** Somebody else's statement: of the trust the world keeps whom the grants admit. */
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

const now = (): string => new Date().toISOString();

const survey = (cloud: Cloud, payload: unknown): SurveyOutput => {
  const { roleArns, identities } = SurveyInput.parse(payload);
  return {
    readAt: now(),
    documents: {},
    roles: roleArns.map((roleArn) => {
      const role = cloud.roles.get(roleArn);
      if (role === undefined) return { roleArn, present: false };
      const { managedPolicyArns, inline, boundary, tags } = role;
      return {
        roleArn,
        present: true,
        trust: TRUST,
        managedPolicyArns: [...managedPolicyArns],
        inline,
        tags,
        ...(boundary !== undefined && { boundary }),
      };
    }),
    associations: identities.flatMap((identity) => {
      const found = cloud.associations.get(identityKey(identity));
      return found === undefined ? [] : [{ identity, state: stateOf(found), tags: found.tags }];
    }),
    clusters: [...new Map(identities.map((each) => [each.cluster, each])).values()].map(
      ({ account, region, cluster }) => ({
        account,
        region,
        cluster,
        associations: 0,
        withoutCredentials: [],
      }),
    ),
  };
};

const stateOf = ({ associationId, roleArn, targetRoleArn, disableSessionTags, policy }: Association) => ({
  associationId,
  associationArn: `arn:aws:eks:eu-west-1:222222222222:podidentityassociation/payments/${associationId}`,
  roleArn,
  disableSessionTags,
  ...(targetRoleArn !== undefined && { targetRoleArn }),
  ...(policy !== undefined && { policy }),
});

const applyRole = (cloud: Cloud, payload: unknown): ApplyRoleOutput => {
  const { asker, role, parties } = ApplyRoleInput.parse(payload);
  const { roleArn, standing: _, ...wanted } = role;
  const missing = parties.find(({ sourceRoleArn }) => sourceRoleArn !== undefined && !cloud.roles.has(sourceRoleArn));
  const rest = { roleArn, wrote: [], at: now() };
  if (missing !== undefined)
    return { ...rest, status: 'refused', because: 'IAM refuses a trust that names a role that does not exist.' };
  const there = cloud.roles.get(roleArn);
  cloud.roles.set(roleArn, { ...wanted, roleArn, parties, by: there?.by ?? asker });
  if (hides(cloud, roleArn)) return { ...rest, status: 'not-visible' };
  return { ...rest, status: there === undefined || there.by === asker ? 'created' : 'updated' };
};

const associate = (cloud: Cloud, payload: unknown): AssociateOutput => {
  const { asker, association } = AssociateInput.parse(payload);
  const { standing: _, ...wanted } = association;
  const key = identityKey(association.identity);
  if (!cloud.roles.has(association.roleArn)) return { status: 'not-visible', at: now() };
  const there = cloud.associations.get(key);
  cloud.made += 1;
  const made = { ...wanted, associationId: there?.associationId ?? `a-${cloud.made}`, by: there?.by ?? asker };
  cloud.associations.set(key, made);
  const status = there === undefined || there.by === asker ? 'created' : 'updated';
  return { status, association: stateOf(made), at: now() };
};

const verify = (cloud: Cloud, payload: unknown): VerifyGrantOutput => {
  const { roles, associations } = VerifyGrantInput.parse(payload);
  const missing = [
    ...roles
      .filter(({ roleArn, mayReach }) => {
        const role = cloud.roles.get(roleArn);
        const text = JSON.stringify(role?.inline ?? {});
        return role === undefined || mayReach.some((target) => !text.includes(target));
      })
      .map(({ roleArn }) => ({ about: roleArn, sentence: `${roleArn} is not as it should be.`, temporary: false })),
    ...associations
      .filter(({ identity }) => hides(cloud, identityKey(identity)) || !cloud.associations.has(identityKey(identity)))
      .map(({ identity }) => ({ about: identityKey(identity), sentence: 'EKS does not show it.', temporary: true })),
  ];
  return { missing, at: now() };
};

const undo = (cloud: Cloud, payload: unknown): UndoOutput => {
  const { undo: what, grantId } = UndoInput.parse(payload);
  const done = (status: UndoOutput['status'], about: string): UndoOutput => ({ status, about, at: now() });
  switch (what.what) {
    case 'association': {
      const key = identityKey(what.identity);
      return done(cloud.associations.delete(key) ? 'undone' : 'gone', key);
    }
    case 'association-state': {
      const key = identityKey(what.association.identity);
      const there = cloud.associations.get(key);
      if (there === undefined) return done('gone', key);
      const { standing: _, ...wanted } = what.association;
      cloud.associations.set(key, { ...there, ...wanted, associationId: there.associationId });
      return done('undone', key);
    }
    case 'role': {
      const role = cloud.roles.get(what.roleArn);
      if (role === undefined) return done('gone', what.roleArn);
      if (what.madeHere && !role.by.startsWith(grantId))
        return { ...done('refused', what.roleArn), because: 'It is not ours.' };
      if (what.madeHere && what.parties.length === 0) cloud.roles.delete(what.roleArn);
      else {
        const inline = Object.fromEntries(Object.entries(role.inline).filter(([name]) => !what.inline.includes(name)));
        cloud.roles.set(what.roleArn, { ...role, inline, parties: what.parties });
      }
      return done('undone', what.roleArn);
    }
  }
};

const assess = ({ lacking }: Cloud, payload: unknown): AssessOutput => {
  const pods = [...(lacking.get(identityKey(AssessInput.parse(payload).identity)) ?? [])];
  const before = pods.reduce((sum, [, number]) => sum + number, 0);
  return {
    workloads: pods.map(([name, number]) => ({ workload: { kind: 'Deployment', name }, pods: number })),
    omitted: 0,
    pods: { before, all: before },
    fallback: { nodeRoles: [] },
    warnings: [],
  };
};

/** A rollout is told in one call and seen to be through in the next. */
const restart = ({ lacking }: Cloud, payload: unknown): RestartOutput => {
  const { identity, workloads } = RestartInput.parse(payload);
  const pods = lacking.get(identityKey(identity)) ?? new Map<string, number>();
  return {
    steps: workloads.map((workload) => {
      const number = pods.get(workload.name) ?? 0;
      pods.delete(workload.name);
      return { workload, step: number === 0 ? 'Done' : 'Roll', pods: number };
    }),
    at: now(),
  };
};

const hides = ({ hidden }: Cloud, key: string): boolean => {
  const left = hidden.get(key) ?? 0;
  hidden.set(key, left - 1);
  return left > 0;
};
