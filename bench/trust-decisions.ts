/** Decisions a second, against @cloud-copilot/iam-simulate in the same run: the same policies, identities and keys, the same answers. */
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate';
import { clusterArn, type WorkloadIdentity } from '../functions/identity.ts';
import { type PolicyDocument, parsePolicy } from '../functions/policy/index.ts';
import { admits, admitter, podIdentity } from '../functions/trust/reach/index.ts';
import { markdown, spread } from './figures.ts';
import { ACCOUNT, cases, ORGANIZATION, ROLE, SHAPES, type WrittenPolicy } from './trust-mix.ts';

const POLICIES = 1_200;
const ROUNDS = 5;
const ROUND_MS = 1_500;

export const decisions = (): void => {
  const request = podIdentity({ ...ROLE, context: { 'aws:SourceOrgID': ORGANIZATION } });
  const questions = cases(POLICIES).flatMap(({ policy, asked }): Question[] => {
    // Parsed once: ours to its form, theirs to JSON and then to the form of a named policy, which is all that it keeps.
    const parsed = parsePolicy(policy, { kind: 'trust' });
    const [isAdmitted, named] = [admitter(parsed, request), namedForOracle(policy)];
    return asked.map((identity) => ({ parsed, isAdmitted, named, identity }));
  });
  const engines: Record<string, (question: Question) => boolean> = {
    '`admitter`: yes or no': ({ isAdmitted, identity }) => isAdmitted(identity) === true,
    '`admits`: with the reason': ({ parsed, identity }) => admits(parsed, request, identity).admitted === true,
    'iam-simulate `runUnsafeSimulation`': ({ named, identity }) => isAllowed(named, identity),
  };
  const answers = questions.map((question) => Object.values(engines).map((answer) => answer(question)));
  const differing = answers.filter((each) => new Set(each).size > 1).length;
  const admitted = answers.filter(([first]) => first).length;

  const rates = Object.entries(engines).map(([name, answer]) => ({ name, answer, rates: [] as number[] }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const engine of rates) engine.rates.push(perSecond(questions, engine.answer));
  }
  const oracle = spread(rates.at(-1)?.rates ?? []).median;
  console.log(
    `Decisions: ${questions.length} questions to ${POLICIES} policies, ${admitted} admitted, ${differing} answered differently. Both actions, context built for each question, policies parsed once; median of ${ROUNDS} rounds in turns\n`,
  );
  console.log(
    markdown(
      ['', 'decisions a second', 'slowest and fastest round', 'ratio'],
      rates.map(({ name, rates: each }) => {
        const { min, median, max } = spread(each);
        return [name, rate(median), `${rate(min)}–${rate(max)}`, (median / oracle).toFixed(0)];
      }),
    ),
  );
  console.log(`\nThe mix:\n`);
  console.log(
    markdown(
      ['of twelve', 'policies'],
      SHAPES.map(({ of12, about }) => [String(of12), about]),
    ),
  );
  console.log();
};

type Question = {
  readonly parsed: PolicyDocument;
  readonly isAdmitted: (identity: WorkloadIdentity) => boolean | 'undecided';
  readonly named: ReturnType<typeof namedForOracle>;
  readonly identity: WorkloadIdentity;
};

/** Goes round until the time is over. */
const perSecond = (questions: readonly Question[], answer: (question: Question) => boolean): number => {
  const start = performance.now();
  let asked = 0;
  while (true) {
    for (const question of questions) {
      answer(question);
      asked += 1;
      if (asked % 32 === 0 && performance.now() - start > ROUND_MS)
        return asked / ((performance.now() - start) / 1_000);
    }
  }
};

const rate = (value: number): string => Math.round(value).toLocaleString('en');

/** Given bare, a resource policy has no name and the oracle throws on it: this is its own form of a named one. */
const namedForOracle = (policy: WrittenPolicy) => ({
  __validated: true as const,
  policyDocument: policy,
  metadata: { name: 'trust' },
  errors: [],
});

const isAllowed = (resourcePolicy: ReturnType<typeof namedForOracle>, identity: WorkloadIdentity): boolean => {
  const contextVariables = {
    'aws:RequestTag/eks-cluster-arn': clusterArn(identity),
    'aws:RequestTag/eks-cluster-name': identity.cluster,
    'aws:RequestTag/kubernetes-namespace': identity.namespace,
    'aws:RequestTag/kubernetes-service-account': identity.serviceAccount,
    'aws:SourceArn': clusterArn(identity),
    'aws:SourceAccount': ACCOUNT,
    'aws:SourceOrgID': ORGANIZATION,
    'aws:RequestedRegion': identity.region,
  };
  return ['sts:AssumeRole', 'sts:TagSession'].every(
    (action) =>
      runUnsafeSimulation(
        {
          request: {
            principal: 'pods.eks.amazonaws.com',
            action,
            resource: { resource: `arn:${ROLE.partition}:iam::${ACCOUNT}:role/app`, accountId: ACCOUNT },
            contextVariables,
          },
          identityPolicies: [],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
          resourcePolicy,
        },
        {},
      ) === 'Allowed',
  );
};
