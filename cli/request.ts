/** `podid request` and `podid preview`: asks for access, or what asking for it would come to. */
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { GrantView, PreviewView } from '../functions/provisioning/api/schemas.ts';
import { type Answer, type Api, at, type Call, openApi } from './api.ts';
import { EXIT, EXIT_CODES } from './api-problem.ts';
import { standingText } from './grants-lines.ts';
import { type Format, formatOption, show } from './grants-output.ts';
import { readWishFile } from './request-file.ts';
import { type WishFlags, wishOf, withWishFlags } from './request-flags.ts';
import { previewText } from './request-plan.ts';
import { Told } from './told.ts';
import { followed } from './watch.ts';

type Options = WishFlags & { file?: string; change?: string; output: Format };
type RequestOptions = Options & { watch?: boolean; idempotencyKey?: string };

export const requestCommand = () =>
  wishCommand('request')
    .description('asks for access for a service account, or for a change of a grant')
    .option('-w, --watch', 'follow it until it is active, or has ended otherwise')
    .option('--idempotency-key <key>', 'the same key is the same request; by default a new one')
    .addHelpText('after', `${EXAMPLES}${EXIT_CODES}`)
    .action(async ({ output, watch, idempotencyKey = randomUUID(), ...asked }: RequestOptions) => {
      const api = openApi({ idempotencyKey });
      const { wish, changes } = await asWished(api, asked);
      const { body, whole } = await sent(api, idempotencyKey, {
        ...(changes === undefined
          ? { method: 'POST', path: '/grants' }
          : { method: 'PUT', path: at('/grants', changes.id), ifMatch: changes.etag }),
        body: wish,
        answer: GrantView,
      });
      if (watch === true) {
        return followed(api, body.id, { wanted: 'active', output, ...(changes && { seen: changes.before }) });
      }
      show(output, whole, () => `${standingText(body)}\nFollow it: podid get grants ${body.id} --watch`);
    });

export const previewCommand = () =>
  wishCommand('preview')
    .description('what a request would come to: the plan, who gains what, and what the guardrails say; writes nothing')
    .addHelpText(
      'after',
      `${EXAMPLES}${EXIT_CODES}\nA request that the guardrails deny ends with 4, as the request itself would.`,
    )
    .action(async ({ output, ...asked }: Options) => {
      const api = openApi();
      const { wish, changes } = await asWished(api, asked);
      const { body, whole } = await api.call({
        method: 'POST',
        path: '/grants/preview',
        query: { changes: changes?.id },
        body: wish,
        answer: PreviewView,
      });
      if (body.verdict.verdict === 'denied') process.exitCode = EXIT.mayNot;
      show(output, whole, () => previewText(body));
    });

const wishCommand = (name: string): Command =>
  withWishFlags(new Command(name))
    .optionsGroup('Options:')
    .option('-f, --file <file>', 'the wish as YAML or JSON, - for the standard input; flags are laid over it')
    .option('--change <grant>', 'a change of this grant: what neither file nor flags say stays as it is')
    .addOption(formatOption());

const EXAMPLES = `
  podid request --cluster 222222222222/eu-west-1/shop --namespace checkout --service-account api \\
    --managed-policy ARN --reason 'reads the orders' --team checkout --for P30D --watch
  podid request … --target 333333333333:chained --target-template dynamodb-leading-key --target-param tableArn=ARN
  podid request --change g-0123456789abcdef --reason 'and writes them' --inline policy.json
  podid preview -f wish.yaml
`;

type Change = { readonly id: string; readonly etag: string | undefined; readonly before: GrantView };

/** Whoever got no answer doesn't know whether there is a grant now: with the same key there is one at most. */
const sent = async (api: Api, key: string, call: Call<typeof GrantView>): Promise<Answer<GrantView>> => {
  try {
    return await api.call(call);
  } catch (error) {
    if (!(error instanceof Told) || error.exitCode !== EXIT.later) throw error;
    throw new Told(`${error.message}\n  To ask for the same again: --idempotency-key ${key}`, error.exitCode);
  }
};

/** The file's wish or the grant's newest one, with the flags laid over it. */
const asWished = async (api: Api, { file, change, ...flags }: Omit<Options, 'output'>) => {
  const written = file === undefined ? undefined : await readWishFile(file);
  if (change === undefined) return { wish: await wishOf(flags, written) };
  const { body, etag } = await api.call({ method: 'GET', path: at('/grants', change), answer: GrantView });
  const changes: Change = { id: body.id, etag, before: body };
  return { wish: await wishOf(flags, written ?? body.versions.at(-1)?.wish), changes };
};
