/** What IAM's calls leave behind: compared with published records where they are at hand, and read by what the control plane reads them with. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from '@jest/globals';
import * as z from 'zod';
import { changeOf, eventNamesOf } from '../../../../functions/changes/index.ts';
import { createCloud } from '../../../../local/cloud.ts';
import type { TrailEvent } from '../../../../local/contract.ts';
import { ACCOUNT, allow, PODS_TRUST } from '../../wire/listening.ts';

const VECTORS = path.resolve(import.meta.dirname, '../../../../../shared/vectors/cloudtrail.jsonl');

/** An account's administrator who calls IAM from some region, and the records that this leaves. */
const openAccount = (account: string) => {
  const cloud = createCloud();
  const records: TrailEvent[] = [];
  cloud.addAccount(account);
  cloud.onRecord((event) => records.push(event));
  const call = (operation: string, input: object) =>
    cloud.call('iam', operation, input, { caller: cloud.administrator(account).caller, region: 'eu-west-1' });
  return { cloud, records, call };
};

const Fields = z.record(z.string(), z.unknown());
const Published = z.object({
  id: z.string(),
  origin: z.string(),
  event: z.object({
    account: z.string(),
    detail: z.looseObject({
      eventSource: z.string(),
      eventName: z.string(),
      readOnly: z.boolean().optional(),
      errorCode: z.string().optional(),
      requestParameters: Fields.nullish(),
      responseElements: Fields.nullish(),
    }),
  }),
});

/** The calls of published records that change something here and did so there. */
const OURS = /^(Create|Update|Delete|Put|Attach|Detach)(AssumeRolePolicy|Role|RolePolicy|Policy|User)$/;
// The local cloud has not all of AWS's policies: one stands for another.
const standIn = (text: string): string => text.replaceAll('AmazonSSMManagedInstanceCore', 'IAMReadOnlyAccess');
const published = existsSync(VECTORS)
  ? standIn(readFileSync(VECTORS, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => Published.parse(JSON.parse(line)))
      .filter(({ origin, event: { detail } }) => origin === 'captured' && OURS.test(detail.eventName))
  : [];

const described = published.length > 0 ? describe : describe.skip;
described('a call that somebody has published', () => {
  it.each(published)('$id leaves the same record here', async ({ event: { account, detail } }) => {
    const { cloud, records, call } = openAccount(account);
    const request = { ...detail.requestParameters };
    for (const [other = ''] of JSON.stringify(request).matchAll(/\d{12}/g)) cloud.addAccount(other);
    await prepare(call, detail.eventName, request);
    records.length = 0;
    await call(detail.eventName, inputOf(request));
    const [made] = records;
    expect(made).toMatchObject({ account, region: 'us-east-1', source: 'aws.iam' });
    expect(made?.detail).toMatchObject({ eventName: detail.eventName, readOnly: false, requestParameters: request });
    expect(likeness(made?.detail.responseElements)).toEqual(likeness(detail.responseElements));
    // What we leave out: how the connection was secured.
    const { tlsDetails: _, ...logged } = detail;
    expect(Object.keys({ ...made?.detail }).sort()).toEqual(Object.keys(logged).sort());
  });

  it('is one of many', () => {
    expect(new Set(published.map(({ event }) => event.detail.eventName)).size).toBeGreaterThan(8);
    expect(published.length).toBeGreaterThan(25);
  });
});

/** What must be there before the call. */
const prepare = async (
  call: (operation: string, input: object) => Promise<unknown>,
  eventName: string,
  { roleName: RoleName, policyArn, policyName: PolicyName, userName: UserName }: Record<string, unknown>,
): Promise<void> => {
  const made = /^Create/.test(eventName);
  const PolicyDocument = allow('s3:Get*');
  if (RoleName !== undefined && !made) await call('CreateRole', { RoleName, AssumeRolePolicyDocument: PODS_TRUST });
  if (UserName !== undefined && !made) await call('CreateUser', { UserName });
  const own = /:iam::\d{12}:policy\/(.+)$/.exec(String(policyArn))?.[1];
  if (own !== undefined) await call('CreatePolicy', { PolicyName: own, PolicyDocument });
  if (eventName === 'DetachRolePolicy') await call('AttachRolePolicy', { RoleName, PolicyArn: policyArn });
  if (eventName === 'DeleteRolePolicy') await call('PutRolePolicy', { RoleName, PolicyName, PolicyDocument });
};

/** The input that was logged as these parameters: the SDK writes names with a capital. */
const inputOf = (logged: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(Object(logged)).map(([key, value]) => [
      key.charAt(0).toUpperCase() + key.slice(1),
      Array.isArray(value) ? value.map(inputOf) : value,
    ]),
  );

/** A value without what differs from one account and day to the next. */
const likeness = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null), (_key, part: unknown) =>
    typeof part === 'string'
      ? part
          .replace(/^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M$/, 'a date')
          .replace(/^A(ROA|NPA|IDA)[A-Z0-9]{17}$/, 'A$1…')
      : part,
  );

test('every call about roles and policies is read from the record that it leaves', async () => {
  const { records, call } = openAccount(ACCOUNT);
  const RoleName = 'worker';
  const role = { account: ACCOUNT, name: RoleName };
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/apps/${RoleName}`;
  const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/mine`;
  const PolicyDocument = allow('s3:Get*');
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/AWSDenyAll';
  await call('CreatePolicy', { PolicyName: 'mine', PolicyDocument });
  const calls: [operation: string, input: object, told: object][] = [
    [
      'CreateRole',
      { RoleName, Path: '/apps/', AssumeRolePolicyDocument: PODS_TRUST, PermissionsBoundary },
      { kind: 'RoleCreated', role, roleArn, trust: PODS_TRUST },
    ],
    [
      'UpdateAssumeRolePolicy',
      { RoleName, PolicyDocument: ` ${PODS_TRUST}\n` },
      { kind: 'RoleTrustChanged', role, trust: ` ${PODS_TRUST}\n` },
    ],
    ['TagRole', { RoleName, Tags: [{ Key: 'team', Value: 'a' }] }, { kind: 'RoleTagsChanged', role }],
    ['UntagRole', { RoleName, TagKeys: ['team'] }, { kind: 'RoleTagsChanged', role }],
    ['UpdateRole', { RoleName, MaxSessionDuration: 7200 }, { kind: 'RoleUpdated', role }],
    ['UpdateRoleDescription', { RoleName, Description: 'works' }, { kind: 'RoleUpdated', role, roleArn }],
    ['PutRolePermissionsBoundary', { RoleName, PermissionsBoundary }, { kind: 'RoleBoundaryChanged', role }],
    ['DeleteRolePermissionsBoundary', { RoleName }, { kind: 'RoleBoundaryChanged', role }],
    [
      'AttachRolePolicy',
      { RoleName, PolicyArn },
      { kind: 'RolePolicyChanged', role, what: 'attached', policy: { arn: PolicyArn } },
    ],
    [
      'CreatePolicyVersion',
      { PolicyArn, PolicyDocument, SetAsDefault: true },
      { kind: 'ManagedPolicyChanged', what: 'version-created', policyArn: PolicyArn },
    ],
    [
      'CreatePolicyVersion',
      { PolicyArn, PolicyDocument },
      { kind: 'NoChange', because: expect.stringContaining('not its default') },
    ],
    [
      'SetDefaultPolicyVersion',
      { PolicyArn, VersionId: 'v1' },
      { kind: 'ManagedPolicyChanged', what: 'default-version-set', policyArn: PolicyArn },
    ],
    [
      'DetachRolePolicy',
      { RoleName, PolicyArn },
      { kind: 'RolePolicyChanged', role, what: 'detached', policy: { arn: PolicyArn } },
    ],
    ...['v2', 'v3'].map((VersionId): [string, object, object] => [
      'DeletePolicyVersion',
      { PolicyArn, VersionId },
      { kind: 'ManagedPolicyChanged', what: 'version-deleted', policyArn: PolicyArn },
    ]),
    ['DeletePolicy', { PolicyArn }, { kind: 'ManagedPolicyChanged', what: 'deleted', policyArn: PolicyArn }],
    [
      'PutRolePolicy',
      { RoleName, PolicyName: 'own', PolicyDocument },
      { kind: 'RolePolicyChanged', role, what: 'put', policy: { name: 'own', document: PolicyDocument } },
    ],
    [
      'DeleteRolePolicy',
      { RoleName, PolicyName: 'own' },
      { kind: 'RolePolicyChanged', role, what: 'deleted', policy: { name: 'own' } },
    ],
    ['DeleteRole', { RoleName }, { kind: 'RoleDeleted', role }],
  ];
  for (const [operation, input, told] of calls) {
    await call(operation, input);
    expect([operation, changeOf(records.at(-1))]).toEqual([operation, expect.objectContaining(told)]);
  }
  // Nothing is left out but what the local cloud has no use for.
  const made = new Set(calls.map(([operation]) => operation));
  const wanted = eventNamesOf(
    'RoleTrustChanged',
    'RoleCreated',
    'RoleAcquired',
    'RoleDeleted',
    'RoleTagsChanged',
    'RolePolicyChanged',
    'RoleBoundaryChanged',
    'RoleUpdated',
    'ManagedPolicyChanged',
  );
  expect(wanted.filter((operation) => !made.has(operation))).toEqual(['AcquireRole']);
});

test('a call that fails leaves a record that tells of no change', async () => {
  const { records, call } = openAccount(ACCOUNT);
  await expect(call('UpdateAssumeRolePolicy', { RoleName: 'gone', PolicyDocument: PODS_TRUST })).rejects.toThrow();
  expect(changeOf(records.at(-1))).toEqual({
    kind: 'NoChange',
    because: expect.stringContaining('NoSuchEntityException'),
  });
});

test('roles from templates are not here, and the error names the call', async () => {
  const { call } = openAccount(ACCOUNT);
  await expect(call('AcquireRole', { TemplateArn: 'arn:aws:iam::aws:role-template/any' })).rejects.toMatchObject({
    name: 'NotImplemented',
    message: 'iam:AcquireRole is not supported by the local cloud.',
  });
});
