/** The `podid` command. */
import { Command } from 'commander';
import { explain } from './explain.ts';
import { Told } from './told.ts';

/** In the order of the help. Only the command that is called is loaded: most need an SDK, `trust admits` must be quick. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['request', async () => (await import('./request.ts')).requestCommand()],
  ['preview', async () => (await import('./request.ts')).previewCommand()],
  ['get', async () => (await import('./grants.ts')).getCommand()],
  ['describe', async () => (await import('./grants.ts')).describeCommand()],
  ['approve', async () => (await import('./approve.ts')).approveCommand()],
  ['reject', async () => (await import('./approve.ts')).rejectCommand()],
  ['withdraw', async () => (await import('./approve.ts')).withdrawCommand()],
  ['extend', async () => (await import('./approve.ts')).extendCommand()],
  ['revoke', async () => (await import('./approve.ts')).revokeCommand()],
  ['events', async () => (await import('./events.ts')).eventsCommand()],
  ['login', async () => (await import('./login.ts')).loginCommand()],
  ['logout', async () => (await import('./login.ts')).logoutCommand()],
  ['whoami', async () => (await import('./login.ts')).whoamiCommand()],
  ['trust', async () => (await import('./trust.ts')).trustCommand()],
  ['abac', async () => (await import('./abac.ts')).abacCommand()],
  ['guardrails', async () => (await import('./guardrails.ts')).guardrailsCommand()],
  ['findings', async () => (await import('./findings.ts')).findingsCommand()],
  ['adopt', async () => (await import('./adopt.ts')).adoptCommand()],
  ['replay', async () => (await import('./replay.ts')).replayCommand()],
  ['dlq', async () => (await import('./dlq.ts')).dlqCommand()],
  ['revocations', async () => (await import('./revocations.ts')).revocationsCommand()],
  ['brakes', async () => (await import('./brakes.ts')).brakesCommand()],
  ['sweep', async () => (await import('./sweep.ts')).sweepCommand()],
  ['fleet', async () => (await import('./fleet.ts')).fleetCommand()],
  ['pod', async () => (await import('./pod.ts')).podCommand()],
  ['trail', async () => (await import('./trail.ts')).trailCommand()],
  ['executions', async () => (await import('./executions.ts')).executionsCommand()],
  ['logs', async () => (await import('./logs.ts')).logsCommand()],
  ['token', async () => (await import('./token.ts')).tokenCommand()],
  ['completion', async () => (await import('./completion.ts')).completionCommand()],
  ['__complete', async () => (await import('./completion.ts')).completeCommand(COMMANDS)],
]);

const program = new Command('podid')
  .description(
    'The control plane for EKS Pod Identity: who can get a role, who asks for it, what was revoked, and what remains.',
  )
  .addHelpText(
    'after',
    `
trust, abac, guardrails and replay of files need no AWS account. Grants (request to whoami) go through the API: PODID_API is its address, PODID_TOKEN or podid login says who you are. The others talk to the hub account: credentials from the profile PODID_PROFILE (else the usual AWS chain), region from PODID_HUB_REGION or AWS_REGION.
On the local cloud all of that comes with: source .podid/env`,
  );

const called = COMMANDS.get(process.argv[2] ?? '');
const loads = called === undefined ? [...COMMANDS.values()] : [called];
for (const command of await Promise.all(loads.map((load) => load()))) {
  program.addCommand(command, { hidden: command.name().startsWith('_') });
}

try {
  await program.parseAsync();
} catch (error) {
  const line = explain(error);
  console.error(line === undefined ? error : `podid: ${line}`);
  // A command whose 1 is an answer has set another code for trouble.
  process.exitCode ??= error instanceof Told ? error.exitCode : 1;
}
