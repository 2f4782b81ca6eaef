/** The few pages of a login: the code, who it is, done. They load nothing from anywhere. Pure. */
import type { Person } from './people.ts';

/** `form` is the provider's own, with its protection against forged requests. */
export const codePage = (form: string, wrong: boolean): string =>
  page(
    'Log in to podid',
    `<p>${wrong ? 'That code is not known, or too old. ' : ''}Enter the code that the command line shows.</p>
     ${form}<p><button form="op.deviceInputForm">Continue</button></p>`,
  );

export const confirmPage = (form: string, code: string): string =>
  page(
    'Log in to podid',
    `<p>The command line shows this code:</p><p><code>${escaped(code)}</code></p>
     ${form}<p><button form="op.deviceConfirmForm" autofocus>It does: continue</button>
     <button form="op.deviceConfirmForm" name="abort" value="yes">It doesn't: stop</button></p>`,
  );

/** One button for each person; there are no passwords here. */
export const peoplePage = (people: readonly Person[]): string =>
  page(
    'Who are you?',
    `<form method="post">${people
      .map(
        ({ id, name, teams }) =>
          `<p><button name="person" value="${escaped(id)}">${escaped(name)}</button> ${escaped(teams.join(', '))}</p>`,
      )
      .join('\n')}</form>`,
  );

export const donePage = (): string => page('Logged in', '<p>You can close this page: the command line goes on.</p>');

export const errorPage = (sentence: string): string =>
  page('That did not work', `<p>${escaped(sentence)}</p><p>Run <code>podid login</code> again.</p>`);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 28rem; margin: 4rem auto; padding: 0 1rem; }
  button, input { font: inherit; padding: .3rem .8rem; }
  code { font-size: 1.3rem; }
</style>
<h1>${title}</h1>
${body}
</html>
`;

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
