/**
 * docs/exercise-irsa-to-pod-identity.md, typed as it stands: every command with the real aws, kubectl, curl and jq, and every output that it shows.
 * Needs `aws` (1.32 or newer) and `kubectl` (1.32 or newer) on the PATH.
 */
import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';
import { typed } from './typed.ts';

const installed = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const suite = installed('aws', '--version') && installed('kubectl', 'version', '--client') ? describe : describe.skip;

suite('the exercise: a DynamoDB app, from IRSA to Pod Identity', () =>
  typed('exercise-irsa-to-pod-identity.md', { least: 30, millis: 400_000, quiet: true }));
