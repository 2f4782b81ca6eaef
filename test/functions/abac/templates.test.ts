import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  AbacRefused,
  type Generated,
  objectsUnderPrefix,
  rowsByLeadingKey,
  sameTag,
  secretsByTag,
  TEMPLATES,
} from '../../../functions/abac/index.ts';
import type { WorkloadIdentity } from '../../../functions/identity.ts';
import { API, type Call, decider, EVERYBODY, isOneOf, keysOf } from './sessions.ts';

type Row = {
  readonly why: string;
  readonly template: string;
  readonly parameters: unknown;
  readonly policy: unknown;
  readonly explanation: readonly string[];
};

const rows: readonly Row[] = JSON.parse(readFileSync(new URL('./templates.json', import.meta.url), 'utf8'));

const generate = (name: string, parameters: unknown, identities: readonly WorkloadIdentity[]): Generated => {
  const template = TEMPLATES.find((each) => each.name === name);
  if (template === undefined) throw new Error(`no template ${name}`);
  return template.render(parameters, identities);
};

describe('templates', () => {
  it.each(rows.map((row) => [row.why, row] as const))('%s', (_why, { template, parameters, policy, explanation }) => {
    const generated = generate(template, parameters, [API]);
    expect(generated.policy).toEqual(policy);
    expect(generated.explanation.slice(0, explanation.length)).toEqual(explanation);
  });

  it('says when two service accounts get the same place', () => {
    const other = { ...API, cluster: 'pay-2' };
    const { explanation } = generate('s3-prefix', { bucket: 'orders' }, [API, other]);
    expect(explanation).toContain(
      'checkout/api in cluster pay (111111111111, eu-west-1) and checkout/api in cluster pay-2 (111111111111, eu-west-1) share checkout: the tags that name it are the same.',
    );
  });

  it.each([
    ['no service account', () => generate('s3-prefix', { bucket: 'orders' }, []), /at least one/],
    [
      'a name that would be a pattern',
      () => generate('s3-prefix', { bucket: 'orders' }, [{ ...API, namespace: '*' }]),
      /none that a namespace/,
    ],
    [
      'two partitions',
      () => generate('same-tag', { actions: ['sqs:SendMessage'] }, [API, { ...API, region: 'cn-north-1' }]),
      /partitions aws, aws-cn/,
    ],
    [
      'a table of another partition',
      () => generate('dynamodb-leading-key', { tableArn: 'arn:aws-cn:dynamodb:cn-north-1:1:table/a' }, [API]),
      /another partition/,
    ],
  ])('refuses %s', (_why, attempt, message) => {
    expect(attempt).toThrow(AbacRefused);
    expect(attempt).toThrow(message);
  });

  it.each([
    ['s3-prefix', { bucket: 'or*ers' }],
    ['s3-prefix', { bucket: 'orders', under: `\${aws:username}/` }],
    ['s3-prefix', { bucket: 'orders', by: ['eks-cluster-arn'] }],
    ['dynamodb-leading-key', { tableArn: 'arn:aws:dynamodb:eu-west-1:111111111111:table/*' }],
    ['same-tag', { actions: ['*'] }],
    ['same-tag', { actions: ['sqs:SendMessage'], tags: ['a}b'] }],
  ])('parameters of %s: refuses %j', (name, parameters) => {
    expect(() => generate(name, parameters, [API])).toThrow(AbacRefused);
  });
});

/** A wish, what it is asked with, and where each identity's own things are. */
type Wish = {
  readonly generate: (identities: readonly WorkloadIdentity[]) => Generated;
  readonly actions: readonly string[];
  readonly refused: readonly string[];
  /** What is asked of the things that belong to `owner`. */
  readonly call: (action: string, owner: WorkloadIdentity) => Call;
  readonly placeOf: (identity: WorkloadIdentity) => string;
};

const BUCKET = 'arn:aws:s3:::orders';
const TABLE = 'arn:aws:dynamodb:eu-west-1:111111111111:table/orders';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:x-AbCdEf';

const WISHES: Readonly<Record<string, Wish>> = {
  'objects under the namespace': {
    generate: (who) => objectsUnderPrefix.render({ bucket: 'orders', under: 'teams/' }, who),
    actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    refused: ['s3:ListBucket', 's3:PutObjectAcl'],
    call: (action, { namespace }) => ({ action, resource: `${BUCKET}/teams/${namespace}/a/b` }),
    placeOf: ({ namespace }) => namespace,
  },
  'listing under cluster, namespace and service account': {
    generate: (who) =>
      objectsUnderPrefix.render(
        { bucket: 'orders', by: ['eks-cluster-name', 'kubernetes-namespace', 'kubernetes-service-account'] },
        who,
      ),
    actions: ['s3:ListBucket'],
    refused: ['s3:GetObject', 's3:ListBucketVersions'],
    call: (action, { cluster, namespace, serviceAccount }) => ({
      action,
      resource: BUCKET,
      context: { 's3:prefix': `${cluster}/${namespace}/${serviceAccount}/` },
    }),
    placeOf: ({ cluster, namespace, serviceAccount }) => [cluster, namespace, serviceAccount].join('/'),
  },
  'rows of the service account': {
    generate: (who) => rowsByLeadingKey.render({ tableArn: TABLE, write: false }, who),
    actions: ['dynamodb:GetItem', 'dynamodb:Query'],
    refused: ['dynamodb:Scan', 'dynamodb:PutItem'],
    call: (action, { serviceAccount }) => ({
      action,
      resource: TABLE,
      context: { 'dynamodb:LeadingKeys': [serviceAccount, serviceAccount] },
    }),
    placeOf: ({ serviceAccount }) => serviceAccount,
  },
  'queues of the namespace': {
    generate: (who) => sameTag.render({ actions: ['sqs:SendMessage'], tags: ['kubernetes-namespace'] }, who),
    actions: ['sqs:SendMessage'],
    refused: ['sqs:ReceiveMessage'],
    call: (action, { namespace }) => ({
      action,
      resource: 'arn:aws:sqs:eu-west-1:111111111111:q',
      context: { 'aws:ResourceTag/kubernetes-namespace': namespace },
    }),
    placeOf: ({ namespace }) => namespace,
  },
  'secrets of the service account': {
    generate: (who) => secretsByTag.render({ account: '111111111111', region: 'eu-west-1' }, who),
    actions: ['secretsmanager:GetSecretValue'],
    refused: ['secretsmanager:PutSecretValue'],
    call: (action, { namespace, serviceAccount }) => ({
      action,
      resource: SECRET,
      context: {
        'aws:ResourceTag/kubernetes-namespace': namespace,
        'aws:ResourceTag/kubernetes-service-account': serviceAccount,
      },
    }),
    placeOf: ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,
  },
};

describe.each(Object.entries(WISHES))('%s', (_name, wish) => {
  const asked = fc.uniqueArray(fc.constantFrom(...EVERYBODY), { minLength: 1, maxLength: 4 });

  it('admits the asked service accounts to their own things, and nobody to anything else', () => {
    fc.assert(
      fc.property(asked, fc.array(fc.constantFrom(...EVERYBODY), { minLength: 1, maxLength: 2 }), (who, owners) => {
        const decide = decider(wish.generate(who).policy);
        for (const caller of EVERYBODY) {
          for (const owner of [...who, ...owners]) {
            for (const action of [...wish.actions, ...wish.refused]) {
              const effect = decide(keysOf(caller), wish.call(action, owner));
              const expected =
                isOneOf(caller, who) && wish.placeOf(caller) === wish.placeOf(owner) && wish.actions.includes(action);
              if ((effect === 'allow') !== expected)
                throw new Error(`${JSON.stringify({ caller, owner, action })}: ${effect}`);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('admits no session that lacks one of the tags, and none that asks without the keys that name its own', () => {
    fc.assert(
      fc.property(asked, (who) => {
        const decide = decider(wish.generate(who).policy);
        for (const caller of who) {
          for (const action of wish.actions) {
            const call = wish.call(action, caller);
            for (const tag of ['eks-cluster-arn', 'kubernetes-namespace', 'kubernetes-service-account']) {
              const { [`aws:PrincipalTag/${tag}`]: _gone, ...rest } = keysOf(caller);
              expect(decide(rest, call)).toBe('implicitDeny');
            }
            expect(decide({}, call)).toBe('implicitDeny');
            if (call.context) expect(decide(keysOf(caller), { ...call, context: {} })).toBe('implicitDeny');
            const elsewhere = call.resource.replace('orders', 'orders-2');
            if (elsewhere !== call.resource) {
              expect(decide(keysOf(caller), { ...call, resource: elsewhere })).toBe('implicitDeny');
            }
          }
        }
      }),
      { numRuns: 20 },
    );
  });
});
