import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf } from '../../../../functions/partition.ts';
import { automatonOf, combinations } from '../../../../functions/trust/reach/automaton.ts';
import { type Grammar, isName } from '../../../../functions/trust/reach/grammar.ts';
import {
  ACCOUNTS,
  clusterArns,
  eksIssuers,
  NAMESPACES,
  ORGANIZATIONS,
  roleArns,
  SUBDOMAINS,
} from '../../../../functions/trust/reach/valid-names.ts';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

const texts = (unit: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...unit), maxLength });
const same = (grammar: Grammar, pattern: RegExp, given: fc.Arbitrary<string>): void => {
  fc.assert(
    fc.property(given, (text) => {
      expect(isName(grammar, text)).toBe(pattern.test(text));
    }),
    { numRuns: 1000 },
  );
};

describe('valid names', () => {
  it('are RFC 1123 labels for namespaces and subdomains for service accounts', () => {
    same(NAMESPACES, LABEL, texts('a0-.A', 8));
    same(NAMESPACES, LABEL, texts('a', 70));
    same(SUBDOMAINS, SUBDOMAIN, texts('a0-.A', 8));
    same(SUBDOMAINS, SUBDOMAIN, texts('ab', 300));
  });

  it('are cluster ARNs of the account, in regions of the partition', () => {
    const arns = clusterArns('aws', '111122223333');
    const named = (region: string, name: string) => `arn:aws:eks:${region}:111122223333:cluster/${name}`;
    for (const region of ['us-east-1', 'eu-west-3', 'ap-southeast-12', 'il-central-1', 'mx-central-1', 'eu-north-1']) {
      expect(isName(arns, named(region, 'payments'))).toBe(true);
    }
    for (const region of [
      'cn-north-1',
      'us-gov-west-1',
      'us-iso-east-1',
      'eusc-de-east-1',
      'us-east',
      'useast1',
      'US-EAST-1',
      '',
    ]) {
      expect(isName(arns, named(region, 'payments'))).toBe(false);
    }
    for (const name of ['', '-a', '_a', 'a.b', 'a/b', 'a'.repeat(101)]) {
      expect(isName(arns, named('us-east-1', name))).toBe(false);
    }
    for (const name of ['A', '0', 'a-', 'a_B-9', 'a'.repeat(100)]) {
      expect(isName(arns, named('us-east-1', name))).toBe(true);
    }
    expect(isName(arns, 'arn:aws:eks:us-east-1:444455556666:cluster/payments')).toBe(false);
  });

  it('know each partition by its regions, as partitionOf does', () => {
    const partitions = ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'];
    const start = fc.constantFrom(
      'us-',
      'us-gov-',
      'us-iso-',
      'us-isob-',
      'us-isof-',
      'eu-isoe-',
      'eu-',
      'eusc-',
      'cn-',
      'cna-',
      'us-go-',
      'us-isog-',
    );
    fc.assert(
      fc.property(start, fc.constantFrom('de-', ''), fc.constantFrom('east', 'b', 'west'), (prefix, middle, rest) => {
        const region = `${prefix}${middle}${rest}-1`;
        const of = partitions.filter((each) =>
          isName(clusterArns(each, '111122223333'), `arn:${each}:eks:${region}:111122223333:cluster/a`),
        );
        expect(of).toEqual([partitionOf(region).name]);
      }),
    );
  });

  it('are issuers of EKS, whose domain is the partition’s', () => {
    const id = '0123456789ABCDEF0123456789ABCDEF';
    expect(isName(eksIssuers('aws'), `oidc.eks.eu-west-1.amazonaws.com/id/${id}`)).toBe(true);
    expect(isName(eksIssuers('aws-cn'), `oidc.eks.cn-north-1.amazonaws.com.cn/id/${id}`)).toBe(true);
    expect(isName(eksIssuers('aws'), `oidc.eks.eu-west-1.amazonaws.com/id/${id}0`)).toBe(false);
    expect(isName(eksIssuers('aws'), 'token.actions.githubusercontent.com')).toBe(false);
  });

  it('are role ARNs with a path or without, names of at most 64 characters', () => {
    const roles = roleArns('aws', '111122223333');
    const named = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
    for (const name of ['a', 'eks/a', 'a!b/c/d', 'x'.repeat(64), `${'x'.repeat(90)}/y`, 'A_+=,.@-9']) {
      expect([name, isName(roles, named(name))]).toEqual([name, true]);
    }
    for (const name of ['', 'a/', '/a', 'a!b', 'x'.repeat(65), `p/${'x'.repeat(65)}`, 'a b']) {
      expect([name, isName(roles, named(name))]).toEqual([name, false]);
    }
  });

  it('are account ids and organization ids', () => {
    same(ACCOUNTS, /^\d{12}$/, texts('01a', 14));
    expect(isName(ACCOUNTS, '111122223333')).toBe(true);
    expect(['o-aaaaaaaaaa', 'o-aaaaaaaaa', `o-${'a'.repeat(33)}`].map((id) => isName(ORGANIZATIONS, id))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('have examples of every kind', () => {
    const shortest = (grammar: Grammar) => [...combinations(grammar, automatonOf([])).values()];
    for (const partition of ['aws', 'aws-cn', 'aws-iso-b']) {
      for (const grammar of [
        clusterArns(partition, '111122223333'),
        eksIssuers(partition),
        roleArns(partition, '111122223333'),
      ]) {
        const [text = ''] = shortest(grammar);
        expect(isName(grammar, text)).toBe(true);
      }
    }
  });
});
