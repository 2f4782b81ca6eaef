/** A simulated clock: what is to happen, in the order of its time, and of its asking where two have the same. */
export type Clock = {
  now: () => number;
  at: (time: number, what: () => void) => void;
  after: (delay: number, what: () => void) => void;
  /** Until nothing is left to do. @throws Error when it never ends */
  run: () => void;
};

type Task = { readonly time: number; readonly order: number; readonly what: () => void };

export const simulatedClock = (): Clock => {
  const heap: Task[] = [];
  let [now, order] = [0, 0];
  const before = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.time < other.time || (one.time === other.time && one.order < other.order);
  };
  const swap = (a: number, b: number): void => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  };
  const at = (time: number, what: () => void): void => {
    order += 1;
    heap.push({ time: Math.max(time, now), order, what });
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!before(child, parent)) break;
      swap(child, parent);
      child = parent;
    }
  };
  const pop = (): Task | undefined => {
    swap(0, heap.length - 1);
    const first = heap.pop();
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      const child = before(right, left) ? right : left;
      if (!before(child, parent)) break;
      swap(child, parent);
      parent = child;
    }
    return first;
  };
  return {
    now: () => now,
    at,
    after: (delay, what) => at(now + delay, what),
    run: () => {
      for (let steps = 0; heap.length > 0; steps += 1) {
        if (steps > 20_000) throw new Error('the simulation does not come to rest');
        const task = pop();
        now = task?.time ?? now;
        task?.what();
      }
    },
  };
};
