/** Runs a command as a pod would: what is needed for it is set up, taken down at its end, and signals and exit code go through. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { type Listening, serveAgent } from './pod-agent.ts';
import type { PodContext } from './pod-context.ts';
import { askEksAuth, credentialCache } from './pod-credentials.ts';
import { type PodEnvironment, processVariables } from './pod-environment.ts';
import { type Metadata, relayMetadata } from './pod-metadata.ts';
import { keepTokens, podTokens } from './pod-tokens.ts';
import { Told } from './told.ts';

export type Run = {
  readonly context: PodContext;
  readonly pod: V1Pod;
  readonly environment: PodEnvironment;
  readonly metadata: Metadata;
  /** Where the node's metadata service can be reached from here, if anywhere; `{region}` and `{instance}` are filled in. */
  readonly metadataFrom?: string;
  readonly command: readonly [file: string, ...args: string[]];
  /** Milliseconds that credentials are kept before EKS Auth is asked again; 0 keeps none. */
  readonly retentionMs: number;
  readonly log: (line: string) => void;
};

/** How often the agent looks for what is due (its `defaultCleanupInterval`). */
const RENEWAL_MS = 60_000;

/** The command's exit code; 128 and the signal's number when a signal ended it. @throws Told when it can't be started */
export const runAs = async (run: Run): Promise<number> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'podid-pod-'));
  const ends: Array<() => unknown> = [() => rmSync(dir, { recursive: true, force: true })];
  try {
    const { context, pod, environment, log } = run;
    const tokens = await keepTokens(podTokens(context.kubernetes, pod), environment.tokens, dir, log);
    ends.push(tokens.stop);
    const agent = environment.agent ? await startAgent(run, ends) : undefined;
    const metadata = await startMetadata(run, ends);
    const empty = path.join(dir, 'empty');
    writeFileSync(empty, '');
    const here = {
      files: tokens.files,
      empty,
      ...(agent !== undefined && { agent: agent.address }),
      ...(metadata !== undefined && { metadata: metadata.address }),
    };
    return await ended(run.command, processVariables(environment, process.env, here));
  } finally {
    for (const end of ends.reverse()) await end();
  }
};

const startAgent = async ({ context, retentionMs, log }: Run, ends: Array<() => unknown>): Promise<Listening> => {
  const cache = credentialCache(askEksAuth(context.cluster), retentionMs, Date.now);
  const timer = setInterval(() => void cache.renew(), Math.min(RENEWAL_MS, Math.max(1_000, retentionMs)));
  ends.push(() => clearInterval(timer));
  const agent = await serveAgent(cache, () => new Date(), log);
  ends.push(agent.close);
  return agent;
};

const startMetadata = async (
  { metadata, metadataFrom, context, log }: Run,
  ends: Array<() => unknown>,
): Promise<Listening | undefined> => {
  const { reachable, because, instanceId } = metadata;
  if (reachable === 'no' || instanceId === undefined) return undefined;
  if (metadataFrom === undefined) {
    const sure = reachable === 'yes' ? 'reaches' : 'may reach';
    log(
      `in the cluster this pod ${sure} its node's role (${because}); here it does not: --metadata says where the node's metadata service is`,
    );
    return undefined;
  }
  const from = metadataFrom.replaceAll('{region}', context.cluster.region).replaceAll('{instance}', instanceId);
  const relay = await relayMetadata(from);
  ends.push(relay.close);
  return relay;
};

/** Signals for us are for the command. Ctrl-C reaches it by itself, since it is in our terminal's group. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGINT'] as const;

const ended = (
  [file, ...args]: readonly [file: string, ...args: string[]],
  env: Record<string, string>,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const passOn = (signal: NodeJS.Signals): void => {
      const alreadyThere = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!alreadyThere) child.kill(signal);
    };
    // Before it starts: a signal that comes while we start it would end us, and leave it behind.
    for (const signal of PASSED_ON) process.on(signal, passOn);
    const child = spawn(file, args, { env, stdio: 'inherit' });
    const done = (): void => {
      for (const signal of PASSED_ON) process.off(signal, passOn);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      done();
      // A shell's own codes: 127 for what is not there, 126 for what can't be run.
      const missing = error.code === 'ENOENT';
      reject(
        new Told(
          missing ? `There is no command ${file}.` : `${file} can not be run: ${error.message}`,
          missing ? 127 : 126,
        ),
      );
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
