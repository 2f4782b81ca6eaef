#!/usr/bin/env node
// Starts the command line on the Node that the project runs on, whatever Node the machine has.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';

const ours = path.join(import.meta.dirname, '..', 'node_modules', 'node', 'bin', 'node');
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24 || !existsSync(ours)) {
  // What was compiled once is kept in the temporary directory, by content: a third of the time to start.
  module.enableCompileCache?.();
  await import('./main.ts');
} else {
  const { status, signal } = spawnSync(ours, [import.meta.filename, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? (signal === null ? 1 : 128);
}
