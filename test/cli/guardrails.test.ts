/** `podid guardrails`, as it is typed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { guardrailsCommand } from '../../cli/guardrails.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CONFIG = path.join(ROOT, 'local/fleet/podid.config.yaml');
let directory = '';

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'podid-guardrails-'));
  cpSync(path.join(ROOT, 'guardrails'), directory, { recursive: true });
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  process.exitCode = 0;
});

const run = async (...args: readonly string[]) => {
  let out = '';
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  process.exitCode = 0;
  try {
    await guardrailsCommand().parseAsync(args, { from: 'user' });
  } finally {
    stdout.mockRestore();
  }
  return { out, code: process.exitCode };
};
const edit = (file: string, from: string, to: string) => {
  const text = readFileSync(path.join(directory, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(path.join(directory, file), text.replace(from, to));
};
const at = (file: string) => path.join(directory, file);

test('check: the shipped ones are sound', async () => {
  expect(await run('check', directory, '--config', CONFIG)).toEqual({
    out: 'The guardrails are sound: 0 errors, 0 warnings.\n',
    code: 0,
  });
});

test('check: an error has its file, line and column', async () => {
  edit('quotas.cedar', 'resource.teamGrants >= 200', 'resource.teamGrant >= 200');
  const { out, code } = await run('check', directory, '--config', CONFIG);
  expect(out).toContain(`${at('quotas.cedar')}:12:8: error: attribute \`teamGrant\``);
  expect(out).toContain('The guardrails are not sound: 1 error, 0 warnings.');
  expect(code).toBe(1);
  const json: unknown = JSON.parse((await run('check', directory, '--config', CONFIG, '-o', 'json')).out);
  expect(json).toMatchObject({ problems: [{ severity: 'error', line: 12, column: 8 }] });
});

test('check: warnings alone are no failure', async () => {
  edit('teams.yaml', 'owners: [analytics]', 'owners: []');
  const { out, code } = await run('check', directory, '--config', CONFIG);
  expect(out).toContain(': warning: analytics has no owners');
  expect(code).toBe(0);
});

test("test: all pass, and a changed guardrail shows which don't", async () => {
  expect(await run('test', at('cases.yaml'), '--config', CONFIG)).toEqual({
    out: expect.stringMatching(/^\d+ passed, 0 failed\n$/),
    code: 0,
  });
  edit('lifetimes.cedar', 'resource.lifetime > duration("365d")', 'resource.lifetime > duration("60d")');
  const { out, code } = await run('test', at('cases.yaml'), '--config', CONFIG);
  expect(out).toContain(
    'FAILED: a year\n  allow was expected, it is deny\n    lifetime.longest, grant g-1: No grant lives longer',
  );
  expect(code).toBe(1);
});

test('test: guardrails that no case decides are named', async () => {
  edit('quotas.cedar', '@id("quota.team")', '@id("quota.of-team")');
  edit('cases.yaml', 'because: [quota.team]', 'because: [quota.of-team]');
  writeFileSync(
    at('more.cedar'),
    '@id("more") @reason("x") forbid (principal, action == Action::"Request", resource is Grant) when { resource.reason == "" };',
  );
  const { out, code } = await run('test', at('cases.yaml'), '--config', CONFIG);
  expect(out).toContain('No case is decided by more.');
  expect(code).toBe(0);
});

test('test: guardrails that are broken fail every case that should allow', async () => {
  edit('quotas.cedar', 'resource.teamGrants >= 200', 'resource.teamGrants >=');
  const { out, code } = await run('test', at('cases.yaml'), '--config', CONFIG);
  expect(out).toContain('The guardrails have errors, so nothing is allowed');
  expect(code).toBe(1);
});

test.each<[string, () => void, readonly string[], RegExp]>([
  ['no directory', () => undefined, ['check', '/no/such'], /Name the directory of the guardrails/],
  ['no configuration', () => undefined, ['check', 'DIR', '--config', '/no/such.yaml'], /can't be read/],
  ['no schema', () => rmSync(at('podid.cedarschema')), ['check', 'DIR'], /0 files \*\.cedarschema/],
  ['no teams', () => rmSync(at('teams.yaml')), ['check', 'DIR'], /teams\.yaml can't be read/],
  [
    'teams of another form',
    () => writeFileSync(at('teams.yaml'), 'teams: []'),
    ['check', 'DIR'],
    /teams\.yaml doesn't fit/,
  ],
  [
    'cases that are no YAML',
    () => writeFileSync(at('cases.yaml'), 'base: ]'),
    ['test', 'DIR/cases.yaml'],
    /no valid YAML/,
  ],
  [
    'cases of another form',
    () => writeFileSync(at('cases.yaml'), 'base: {}'),
    ['test', 'DIR/cases.yaml'],
    /cases\.yaml doesn't fit/,
  ],
])('told in a line: %s', async (_what, prepare, args, expected) => {
  prepare();
  const given = args.map((arg) => arg.replace('DIR', directory));
  await expect(run(...given)).rejects.toThrow(expected);
});
