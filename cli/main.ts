/** The `podid` command. */
import { Command } from 'commander';
import { brakesCommand } from './brakes.ts';
import { Told } from './hub.ts';
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
  // What can be mended by the caller is one line; what can't shows where it broke.
  const known = error instanceof Told || (error instanceof Error && '$metadata' in error);
  console.error(known ? `podid: ${explain(error as Error)}` : error);
  process.exitCode = 1;
}

function explain(error: Error): string {
  switch (error.name) {
    case 'CredentialsProviderError':
      return `${error.message}. On the local cloud: source .podid/env`;
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
      return `${error.message} Are these the hub's credentials? On the local cloud, source .podid/env again after a restart.`;
    case 'AccessDeniedException':
      return `${error.message} The command reads the hub's table; PODID_PROFILE names the profile that may.`;
    default:
      return error.message;
  }
}
