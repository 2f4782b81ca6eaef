#!/usr/bin/env node
// Starts the command line on the Node that the project runs on, whatever Node the machine has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';

const ours = path.join(import.meta.dirname, '..', 'node_modules', 'node', 'bin', 'node');
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24 || !existsSync(ours)) {
  // What was compiled once is kept in the temporary directory, by content: a third of the time to start.
  module.enableCompileCache?.();
  await import('./main.ts');
} else {
  // Listened to before it starts: a signal that comes meanwhile would end us, and leave it behind.
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
    // Ctrl-C reaches it by itself, since it is in our terminal's group; what is sent to us alone is for it.
    const alreadyThere = process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT');
    process.on(signal, () => alreadyThere || child.kill(signal));
  }
  const child = spawn(ours, [import.meta.filename, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
