import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type DenyOf,
  denyName,
  denyProblem,
  isCutAlready,
  isOurDeny,
  readDeny,
  renderDeny,
  termsOf,
} from '../../../functions/abac/session-deny.ts';
import { clusterArn, type WorkloadIdentity } from '../../../functions/identity.ts';
import { evaluate } from '../../../functions/policy/evaluate.ts';
import { contextOf, parsePolicy } from '../../../functions/policy/index.ts';
import { identities, twoIdentities } from '../revocation/identities.ts';

const identity: WorkloadIdentity = {
  account: '111122223333',
  region: 'eu-west-1',
  cluster: 'payments-production',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const roleArn = 'arn:aws:iam::111122223333:role/orders';
const deny = (rest: Partial<DenyOf> = {}): DenyOf => ({ identity, roleArn, form: 'tags', ...rest });

type Session = { readonly of: WorkloadIdentity; readonly issued: string; readonly tags: boolean };

/** What the deny makes of a session of this identity that was issued then. */
const judged = (document: string, { of, issued, tags }: Session): string =>
  evaluate(
    [
      { name: 'allow', document: parsePolicy({ Version: '2012-10-17', Statement: [ALLOW] }) },
      { name: 'deny', document: parsePolicy(document, { kind: 'identity' }) },
    ],
    {
      action: 'dynamodb:Scan',
      resource: 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders',
      principal: { kind: 'aws', arn: 'arn:aws:sts::111122223333:assumed-role/orders/eks', account: '111122223333' },
      context: contextOf({
        'aws:TokenIssueTime': issued,
        'aws:userid': `AROAEXAMPLE:eks-${of.cluster.slice(0, 10)}-api-7d9f-1-0b0c0d0e`,
        ...(tags && {
          'aws:PrincipalTag/eks-cluster-arn': clusterArn(of),
          'aws:PrincipalTag/kubernetes-namespace': of.namespace,
          'aws:PrincipalTag/kubernetes-service-account': of.serviceAccount,
        }),
      }),
    },
  ).effect;

const ALLOW = { Effect: 'Allow', Action: '*', Resource: '*' };
const NINE = '2026-11-21T09:00:00Z';

describe('the deny by tags', () => {
  it('is this text', () => {
    expect(JSON.parse(renderDeny(deny({ issuedBefore: '2026-11-21T10:00:00.900+01:00' })))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'PodidSessionDeny',
          Effect: 'Deny',
          Action: '*',
          Resource: '*',
          Condition: {
            StringEquals: {
              'aws:PrincipalTag/eks-cluster-arn': 'arn:aws:eks:eu-west-1:111122223333:cluster/payments-production',
              'aws:PrincipalTag/kubernetes-namespace': 'checkout',
              'aws:PrincipalTag/kubernetes-service-account': 'api',
            },
            DateLessThan: { 'aws:TokenIssueTime': NINE },
          },
        },
      ],
    });
  });

  it("ends this identity's sessions, whenever they were issued, and nobody else's", () => {
    fc.assert(
      fc.property(
        twoIdentities,
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
        ([one, other], at) => {
          const document = renderDeny(deny({ identity: one }));
          const issued = at.toISOString();
          expect(judged(document, { of: one, issued, tags: true })).toBe('explicitDeny');
          expect(judged(document, { of: other, issued, tags: true })).toBe('allow');
          expect(judged(document, { of: one, issued, tags: false })).toBe('allow');
        },
      ),
    );
  });

  it.each([
    ['2026-11-21T08:59:59Z', 'explicitDeny'],
    ['2026-11-21T09:00:00Z', 'allow'],
    ['2026-11-21T09:00:01Z', 'allow'],
  ])('with a bound of 09:00:00.9, a session of %s: %s', (issued, expected) => {
    const document = renderDeny(deny({ issuedBefore: '2026-11-21T09:00:00.9Z' }));
    expect(judged(document, { of: identity, issued, tags: true })).toBe(expected);
  });
});

describe('the forms for sessions without tags', () => {
  it.each([
    ['session-name', { ...identity, cluster: 'payments-p2', serviceAccount: 'other' }, 'explicitDeny'],
    ['session-name', { ...identity, cluster: 'orders' }, 'allow'],
    ['whole-role', { ...identity, cluster: 'orders' }, 'explicitDeny'],
  ] as const)('%s: a session of %j: %s', (form, of, expected) => {
    const document = renderDeny(deny({ form, issuedBefore: NINE }));
    expect(judged(document, { of, issued: '2026-11-21T08:00:00Z', tags: false })).toBe(expected);
    expect(judged(document, { of, issued: NINE, tags: false })).toBe('allow');
  });

  it('end the sessions of the very second', () => {
    const document = renderDeny(deny({ form: 'whole-role', issuedBefore: '2026-11-21T09:00:00.2Z' }));
    expect(judged(document, { of: identity, issued: NINE, tags: false })).toBe('explicitDeny');
  });

  it.each(['session-name', 'whole-role'] as const)('%s is never rendered without a time', (form) => {
    expect(() => renderDeny(deny({ form }))).toThrow('without a time');
  });
});

describe('names that would widen the deny', () => {
  it.each([
    { namespace: `\${aws:PrincipalTag/kubernetes-namespace}` },
    { namespace: '*' },
    { namespace: 'Checkout' },
    { serviceAccount: 'api"' },
    { serviceAccount: 'a'.repeat(254) },
    { serviceAccount: 'api\n' },
    { cluster: '*' },
    { cluster: 'a?' },
    { cluster: '' },
    { account: '*' },
    { region: 'eu-*' },
  ])('%j is refused', (part) => {
    const wide = deny({ identity: { ...identity, ...part } });
    expect(denyProblem(wide)).toEqual(expect.any(String));
    expect(() => renderDeny(wide)).toThrow(TypeError);
  });

  it('legal ones are not', () => {
    fc.assert(fc.property(identities, (legal) => denyProblem(deny({ identity: legal })) === undefined));
  });
});

describe('knowing our own', () => {
  const forms = fc.constantFrom<DenyOf['form']>('tags', 'session-name', 'whole-role');
  const times = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((at) => at.toISOString());

  it('reads back what it renders', () => {
    fc.assert(
      fc.property(identities, forms, times, (of, form, issuedBefore) => {
        const rendered = deny({ identity: of, form, issuedBefore });
        expect(readDeny(renderDeny(rendered))).toEqual(termsOf(rendered));
      }),
    );
  });

  it('no text with one character changed, added or left out is ours, unless it is another deny of ours', () => {
    const text = renderDeny(deny({ issuedBefore: NINE }));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 2 }), fc.boolean(), (at, put, replace) => {
        const changed = text.slice(0, at) + put + text.slice(replace ? at + 1 : at);
        fc.pre(changed !== text);
        const terms = readDeny(changed);
        // A changed letter of a name is another identity's deny: still a Deny, still of the one form.
        if (terms !== undefined) expect(JSON.parse(changed).Statement[0].Effect).toBe('Deny');
        if (terms !== undefined) expect(Object.keys(JSON.parse(changed))).toEqual(['Version', 'Statement']);
        expect(isOurDeny(` ${changed}`)).toBe(false);
      }),
    );
  });

  it.each([
    ['an allow', renderDeny(deny()).replace('"Deny"', '"Allow"')],
    ['a narrower one', renderDeny(deny()).replace('"Action":"*"', '"Action":"s3:*"')],
    ['a second statement', renderDeny(deny()).replace(/\]\}$/, `,${JSON.stringify(ALLOW)}]}`)],
    ['no condition', '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'],
    ['a tag more', renderDeny(deny()).replace('"StringEquals":{', '"StringEquals":{"aws:username":"x",')],
    ['a wildcard', renderDeny(deny({ form: 'session-name', issuedBefore: NINE })).replace('payments-p', 'pay*')],
    ['another partition', renderDeny(deny()).replace('arn:aws:', 'arn:aws-cn:')],
    ['a fraction', renderDeny(deny({ issuedBefore: NINE })).replace('00Z', '00.0Z')],
    ['no JSON', 'Deny'],
  ])('%s is not ours', (_, text) => {
    expect(isOurDeny(text)).toBe(false);
  });
});

describe('one that stands already', () => {
  const tags = (issuedBefore?: string) => termsOf(deny(issuedBefore === undefined ? {} : { issuedBefore }));
  it.each([
    ['none', undefined, undefined, true],
    ['a time where none is wanted', NINE, undefined, false],
    ['none where a time is wanted', undefined, NINE, false],
    ['a later time', '2026-11-21T10:00:00Z', NINE, true],
    ['an earlier time', '2026-11-21T08:00:00Z', NINE, false],
    ['the same time', NINE, NINE, true],
  ])('%s (%s, wanted %s): enough is %s', (_, standing, wanted, expected) => {
    expect(isCutAlready(tags(standing), tags(wanted))).toBe(expected);
  });

  it("is not enough when it is another identity's", () => {
    const other = termsOf(deny({ identity: { ...identity, namespace: 'orders' } }));
    expect(isCutAlready(other, tags())).toBe(false);
  });
});

describe('the name', () => {
  it('differs with identity, role and form, not with the time, and IAM takes it', () => {
    const names = [
      deny(),
      deny({ issuedBefore: NINE }),
      deny({ roleArn: `${roleArn}2` }),
      deny({ form: 'whole-role' }),
      deny({ identity: { ...identity, namespace: 'orders' } }),
    ].map(denyName);
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^podid-deny-[0-9a-f]{20}$/);
  });

  it('is the same tomorrow: a deny under an old name would never be lifted', () => {
    expect(denyName(deny())).toBe('podid-deny-6e179e04d8d3b44b19bf');
  });
});
