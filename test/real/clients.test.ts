/**
 * eksctl's commands about associations, call for call with the real `aws` and `kubectl`: which calls, in which order, is what eksctl 0.231 was seen to do.
 * Then a pod's process that reads its table until its association is deleted.
 * Needs `aws` (one that knows `describe-cluster-versions`), `jq` and `kubectl` (1.32 or newer) on the PATH.
 */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readySession, type Session, shell, startSession } from './session.ts';

const installed = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const suite = installed('aws', '--version') && installed('kubectl', 'version', '--client') ? describe : describe.skip;

const EKS = 'aws --profile payments eks';
const IAM = 'aws --profile payments iam';
const KUBECTL = 'kubectl --context payments';
const PODID = 'node cli/podid.js';
const roleArn = (name: string) => `arn:aws:iam::222222222222:role/${name}`;

/** What eksctl gives a role that it makes: nothing narrows it. */
const UNCONDITIONED = {
  Effect: 'Allow',
  Principal: { Service: 'pods.eks.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
};
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

suite('real clients', () => {
  let session: Session;

  /** What a script prints. @throws when it fails, with what it said */
  const ran = async (script: string, timeout?: number): Promise<string> => {
    const { code, out, err } = await shell(session, script, timeout);
    if (code !== 0) throw new Error(`exit code ${code} of\n${script}\n${out}\n${err}`);
    return out;
  };
  const json = async (script: string) => JSON.parse(await ran(script));
  /** What a script says that must fail. */
  const refused = async (script: string): Promise<string> => {
    const { code, out, err } = await shell(session, script);
    expect({ code, out }).not.toMatchObject({ code: 0 });
    return err;
  };
  const associations = async (namespace: string, account: string): Promise<{ associationId: string }[]> => {
    const list = `${EKS} list-pod-identity-associations --cluster-name payments`;
    return (await json(`${list} --namespace ${namespace} --service-account ${account}`)).associations;
  };
  const idOf = async (namespace: string, account: string): Promise<string> =>
    (await associations(namespace, account))[0]?.associationId ?? 'none';
  /** eksctl looks for stacks of its own before it touches what is there; there are none. */
  const noStacks = async () => {
    expect(await json('aws --profile payments cloudformation list-stacks')).toEqual({ StackSummaries: [] });
  };

  beforeAll(async () => {
    session = startSession();
    await readySession(session);
    for (const name of ['visits-one', 'visits-two']) {
      await ran(`
        ${IAM} create-role --role-name ${name} --assume-role-policy-document '${document(UNCONDITIONED)}'
        ${IAM} put-role-policy --role-name ${name} --policy-name read --policy-document \
          '${document({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' })}'`);
    }
    await ran(`${KUBECTL} create namespace visits && ${KUBECTL} -n visits create serviceaccount app`);
  }, 240_000);
  afterAll(() => session?.discard());

  describe("eksctl's commands, call for call", () => {
    test('each begins with who one is, the cluster, and the version that is the default', async () => {
      expect(await json('aws --profile payments sts get-caller-identity')).toMatchObject({ Account: '222222222222' });
      const { cluster } = await json(`${EKS} describe-cluster --name payments`);
      expect(cluster).toMatchObject({
        status: 'ACTIVE',
        endpoint: expect.stringMatching(/^https:/),
        certificateAuthority: { data: expect.any(String) },
        identity: { oidc: { issuer: expect.stringMatching(/^https:\/\/oidc\.eks\.eu-west-1\.amazonaws\.com\/id\//) } },
      });
      const { clusterVersions } = await json(`${EKS} describe-cluster-versions`);
      expect(clusterVersions.filter(({ defaultVersion }: { defaultVersion: boolean }) => defaultVersion)).toHaveLength(
        1,
      );
      expect(clusterVersions.map(({ clusterVersion }: { clusterVersion: string }) => clusterVersion)).toContain(
        cluster.version,
      );
    });

    test('get podidentityassociation: a list without roles, so one question for each', async () => {
      const list = (await json(`${EKS} list-pod-identity-associations --cluster-name payments`)).associations;
      expect(list).toHaveLength(4);
      expect(JSON.stringify(list)).not.toContain('roleArn');
      const roles = [];
      for (const { associationId } of list) {
        const describes = `${EKS} describe-pod-identity-association --cluster-name payments --association-id ${associationId}`;
        roles.push((await json(describes)).association.roleArn);
      }
      expect(roles.sort()).toEqual(
        ['billing-exporter', 'checkout-orders', 'checkout-orders', 'log-shipper'].map(roleArn),
      );
    });

    test('create podidentityassociation: it wants the add-on, makes the association, and none twice', async () => {
      const describes = `${EKS} describe-addon --cluster-name payments --addon-name eks-pod-identity-agent`;
      // By this error eksctl knows that the agent is missing, and refuses.
      expect(await refused(describes)).toMatch(/\(ResourceNotFoundException\).*eks-pod-identity-agent/);
      await ran(`
        ${EKS} create-addon --cluster-name payments --addon-name eks-pod-identity-agent
        ${EKS} wait addon-active --cluster-name payments --addon-name eks-pod-identity-agent`);
      expect((await json(describes)).addon).toMatchObject({ status: 'ACTIVE', health: { issues: [] } });
      const creates = `${EKS} create-pod-identity-association --cluster-name payments --namespace visits \
        --service-account app --role-arn ${roleArn('visits-one')}`;
      const { association } = await json(creates);
      expect(association).toMatchObject({ serviceAccount: 'app', roleArn: roleArn('visits-one'), tags: {} });
      expect(await refused(creates)).toMatch(
        new RegExp(`ResourceInUseException.*Association already exists: ${association.associationId}`),
      );
    });

    test('update podidentityassociation: found by namespace and service account, then changed', async () => {
      await noStacks();
      const id = await idOf('visits', 'app');
      const which = `--cluster-name payments --association-id ${id}`;
      const before = (await json(`${EKS} describe-pod-identity-association ${which}`)).association;
      const update = `${EKS} update-pod-identity-association ${which} --role-arn ${roleArn('visits-two')}`;
      const { association } = await json(update);
      expect(association).toEqual({
        ...before,
        roleArn: roleArn('visits-two'),
        modifiedAt: expect.any(Number),
      });
      expect(association.modifiedAt).toBeGreaterThan(before.modifiedAt);
    });

    test('delete podidentityassociation: what was there is told, and the service account stays', async () => {
      await noStacks();
      const id = await idOf('visits', 'app');
      const deletes = `${EKS} delete-pod-identity-association --cluster-name payments --association-id ${id}`;
      expect((await json(deletes)).association).toMatchObject({ associationId: id, roleArn: roleArn('visits-two') });
      expect(await refused(deletes)).toContain('ResourceNotFoundException');
      expect(await associations('visits', 'app')).toEqual([]);
      expect(await ran(`${KUBECTL} -n visits get serviceaccount app -o name`)).toBe('serviceaccount/app\n');
    });

    describe('utils migrate-to-pod-identity', () => {
      const PROVIDER = 'arn:aws:iam::222222222222:oidc-provider';
      let provider: string;
      let trusted: { Statement: object[] };

      beforeAll(async () => {
        const issuer = await ran(
          `${EKS} describe-cluster --name payments --query cluster.identity.oidc.issuer --output text`,
        );
        provider = `${PROVIDER}/${issuer.trim().replace('https://', '')}`;
        const irsa = document({
          Effect: 'Allow',
          Principal: { Federated: provider },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { [`${provider.slice(PROVIDER.length + 1)}:sub`]: 'system:serviceaccount:visits:app' },
          },
        });
        await ran(`
          ${IAM} create-open-id-connect-provider --url ${issuer.trim()} --client-id-list sts.amazonaws.com
          ${IAM} create-role --role-name visits-irsa --assume-role-policy-document '${irsa}'
          ${KUBECTL} -n visits annotate serviceaccount app eks.amazonaws.com/role-arn=${roleArn('visits-irsa')}`);
      }, 60_000);

      test('the plan reads the provider, the add-ons, and which service accounts are annotated', async () => {
        const { ClientIDList } = await json(
          `${IAM} get-open-id-connect-provider --open-id-connect-provider-arn ${provider}`,
        );
        expect(ClientIDList).toEqual(['sts.amazonaws.com']);
        await noStacks();
        const { items } = await json(`${KUBECTL} get serviceaccounts --all-namespaces -o json`);
        const annotated = items.filter(
          ({ metadata }: Annotated) => metadata.annotations?.['eks.amazonaws.com/role-arn'],
        );
        expect(annotated.map(({ metadata }: Annotated) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
          'checkout/api',
          'visits/app',
        ]);
        const { addons } = await json(`${EKS} list-addons --cluster-name payments`);
        expect(addons).toEqual(['eks-pod-identity-agent']);
        for (const name of addons) {
          const { addon } = await json(`${EKS} describe-addon --cluster-name payments --addon-name ${name}`);
          // An add-on's own IRSA role would be moved, too; this one has none, and owns no associations.
          expect(addon.serviceAccountRoleArn ?? addon.podIdentityAssociations).toBeUndefined();
          const asks = `${EKS} describe-addon-configuration --addon-name ${name} --addon-version ${addon.addonVersion}`;
          expect(await json(asks)).toMatchObject({ addonName: name, addonVersion: addon.addonVersion });
        }
      }, 60_000);

      test('--approve reads the role, appends a statement without conditions, and then associates', async () => {
        const { Role } = await json(`${IAM} get-role --role-name visits-irsa`);
        trusted = Role.AssumeRolePolicyDocument;
        const both = JSON.stringify({ ...trusted, Statement: [...trusted.Statement, UNCONDITIONED] });
        await ran(`${IAM} update-assume-role-policy --role-name visits-irsa --policy-document '${both}'`);
        const read = await json(`${IAM} get-role --role-name visits-irsa`);
        expect(read.Role.AssumeRolePolicyDocument.Statement).toEqual([...trusted.Statement, UNCONDITIONED]);
        const { association } = await json(`${EKS} create-pod-identity-association --cluster-name payments \
          --namespace visits --service-account app --role-arn ${roleArn('visits-irsa')}`);
        expect(association.roleArn).toBe(roleArn('visits-irsa'));
      });

      test('and a new pod then uses Pod Identity, though the annotation is still there', async () => {
        await ran(`
          ${KUBECTL} -n visits create deployment app --image=registry.example/visits:1 --dry-run=client -o json |
            jq '.spec.template.spec.serviceAccountName = "app"' | ${KUBECTL} apply -f -
          ${KUBECTL} -n visits rollout status deployment/app --timeout=60s`);
        const { items } = await json(`${KUBECTL} -n visits get pods -l eks.amazonaws.com/pod-identity=enabled -o json`);
        expect(items).toHaveLength(1);
        expect(JSON.stringify(items)).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
        expect(JSON.stringify(items)).not.toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
      }, 90_000);
    });
  });

  describe("a pod's process that reads its table in a loop", () => {
    /** Runs the loop as the pod, deletes the association once it has read twice, and gives what it read and why it ended. */
    const readsUntilDeleted = async (pod: string, table: string, id: string, options: string): Promise<Ended> => {
      const loop = `while aws dynamodb scan --table-name ${table} --query Count --output text; do :; done; echo ended`;
      const out = await ran(
        `DIR=$(mktemp -d)
        timeout 150 ${PODID} pod run ${pod} --context payments ${options} -- bash -c '${loop}' >$DIR/out 2>$DIR/err &
        LOOP=$!
        until [ "$(wc -l <$DIR/out)" -ge 2 ] || ! kill -0 $LOOP 2>/dev/null; do sleep 0.2; done
        ${EKS} delete-pod-identity-association --cluster-name payments --association-id ${id} >/dev/null
        wait $LOOP
        jq -n --rawfile out $DIR/out --rawfile err $DIR/err '{out: $out, err: $err}'
        rm -r $DIR`,
        170_000,
      );
      const { out: printed, err } = JSON.parse(out);
      const read: string[] = printed.trim().split('\n');
      return { last: read.pop(), read: [...new Set(read)], err };
    };

    test('with an agent that keeps nothing, it has no credentials any more', async () => {
      const id = await idOf('visits', 'app');
      await ran(`
        ${IAM} put-role-policy --role-name visits-irsa --policy-name read --policy-document \
          '${document({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' })}'`);
      const ended = await readsUntilDeleted('visits/deploy/app', 'orders', id, '--retention 0');
      expect(ended).toMatchObject({ read: ['3'], last: 'ended' });
      expect(ended.err).toMatch(/ResourceNotFoundException.*No Pod Identity association found .*visits\/app/);
    }, 200_000);

    test('with one that keeps them for hours, as the real one, it is the deny that ends it', async () => {
      const ended = await readsUntilDeleted('checkout/deploy/api', 'orders', await idOf('checkout', 'api'), '');
      expect(ended).toMatchObject({ read: ['3'], last: 'ended' });
      expect(ended.err).toMatch(/AccessDeniedException.* with an explicit deny in an identity-based policy/);
    }, 200_000);
  });
});

type Annotated = { metadata: { namespace: string; name: string; annotations?: Record<string, string> } };
/** What the loop read, its last line, and what was said on the way. */
type Ended = { readonly read: readonly string[]; readonly last: string | undefined; readonly err: string };
