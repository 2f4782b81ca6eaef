/**
 * The README's session, typed by a user: `npm start` in one terminal, the real `aws` and `kubectl` in another.
 * Needs `aws` (1.32 or newer) and `kubectl` (1.32 or newer) on the PATH.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../local/spine/harness.ts';
import { livingOf, readySession, type Session, shell, startSession } from './session.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const installed = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const suite = installed('aws', '--version') && installed('kubectl', 'version', '--client') ? describe : describe.skip;

const KUBECTL = 'kubectl --context payments -n checkout';
const EKS = 'aws --profile payments eks';
const HISTORY = 'arn:aws:iam::333333333333:role/order-history';

suite('a session', () => {
  let session: Session;

  beforeAll(async () => {
    session = startSession();
    await readySession(session);
    await ran(
      `${KUBECTL} rollout status deployment/api --timeout=30s && ${KUBECTL} rollout status statefulset/worker --timeout=30s`,
    );
  }, 120_000);
  afterAll(() => session?.discard());

  /** What a script prints. @throws when it fails, with what it said */
  const ran = async (script: string): Promise<string> => {
    const { code, out, err } = await shell(session, script);
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
  const pods = async (app: string): Promise<Pod[]> => (await json(`${KUBECTL} get pods -l app=${app} -o json`)).items;

  describe('the beginning', () => {
    test('the env file has exactly these lines, and nobody else may read what it points to', () => {
      const file = path.join(session.dir, 'env');
      const said = readFileSync(file, 'utf8')
        .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')
        .replaceAll(/(?<=_TOKEN=)[\w-]+\.[\w-]+\.[\w-]+$/gm, 'JWT');
      expect(said).toBe(
        [
          'export AWS_ENDPOINT_URL=http://HOST',
          `export AWS_CONFIG_FILE=${session.dir}/aws-config`,
          `export AWS_SHARED_CREDENTIALS_FILE=${session.dir}/aws-credentials`,
          'export AWS_REGION=eu-west-1',
          'export AWS_DEFAULT_REGION=eu-west-1',
          `export KUBECONFIG=${session.dir}/kubeconfig`,
          'export PODID_PROFILE=default',
          'export PODID_HUB_REGION=eu-west-1',
          `export PODID_CONFIG=${session.dir}/podid.config.yaml`,
          "export PODID_INSTANCE_METADATA='http://HOST/instances/{region}/{instance}'",
          'export PODID_API=http://HOST',
          'export PODID_ISSUER=http://HOST',
          'export PODID_TOKEN=JWT',
          'export PODID_APPROVER_TOKEN=JWT',
          '',
        ].join('\n'),
      );
      for (const name of ['env', 'aws-credentials', 'aws-config', 'kubeconfig']) {
        expect([name, statSync(path.join(session.dir, name)).mode & 0o077]).toEqual([name, 0]);
      }
    });

    test('the terminal says where it is, how to go on, and five things to try', async () => {
      const { out } = session.printed();
      expect(out).toMatch(/AWS endpoint +http:\/\/127\.0\.0\.1:\d+/);
      expect(out).toContain(`source ${path.relative(ROOT, path.join(session.dir, 'env'))}`);
      expect(out.match(/^ {2}\d {2}/gm)).toHaveLength(5);
    });

    test('each account is a profile, and default is the hub', async () => {
      const accounts = ['default', 'hub', 'payments', 'analytics', 'ledger'].map((profile) =>
        json(`aws --profile ${profile} sts get-caller-identity`).then(({ Account }) => Account),
      );
      expect(await Promise.all(accounts)).toEqual([
        '111111111111',
        '111111111111',
        '222222222222',
        '333333333333',
        '444444444444',
      ]);
    });

    test('the contexts bear the names of the clusters', async () => {
      expect((await ran('kubectl config get-contexts -o name')).trim().split('\n').sort()).toEqual([
        'analytics',
        'payments',
      ]);
      expect(await ran('kubectl --context analytics auth whoami -o jsonpath={.status.userInfo.username}')).toBe(
        'arn:aws:iam::333333333333:user/admin',
      );
    });
  });

  describe('deleting an association', () => {
    let before: string[];
    const credentials = new Map<string, Credentials>();

    /** Runs a command with a pod's credentials, as the pod would. */
    const as = (account: string, command: string) => {
      const { accessKeyId, secretAccessKey, sessionToken } = credentials.get(account) ?? {};
      const exported = `export AWS_ACCESS_KEY_ID='${accessKeyId}' AWS_SECRET_ACCESS_KEY='${secretAccessKey}' AWS_SESSION_TOKEN='${sessionToken}'`;
      return `${exported}\n${command}`;
    };

    beforeAll(async () => {
      before = (await pods('api')).map(({ metadata }) => metadata.uid);
      for (const account of ['api', 'worker']) {
        const answer = await json(`
          POD=$(${KUBECTL} get pods -l app=${account} -o jsonpath='{.items[0].metadata.name}')
          TOKEN=$(${KUBECTL} create token ${account} --audience pods.eks.amazonaws.com --bound-object-kind Pod --bound-object-name $POD)
          aws --profile payments eks-auth assume-role-for-pod-identity --cluster-name payments --token $TOKEN`);
        expect(answer).toMatchObject({
          subject: { namespace: 'checkout', serviceAccount: account },
          podIdentityAssociation: { associationId: expect.stringMatching(/^a-/) },
          assumedRoleUser: { arn: expect.stringMatching(/assumed-role\/checkout-orders\/eks-payments-/) },
        });
        credentials.set(account, answer.credentials);
      }
      const hop = await json(as('api', `aws sts assume-role --role-arn ${HISTORY} --role-session-name hop`));
      const {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
      } = hop.Credentials;
      credentials.set('hop', { accessKeyId, secretAccessKey, sessionToken });
    }, 60_000);

    test('before it, pods are injected as on EKS, and their credentials work', async () => {
      const [pod] = await pods('api');
      const env = pod?.spec.containers[0]?.env.map(({ name, value }) => `${name}=${value}`);
      expect(env).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials');
      expect(pod?.spec.volumes.map(({ name }) => name)).toContain('eks-pod-identity-token');
      expect((await json(as('api', 'aws sts get-caller-identity'))).Account).toBe('222222222222');
      expect((await json(as('api', 'aws dynamodb scan --table-name orders'))).Count).toBe(3);
      expect((await json(as('worker', 'aws dynamodb scan --table-name orders'))).Count).toBe(3);
      expect((await json(as('hop', 'aws dynamodb scan --table-name order-history'))).Count).toBe(1);
    });

    test('every command of the README works as printed', async () => {
      const [until, after] = readmeSession();
      await ran(until);
      // Whoever types needs a moment, too.
      await eventually('the revocation', async () =>
        (await ran('npm run -s podid -- revocations')).includes('checkout/api'),
      );
      const out = await ran(`${after}\nnpm run -s podid -- revocations show --latest --wait`);
      expect(out).toMatch(/^r-[0-9a-f]{12}-1 +\S+ ago +checkout\/api +payments +association-deleted +\S+/m);
      expect(out).toMatch(/^Revocation r-[0-9a-f]{12}-1: revoked-with-residual-access$/m);
    }, 90_000);

    test('then the credentials that were taken are denied, those of the other service account with this role work', async () => {
      expect(await refused(as('api', 'aws dynamodb scan --table-name orders'))).toMatch(
        /AccessDeniedException.* with an explicit deny in an identity-based policy/,
      );
      expect((await json(as('worker', 'aws dynamodb scan --table-name orders'))).Count).toBe(3);
    });

    test('so are sessions that these have opened in another role of another account', async () => {
      expect(await refused(as('hop', 'aws dynamodb scan --table-name order-history'))).toContain('explicit deny');
    });

    test('the pods are others, without Pod Identity', async () => {
      const now = await pods('api');
      expect(now).toHaveLength(3);
      expect(now.filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
      expect(JSON.stringify(now)).not.toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
      expect(JSON.stringify(await pods('worker'))).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
    });

    test('the list and the story, for people and for programs', async () => {
      const { revocations } = await json('npm run -s podid -- revocations -o json');
      expect(revocations).toHaveLength(1);
      expect(revocations[0]).toMatchObject({ outcome: 'revoked-with-residual-access', cause: 'association-deleted' });
      const story = await ran(`npm run -s podid -- revocations show ${revocations[0].id}`);
      expect(story).toMatch(/^Who +arn:aws:iam::222222222222:user\/admin deleted the association a-/m);
      expect(story).toMatch(/role\/checkout-orders: denied/);
      expect(story).toMatch(/role\/order-history: denied/);
      expect(story).toMatch(/Deployment\/api: rolled out \(3 pods\)/);
      expect(story).toMatch(/IrsaFallback: .*role\/checkout-api-irsa/);
      expect(story).toMatch(/NodeRoleReachable: .*role\/payments-node/);
      const told = await json('npm run -s podid -- revocations show --latest -o json');
      expect(JSON.stringify(told)).toContain('IrsaFallback');
      const kinds: string[] = told.journal.map(({ kind }: { kind: string }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['intent', 'accepted', 'presumed-effective', 'outcome']));
    });

    test("every step stands in the execution's history, which begins with the record's id", async () => {
      const { events } = await json(`
        ID=$(npm run -s podid -- revocations -o json | node -p 'JSON.parse(require("fs").readFileSync(0)).revocations[0].id')
        aws stepfunctions get-execution-history --execution-arn arn:aws:states:eu-west-1:111111111111:execution:podid-revoke:$ID`);
      const entered = events.flatMap((event: HistoryEvent) => event.stateEnteredEventDetails?.name ?? []);
      for (const state of [
        'read-associations',
        'plan-cuts',
        'cut-sessions',
        'trace-roles',
        'assess',
        'restart',
        'verify',
        'record',
      ]) {
        expect(entered).toContain(state);
      }
      expect(JSON.parse(events[0].executionStartedEventDetails.input).actor.eventId).toMatch(/^[0-9a-f-]{36}$/);
      expect(events.at(-1).type).toBe('ExecutionSucceeded');
    });

    test('with the same role again, new sessions work and those from before stay denied', async () => {
      await ran(`${EKS} create-pod-identity-association --cluster-name payments --namespace checkout --service-account api \
        --role-arn arn:aws:iam::222222222222:role/checkout-orders`);
      await eventually('the denies bounded', async () =>
        (await ran('npm run -s podid -- revocations')).includes('not-needed'),
      );
      const fresh = await json(`
        ${KUBECTL} rollout restart deployment/api >&2
        ${KUBECTL} rollout status deployment/api --timeout=60s >&2
        # The newest: an old one can still be on its way out.
        POD=$(${KUBECTL} get pods -l app=api --sort-by=.metadata.creationTimestamp -o jsonpath='{.items[-1:].metadata.name}')
        TOKEN=$(${KUBECTL} create token api --audience pods.eks.amazonaws.com --bound-object-kind Pod --bound-object-name $POD)
        aws --profile payments eks-auth assume-role-for-pod-identity --cluster-name payments --token $TOKEN`);
      credentials.set('fresh', fresh.credentials);
      expect((await json(as('fresh', 'aws dynamodb scan --table-name orders'))).Count).toBe(3);
      expect(await refused(as('api', 'aws dynamodb scan --table-name orders'))).toContain('explicit deny');
    }, 90_000);
  });

  describe('kubectl', () => {
    test('logs in through `aws eks update-kubeconfig`', async () => {
      const out = await ran(`
        export KUBECONFIG=$(dirname "$KUBECONFIG")/updated
        aws --profile payments eks update-kubeconfig --name payments
        kubectl get namespaces -o name`);
      expect(out).toContain('namespace/checkout');
    });

    test('describe, annotate, auth can-i', async () => {
      expect(await ran(`${KUBECTL} describe pod worker-0`)).toMatch(/Controlled By: +StatefulSet\/worker/);
      await ran(`${KUBECTL} annotate serviceaccount worker example.com/owner=checkout`);
      expect(await ran(`${KUBECTL} get serviceaccount worker -o jsonpath='{.metadata.annotations}'`)).toContain(
        'checkout',
      );
      expect(await ran(`${KUBECTL} auth can-i delete pods`)).toBe('yes\n');
      expect((await shell(session, `${KUBECTL} auth can-i delete pods --as somebody`)).out).toBe('no\n');
    });

    test('apply, patch, watch, delete', async () => {
      const deployment = `${KUBECTL} create deployment probe --image=registry.example/probe:1 --replicas=2 --dry-run=client -o yaml`;
      await ran(`${deployment} | ${KUBECTL} apply -f - && ${KUBECTL} rollout status deployment/probe --timeout=30s`);
      await ran(`${KUBECTL} patch deployment probe -p '{"spec":{"replicas":1}}'`);
      const seen = await ran(
        `${KUBECTL} delete deployment probe && ${KUBECTL} wait pod -l app=probe --for=delete --timeout=30s`,
      );
      expect(seen).toContain('deployment.apps "probe" deleted');
      expect(await ran(`${KUBECTL} get pods -l app=probe -o name`)).toBe('');
    }, 90_000);

    test('delete waits for the pod to go, though another takes its name', async () => {
      expect(await ran(`timeout 20 ${KUBECTL} delete pod worker-1`)).toContain('pod "worker-1" deleted');
    });

    test('drain evicts, within disruption budgets', async () => {
      const out = await ran(`
        NODE=$(${KUBECTL} get pod worker-0 -o jsonpath={.spec.nodeName})
        kubectl --context payments drain "$NODE" --ignore-daemonsets --timeout=60s
        kubectl --context payments uncordon "$NODE"
        ${KUBECTL} rollout status statefulset/worker --timeout=30s`);
      expect(out).toContain('pod/worker-0 evicted');
    }, 90_000);

    test('what needs running containers says so', async () => {
      expect(await refused(`${KUBECTL} logs worker-0`)).toContain('NotImplemented');
    });
  });

  describe('what goes wrong', () => {
    test('a forged token gets the error that AWS gives', async () => {
      const said = await refused(
        'aws --profile payments eks-auth assume-role-for-pod-identity --cluster-name payments --token eyJh.eyJh.c2ln',
      );
      expect(said).toContain('InvalidTokenException');
    });

    test('a call that is not supported is named', async () => {
      expect(await refused('aws ec2 describe-vpcs')).toMatch(/NotImplemented.*ec2:DescribeVpcs/);
    });

    test('podid says what is wrong in one line', async () => {
      const said = await refused('npm run -s podid -- revocations show r-000000000000-1');
      expect(said).toBe('podid: There is no revocation r-000000000000-1. `podid revocations` lists them.\n');
    });

    test('a port that is taken is named, with the way out; the session that has it goes on', async () => {
      const port = /:(\d+)/.exec(session.printed().out)?.[1] ?? '';
      // The same folder, as a second `npm start` in the same checkout has it.
      const second = await shell(session, `${process.execPath} local/main.ts --port ${port} --dir ${session.dir}`);
      expect({ code: second.code, err: second.err }).toEqual({
        code: 1,
        err: expect.stringMatching(new RegExp(`^podid could not start: .*${port}.*--port.*\n$`)),
      });
      expect(await ran('aws sts get-caller-identity')).toContain('111111111111');
    });
  });

  describe('the end', () => {
    test('until then it has complained about nothing', () => {
      expect(session.printed().err).toBe('');
    });

    test('Ctrl-C ends it within two seconds, and leaves no process', async () => {
      const { code, millis } = await session.interrupt();
      expect(code).toBe(0);
      expect(millis).toBeLessThan(2_000 + SLOW_MACHINE_MILLIS);
      expect(await livingOf(session.pid)).toEqual([]);
      // Whoever waits for the next start's env file must not find this one's.
      expect(existsSync(path.join(session.dir, 'env'))).toBe(false);
    });

    test('Ctrl-C before all is up leaves no process either', async () => {
      const early = startSession();
      try {
        // The bundler and the synthesis run in processes of their own by then.
        while ((await livingOf(early.pid)).length < 2) await readyOrNot();
        await early.interrupt();
        await readyOrNot(500);
        expect(await livingOf(early.pid)).toEqual([]);
      } finally {
        await early.discard();
      }
    });
  });
});

type Pod = {
  metadata: { name: string; uid: string };
  spec: { containers: { env: { name: string; value: string }[] }[]; volumes: { name: string }[] };
};
type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken: string };
type HistoryEvent = { stateEnteredEventDetails?: { name: string } };

/** The process itself gives up after 1.8 s; what more it takes is the machine's doing. */
const SLOW_MACHINE_MILLIS = 1_000;

const readyOrNot = (millis = 50) => new Promise((resolve) => setTimeout(resolve, millis));

/** The commands under "Try it", after their `source`: those up to the deletion, and those after it. */
const readmeSession = (): [until: string, after: string] => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const [, until = '', after = ''] =
    /## Try it[\s\S]*?```sh\nsource .*\n([\s\S]*?delete-pod-identity-association.*\n)([\s\S]*?)```/.exec(readme) ?? [];
  return [until, after];
};
