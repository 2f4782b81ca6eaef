/** A preview says beforehand which workloads would need a restart, where the cluster answers. */
import { expect, it } from '@jest/globals';
import type { AskCluster } from '../../../../functions/provisioning/api/pods.ts';
import { PreviewView } from '../../../../functions/provisioning/api/schemas.ts';
import { Failure } from '../../../../functions/runtime/errors.ts';
import { ada, openStage, wish } from './stage.ts';

const previewed = async (askCluster: AskCluster) => {
  const stage = await openStage({ around: (doing) => ({ ...doing, askCluster }) });
  try {
    const { status, body } = await stage.ask(ada, 'POST', '/grants/preview', { body: wish });
    expect(status).toBe(200);
    return PreviewView.parse(body);
  } finally {
    await stage.close();
  }
};

it('names the workloads whose pods have no Pod Identity now', async () => {
  const asked: unknown[] = [];
  const { plan, unread } = await previewed(async ({ input }) => {
    asked.push(input);
    return {
      workloads: [{ workload: { kind: 'Deployment', name: 'api' }, pods: 3 }],
      omitted: 0,
      pods: { before: 3, all: 3 },
      fallback: { nodeRoles: [] },
      warnings: [],
    };
  });
  expect(asked).toEqual([expect.objectContaining({ lacking: true, associated: true })]);
  expect(plan.restarts).toEqual([expect.objectContaining({ workload: 'Deployment/api', pods: 3 })]);
  expect(unread).toEqual([]);
});

it('says so where the cluster does not answer, and is a preview all the same', async () => {
  const { plan, unread } = await previewed(() => Promise.reject(new Failure('ClusterUnreachable', 'no route')));
  expect(plan.restarts).toEqual([]);
  expect(unread).toEqual([{ reason: 'PodsNotRead', sentence: expect.stringMatching(/once it is active\. no route$/) }]);
});
