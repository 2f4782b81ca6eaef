/** `podid login`, `podid logout`, `podid whoami`: who the API takes you for. */
import { Command } from 'commander';
import * as z from 'zod';
import { openApi } from './api.ts';
import { EXIT_CODES, printable } from './api-problem.ts';
import { address, apiAddress } from './api-settings.ts';
import { type Format, formatOption, show } from './grants-output.ts';
import { localTime } from './grants-times.ts';
import { openCache } from './login-cache.ts';
import { print } from './output.ts';

/** What is shown of `GET /me`. */
const Me = z.object({
  subject: z.string(),
  name: z.string().optional(),
  teams: z.array(z.string()),
  admin: z.boolean().default(false),
  unknownTeams: z.array(z.string()).default([]),
});
type Me = z.infer<typeof Me>;

export const loginCommand = () =>
  new Command('login')
    .description('logs you in at the issuer, by a code that you confirm in a browser on any machine')
    .addHelpText(
      'after',
      `
Environment: PODID_ISSUER, the issuer's address; PODID_CLIENT_ID, by default podid-cli; PODID_AUDIENCE, the API's name
at the issuer where that has to be said. The login is kept in ~/.config/podid/logins.json, for PODID_API alone, and is
renewed by itself. PODID_TOKEN wins over it.${EXIT_CODES}`,
    )
    .action(async () => {
      const api = apiAddress(process.env);
      const issuer = address(
        'PODID_ISSUER',
        process.env.PODID_ISSUER,
        "the address of your organization's identity provider",
      );
      const audience = process.env.PODID_AUDIENCE;
      const { loggedIn } = await import('./login-device.ts');
      const kept = await loggedIn(
        { issuer, clientId: process.env.PODID_CLIENT_ID ?? 'podid-cli', ...(audience && { audience }) },
        // Not where the answer goes: a script may read that.
        (where, code) => console.error(`Open ${printable(where)} and confirm the code ${printable(code)}`),
      );
      const cache = openCache(process.env);
      await cache.change(api, async () => kept);
      print(
        `Logged in until ${localTime(kept.endsAt)}${kept.refreshToken === undefined ? '' : ', renewed by itself'}.`,
      );
      if (process.env.PODID_TOKEN) print('PODID_TOKEN is set, and wins over this login: unset it.');
    });

export const logoutCommand = () =>
  new Command('logout').description('forgets the login for PODID_API on this machine').action(async () => {
    const forgotten = await openCache(process.env).change(apiAddress(process.env), async () => undefined);
    if (forgotten === undefined) print('Logged out.');
  });

export const whoamiCommand = () =>
  new Command('whoami')
    .description('who the API takes you for, and your teams')
    .addOption(formatOption())
    .addHelpText('after', EXIT_CODES)
    .action(async ({ output }: { output: Format }) => {
      const { body, whole } = await openApi().call({ method: 'GET', path: '/me', answer: Me });
      show(output, whole, () => meText(body));
    });

const meText = ({ subject, name, teams, admin, unknownTeams }: Me): string =>
  [
    name === undefined ? subject : `${name} (${subject})`,
    `Teams: ${teams.join(', ') || 'none'}${admin ? '; administrator' : ''}`,
    ...(unknownTeams.length === 0 ? [] : [`The guardrails don't know: ${unknownTeams.join(', ')}`]),
  ]
    .map(printable)
    .join('\n');
