/** What a real API server is told about a new pod: the same injection as the embedded one's, as a patch. */
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { ClusterOptions } from '../../../local/kubernetes/index.ts';
import { serveWebhooks, type Webhooks } from '../../../local/kubernetes/webhooks.ts';
import { optionsOf } from './harness.ts';

const ROLE = 'arn:aws:iam::111122223333:role/orders';

describe('the pod identity webhook', () => {
  let options: ClusterOptions;
  let webhooks: Webhooks;
  beforeAll(async () => {
    options = await optionsOf({
      association: (_namespace, name) => (name === 'associated' ? { roleArn: ROLE } : undefined),
    });
    webhooks = await serveWebhooks(options);
    webhooks.annotationsOf = async (_namespace, name) =>
      name === 'irsa' ? { 'eks.amazonaws.com/role-arn': ROLE } : {};
  });
  afterAll(() => webhooks.close());

  const patchFor = async (serviceAccountName: string, labels?: Record<string, string>): Promise<Patch | undefined> => {
    const object = {
      metadata: { name: 'p', ...(labels === undefined ? {} : { labels }) },
      spec: { serviceAccountName, containers: [{ name: 'main' }] },
    };
    const { response } = await post(webhooks.url, options.tls.ca, {
      request: { uid: 'u-1', namespace: 'shop', object },
    });
    expect(response).toMatchObject({ uid: 'u-1', allowed: true });
    return response.patch === undefined ? undefined : JSON.parse(Buffer.from(response.patch, 'base64').toString());
  };
  const paths = (patch: Patch | undefined) => patch?.map(({ op, path }) => `${op} ${path}`);

  it('leaves a pod alone that has neither an association nor a role', async () => {
    expect(await patchFor('plain')).toBeUndefined();
  });

  it.each([
    ['without labels', undefined, {}],
    ['with labels', { app: 'web' }, { app: 'web' }],
  ])('gives a pod with an association, %s, the variables and the label', async (_case, labels, kept) => {
    const patch = await patchFor('associated', labels);
    expect(paths(patch)).toEqual(['add /metadata/labels', 'replace /spec']);
    expect(patch?.[0]?.value).toEqual({ ...kept, 'eks.amazonaws.com/pod-identity': 'enabled' });
    expect(JSON.stringify(patch?.[1]?.value)).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
  });

  it('gives a pod with an IRSA role its variables, and no label', async () => {
    const patch = await patchFor('irsa', { app: 'web' });
    expect(paths(patch)).toEqual(['replace /spec']);
    expect(JSON.stringify(patch)).toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
  });
});

type Patch = readonly { readonly op: string; readonly path: string; readonly value: unknown }[];
const Answer = z.object({
  response: z.object({ uid: z.string(), allowed: z.boolean(), patch: z.string().optional() }),
});

const post = (url: string, ca: string, review: object): Promise<z.infer<typeof Answer>> =>
  new Promise((resolve, reject) => {
    request(`${url}/inject`, { method: 'POST', ca }, (answer) => {
      json(answer).then((read) => resolve(Answer.parse(read)), reject);
    })
      .once('error', reject)
      .end(JSON.stringify(review));
  });
