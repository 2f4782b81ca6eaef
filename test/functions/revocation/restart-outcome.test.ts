import { expect, it } from '@jest/globals';
import { type Answer, outcomeOf } from '../../../functions/revocation/restart-outcome.ts';
import type { RestartStep } from '../../../functions/revocation/restart-step.ts';
import { pod } from './pod-facts.ts';

const workload = { kind: 'Deployment', name: 'api' } as const;
const evict: RestartStep = { do: 'Evict', pods: [pod('a'), pod('b')], because: 'paused' };
const refused: Answer = { done: 'refused', because: 'a budget refuses' };
const forbidden: Answer = { done: 'forbidden', because: 'may not' };

it.each<[title: string, step: RestartStep, answers: Answer[], expected: [string, number, string | undefined]]>([
  ['a plan without writes', { do: 'Wait', because: 'under way' }, [], ['Wait', 3, 'under way']],
  ['Done', { do: 'Done' }, [], ['Done', 3, undefined]],
  ['a rollout that was told', { do: 'Roll' }, [{ done: 'told' }], ['Roll', 3, undefined]],
  ['a rollout that somebody else told', { do: 'Roll' }, [refused], ['Wait', 3, 'a budget refuses']],
  ['a rollout that is not allowed', { do: 'Roll' }, [forbidden], ['LeaveAlone', 3, 'may not']],
  ['all evicted', evict, [{ done: 'told' }, { done: 'gone' }], ['Evict', 2, 'paused']],
  ['some evicted', evict, [{ done: 'told' }, refused], ['Evict', 1, 'paused; a budget refuses']],
  ['none evicted', evict, [refused, refused], ['Wait', 3, 'a budget refuses']],
  ['one refused, one not allowed', evict, [forbidden, refused], ['Wait', 3, 'may not']],
])('%s', (_, step, answers, [name, pods, because]) => {
  expect(outcomeOf(workload, step, answers, 3)).toEqual({
    workload,
    step: name,
    pods,
    ...(because !== undefined && { because }),
  });
});

it('keeps a reason short: a hundred of them have to fit into a state of 256 KiB', () => {
  const { because = '' } = outcomeOf(workload, { do: 'Wait', because: 'x'.repeat(5_000) }, [], 1);
  expect(because.length).toBeLessThanOrEqual(300);
});
