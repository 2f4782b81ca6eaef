import { describe, expect, it } from '@jest/globals';
import { holds, referencesOf, resolve, type Scope } from '../../../local/deploy/intrinsics.ts';

const scope: Scope = {
  account: '111122223333',
  region: 'eu-west-1',
  partition: 'aws',
  dnsSuffix: 'amazonaws.com',
  stack: 'podid-hub',
  parameters: { Stage: 'prod' },
  conditions: {
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    IsOther: { 'Fn::Not': [{ Condition: 'IsProd' }] },
    Both: { 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsOther' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsOther' }] },
  },
  deployed: new Map([['Role', { ref: 'the-role', attributes: { Arn: 'arn:role', 'Endpoint.Port': '1' } }]]),
};

/** `@{…}` is written for `${…}`, which in a plain string looks like a mistake. */
const sub = (text: string) => text.replaceAll('@{', '$'.concat('{'));

describe('intrinsic functions', () => {
  it.each<[value: unknown, expected: unknown]>([
    [{ Ref: 'Role' }, 'the-role'],
    [{ Ref: 'AWS::AccountId' }, '111122223333'],
    [{ Ref: 'Stage' }, 'prod'],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:role'],
    [{ 'Fn::GetAtt': 'Role.Endpoint.Port' }, '1'],
    [
      { 'Fn::Sub': sub('arn:@{AWS::Partition}:x:@{Role}:@{Role.Arn}:@{!Literal}') },
      sub('arn:aws:x:the-role:arn:role:@{Literal}'),
    ],
    [{ 'Fn::Sub': [sub('@{A}-@{Role}'), { A: { Ref: 'AWS::Region' } }] }, 'eu-west-1-the-role'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Role' }, 1]] }, 'a/the-role/1'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Role', 'Arn'] }] }] }, 'role'],
    [{ 'Fn::If': ['IsProd', 'yes', 'no'] }, 'yes'],
    [{ a: { 'Fn::If': ['IsOther', 'yes', { Ref: 'AWS::NoValue' }] }, b: 1 }, { b: 1 }],
    [[{ Ref: 'AWS::NoValue' }, 'x'], ['x']],
    [
      { Ref: 'Role', Other: 1 },
      { Ref: 'Role', Other: 1 },
    ],
  ])('%j', (value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each([
    ['IsProd', true],
    ['IsOther', false],
    ['Both', false],
    ['Either', true],
  ])('condition %s', (name, expected) => {
    expect(holds(name, scope)).toBe(expected);
  });

  it.each([
    [{ Ref: 'Nobody' }, 'Nobody'],
    [{ 'Fn::GetAtt': ['Role', 'Nothing'] }, 'Role.Nothing'],
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue'],
    [{ 'Fn::Select': [5, ['a']] }, 'item 5'],
    [{ 'Fn::If': ['Nowhere', 1, 2] }, 'Nowhere'],
  ])('refuses %j', (value, message) => {
    expect(() => resolve(value, scope)).toThrow(
      expect.objectContaining({ name: 'TemplateUnsupported', message: expect.stringContaining(message) }),
    );
  });

  it('knows what a value refers to', () => {
    const value = {
      a: { Ref: 'One' },
      b: ['x', { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Two', 'Arn'] }]] }],
      c: { 'Fn::Sub': sub('@{Three.Arn}@{!No}') },
    };
    expect(referencesOf(value).sort()).toEqual(['One', 'Three', 'Two']);
  });
});
