#!/usr/bin/env node
// Starts the command line on the Node that the project runs on, whatever Node the machine has.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const ours = path.join(import.meta.dirname, '..', 'node_modules', 'node', 'bin', 'node');
const main = path.join(import.meta.dirname, 'main.ts');
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24 || !existsSync(ours)) {
  await import(main);
} else {
  const { status, signal } = spawnSync(ours, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? (signal === null ? 1 : 128);
}
