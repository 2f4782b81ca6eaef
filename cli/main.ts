/** The `podid` command. */
import { Command } from 'commander';
import { brakesCommand } from './brakes.ts';
import { explain } from './explain.ts';
import { revocationsCommand } from './revocations.ts';
import { sweepCommand } from './sweep.ts';
import { tokenCommand } from './token.ts';

const program = new Command('podid')
  .description('The control plane for EKS Pod Identity: what was revoked, how it went, and what remains.')
  .addCommand(revocationsCommand())
  .addCommand(brakesCommand())
  .addCommand(sweepCommand())
  .addCommand(tokenCommand())
  .addHelpText(
    'after',
    `
It talks to the hub account: credentials from the profile PODID_PROFILE (else the usual AWS chain), region from PODID_HUB_REGION or AWS_REGION.
On the local cloud all of that comes with: source .podid/env`,
  );

try {
  await program.parseAsync();
} catch (error) {
  const line = explain(error);
  console.error(line === undefined ? error : `podid: ${line}`);
  process.exitCode = 1;
}
