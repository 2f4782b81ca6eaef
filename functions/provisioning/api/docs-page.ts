/** The page at /docs: the OpenAPI document for people, in one file that loads nothing from anywhere. */
import { html, raw } from 'hono/html';
import type { OpenApi } from './document.ts';

type Markup = ReturnType<typeof html>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export const docsPage = ({ info, paths = {}, components = {} }: OpenApi): Markup => {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
  const groups = [...Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? '')];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>${info.title} API</h1>
<p>${prose(info.description)}</p>
<p>The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<nav><ul>${operations.map(({ path, method }) => html`<li><a href="#${idOf(method, path)}"><b>${method.toUpperCase()}</b> ${path}</a></li>`)}</ul></nav>
<main>
${groups.map(([name, list]) => html`<h2>${name}</h2>${list.map(({ path, method, operation }) => section(path, method, operation))}`)}
<h2>Schemas</h2>
${Object.entries(components.schemas ?? {}).map(
  ([name, schema]) =>
    html`<details id="schema-${name}"><summary>${name}</summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`,
)}
</main>
</body>
</html>`;
};

type Operation = NonNullable<NonNullable<OpenApi['paths']>[string]['get']>;

const section = (
  path: string,
  method: string,
  { summary, parameters, requestBody, responses }: Operation,
): Markup => html`
<section id="${idOf(method, path)}">
<h3><code>${method.toUpperCase()} ${path}</code></h3>
<p>${prose(summary)}</p>
${
  parameters === undefined || parameters.length === 0
    ? ''
    : html`<table><caption>Parameters</caption>${parameters.map((each) =>
        'name' in each
          ? html`<tr><th scope="row"><code>${each.name}</code></th><td>${each.in}${each.required === true ? ', required' : ''}</td><td>${prose(each.description)}</td></tr>`
          : '',
      )}</table>`
}
${requestBody === undefined ? '' : html`<p>Body: ${bodyLink(requestBody)}</p>`}
<table><caption>Answers</caption>${Object.entries<unknown>(responses ?? {}).map(
  ([status, answer]) =>
    html`<tr><th scope="row">${status}</th><td>${prose(descriptionOf(answer))}</td><td>${bodyLink(answer)}</td></tr>`,
)}</table>
</section>`;

/** The document's Markdown is sentences with names in backticks. */
const prose = (markdown = ''): readonly (Markup | string)[] =>
  markdown.split('`').map((text, index) => (index % 2 === 1 ? html`<code>${text}</code>` : text));

const idOf = (method: string, path: string): string => `${method}${path.replaceAll(/[^a-zA-Z]+/g, '-')}`;

const descriptionOf = (answer: unknown): string =>
  isObject(answer) && typeof answer.description === 'string' ? answer.description : '';

/** The schema of a body, by its name. */
const bodyLink = (of: unknown): Markup | string => {
  const content = isObject(of) && isObject(of.content) ? Object.values(of.content)[0] : undefined;
  const schema = isObject(content) ? content.schema : undefined;
  const ref = isObject(schema) && typeof schema.$ref === 'string' ? schema.$ref : undefined;
  const name = ref?.split('/').at(-1);
  return name === undefined ? '' : html`<a href="#schema-${name}">${name}</a>`;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
nav ul { columns: 20rem; list-style: none; padding: 0 }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { overflow: auto; max-height: 30rem }
nav li { break-inside: avoid }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem }
caption { text-align: left; font-weight: 600 }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-top: 1px solid #8884 }
th { white-space: nowrap; font-weight: 500 }
`;
