/** The packed size is a guess; it must at least be right for the records that somebody has published. */
import { describe, expect, it } from '@jest/globals';
import { packedSize } from '../../../../local/services/sts/session-policies.ts';

/** Two sessions of Pod Identity in one cluster (`shared/vectors/cloudtrail.jsonl`), and a federation token with a policy. */
const ofPod = (namespace: string, serviceAccount: string, pod: string) =>
  new Map([
    ['eks-cluster-arn', 'arn:aws:eks:us-west-2:823571991546:cluster/eksworkshop-eksctl'],
    ['eks-cluster-name', 'eksworkshop-eksctl'],
    ['kubernetes-namespace', namespace],
    ['kubernetes-service-account', serviceAccount],
    ['kubernetes-pod-name', pod],
    ['kubernetes-pod-uid', '0cda7f85-c1f9-4dee-b6e9-a0b50c8f3012'],
  ]);
const POLICY = `{
		"Version": "2012-10-17",
		"Statement": [
			{
				"Effect": "Allow",
				"Action": "*",
				"Resource": "*"
			}
		]
	}`;

describe('packedSize', () => {
  it.each([
    ['a pod', undefined, ofPod('ns-a', 'sa1', 'app1'), 56],
    ['a pod of a deployment', undefined, ofPod('app1', 'default', 'app1-v1-56b9f94b4-dvd5c'), 61],
    ['a policy', POLICY, new Map<string, string>(), 4],
    ['nothing', undefined, new Map<string, string>(), undefined],
  ])('%s', (_what, policy, tags, size) => {
    expect(packedSize(policy, tags)).toBe(size);
  });
});
