/** Completion: what could come next, and the scripts that ask for it. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { nextOf } from '../../cli/completion-words.ts';
import { withWishFlags } from '../../cli/request-flags.ts';
import { type StandIn, startStandIn } from './api-stand-in.ts';
import { workplace } from './command.ts';
import { ID } from './grant-fixtures.ts';

describe('what could come next', () => {
  const command = withWishFlags(new Command('request'))
    .option('-f, --file <file>')
    .addCommand(new Command('sub').alias('s').argument('<grant>').argument('[file]'));

  it.each([
    [['--tea'], expect.arrayContaining(['--team', '--file', '--help'])],
    [['--no'], expect.arrayContaining(['--no-session-tags'])],
    [[''], ['sub']],
    [['--restart-pods', ''], ['sub']],
    [['--team', 'a', ''], ['sub']],
    [['--role', ''], ['managed']],
    [['--reason', ''], []],
  ])('of %j are words', (words, expected) => {
    expect(nextOf(command, words)).toEqual({ words: expected });
  });

  it.each([
    [['--cluster', ''], 'clusters'],
    [['--team', ''], 'teams'],
    [['--template', ''], 'templates'],
    [['--target-template', ''], 'templates'],
    [['sub', ''], 'grants'],
    [['s', ''], 'grants'],
    [['--team', 'a', 'sub', 'g-'], 'grants'],
  ])('of %j are %s', (words, names) => {
    expect(nextOf(command, words)).toEqual({ names });
  });

  it.each([[['--inline', '']], [['-f', '']], [['sub', 'g-1', '']]])('of %j are files', (words) => {
    expect(nextOf(command, words)).toEqual({ files: true });
  });

  it('of an argument too many is nothing', () => {
    expect(nextOf(command, ['sub', 'g-1', 'x', ''])).toEqual({ words: [] });
  });
});

describe('the scripts', () => {
  const place = workplace({ 'wish.yaml': '' });
  let api: StandIn;
  const env = () => ({ PODID_API: api.url, PODID_TOKEN: 'dana' });

  beforeAll(async () => {
    api = await startStandIn();
    api.tell({
      'GET /grants': { body: { grants: [{ id: ID, more: 1 }, { id: 'g-ffffffffffffffff' }] } },
      'GET /me': { body: { teams: ['checkout', 'platform'] } },
      'GET /catalogue': {
        body: {
          namespaces: [
            { account: '222222222222', region: 'eu-west-1', cluster: 'shop' },
            { account: '222222222222', region: 'eu-west-1', cluster: 'shop' },
          ],
          templates: [{ name: 's3-prefix' }],
        },
      },
    });
    const { out } = await place.podid(['completion', 'bash']);
    writeFileSync(path.join(place.cwd, 'bash'), out);
    // What a person has in their PATH.
    const podid = path.resolve(import.meta.dirname, '../../cli/podid.js');
    writeFileSync(path.join(place.cwd, 'podid'), `#!/bin/sh\nexec "${process.execPath}" "${podid}" "$@"\n`);
    chmodSync(path.join(place.cwd, 'podid'), 0o755);
  });
  afterAll(async () => {
    await api.end();
    place.end();
  });

  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const ran = await place.podid(['__complete', '--', ...words], '', env());
    expect(ran).toMatchObject({ code: 0, err: '' });
    return ran.out.split('\n').filter((line) => line !== '');
  };

  it.each<[words: readonly string[], lines: readonly string[]]>([
    [['re'], ['request', 'reject', 'revoke', 'replay', 'revocations']],
    [
      ['dlq', ''],
      ['list', 'show', 'redrive'],
    ],
    [['adopt', 'accept', ''], [':files']],
    [['adopt', 'propose', '--out', ''], [':files']],
    [['findings', 'ack', ''], []],
    [['findings', 'list', '--severity', 'e'], ['error']],
    [['replay', ''], [':files']],
    [['__'], []],
    [
      ['get', ''],
      ['grants', 'approvals', 'catalogue'],
    ],
    [['approve', 'g-0'], [ID]],
    [
      ['describe', 'grant', ''],
      [ID, 'g-ffffffffffffffff'],
    ],
    [['request', '--team', 'ch'], ['checkout']],
    [['request', '--cluster', ''], ['222222222222/eu-west-1/shop']],
    [['request', '--template', ''], ['s3-prefix']],
    [
      ['request', '-o', ''],
      ['text', 'json', 'yaml'],
    ],
    [['request', '--file', ''], [':files']],
    [['request', '--wat'], ['--watch']],
    [['nonsense', ''], []],
  ])('%j', async (words, lines) => {
    expect(await complete(...words)).toEqual(lines);
  });

  it('says nothing when the API can not be asked', async () => {
    const args = ['__complete', '--', 'approve', ''];
    expect(await place.podid(args, '', { PODID_API: 'http://127.0.0.1:9' })).toEqual({ code: 0, out: '', err: '' });
    expect(await place.podid(args)).toEqual({ code: 0, out: '', err: '' });
  });

  const bash = (script: string) =>
    spawnSync('bash', ['--norc', '-c', script], {
      cwd: place.cwd,
      env: { PATH: `${place.cwd}:${process.env.PATH}`, HOME: place.cwd },
      encoding: 'utf8',
    });

  it('of bash is bash, and completes', () => {
    expect(bash('bash -n ./bash')).toMatchObject({ status: 0, stderr: '' });
    const line = (words: string) =>
      bash(
        `source ./bash; COMP_WORDS=(podid ${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _podid; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ).stdout.trim();
    expect(line('get gr')).toBe('grants');
    expect(line("get ''")).toBe('grants\napprovals\ncatalogue');
    expect(line('request --wat')).toBe('--watch');
    expect(line('request --file wi')).toBe('');
    expect(bash('source ./bash; complete -p podid').stdout.trim()).toBe('complete -F _podid podid');
  });

  it('of zsh is zsh, where there is one', async () => {
    const { out, code } = await place.podid(['completion', 'zsh']);
    expect(code).toBe(0);
    expect(out).toMatch(/^#compdef podid\n/);
    // What every shell of its kind can parse; zsh itself where there is one.
    expect(bash(`bash -n <<'EOF'\n${out}EOF`)).toMatchObject({ status: 0, stderr: '' });
    const checked = spawnSync('zsh', ['-n'], { input: out, encoding: 'utf8' });
    if (checked.error !== undefined) return;
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    writeFileSync(path.join(place.cwd, 'zsh'), out);
    const line = async (words: string) => {
      const script = `compdef() { :; }; compadd() { print -rl -- "\${@:#--}"; }; _files() { print FILES; }
        source ./zsh; words=(podid ${words}); CURRENT=$#words; _podid`;
      const shell = spawn('zsh', ['-f', '-c', script], {
        cwd: place.cwd,
        env: { PATH: `${place.cwd}:${process.env.PATH}`, HOME: place.cwd, ...env() },
      });
      return (await text(shell.stdout)).trim();
    };
    expect(await line('get gr')).toBe('grants');
    expect(await line('approve g-0')).toBe(ID);
    expect(await line('request --file wi')).toBe('FILES');
  });

  it('completes what was added to the commands, and no name that the help hides', async () => {
    expect(await complete('events', '--f')).toEqual(['--follow']);
    expect(await complete('get', 'grants', '--a')).toEqual(['--account', '--all']);
    expect(await complete('get', 'grants', 'g-f')).toEqual(['g-ffffffffffffffff']);
    expect(await complete('extend', ID, '--rea')).toEqual([]);
  });

  it('knows no other shell', async () => {
    expect(await place.podid(['completion', 'fish'])).toMatchObject({ code: 1, out: '' });
  });
});
