/** Runs the controllers: a change names what to look at again, a queue without duplicates is worked off between requests. */
import type { KubeObject } from '../objects.ts';
import type { Registry } from '../registry.ts';
import { ApiError } from '../status.ts';
import type { Change } from '../store.ts';

export type Controller = {
  /** The keys (`namespace/name` of what the controller manages) to look at after a change. */
  concerns: (change: Change) => readonly string[];
  /** Moves the world one step towards what the object asks for; called again after each change that results. */
  reconcile: (key: string) => void;
};

export type Tools = {
  registry: Registry;
  /** Writes an Event about an object. */
  event: (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** Runs something later; setting the same timer again keeps the first one. */
  later: (timer: string, millis: number, action: () => void) => void;
  cancel: (timer: string) => void;
};

export type Loop = {
  /** Resolves when the queue is empty; timers may still be running. */
  idle: () => Promise<void>;
  /** Stops the controllers and their timers at once. */
  close: () => void;
};

/** How many steps before other work of the process (requests, watches) gets its turn. */
const BATCH = 50;
const RETRY_MILLIS = 1_000;

export const runControllers = (
  registry: Registry,
  event: Tools['event'],
  makers: Readonly<Record<string, (tools: Tools, again: (key: string) => void) => Controller>>,
): Loop => {
  const timers = new Map<string, NodeJS.Timeout>();
  const queue = new Map<string, () => void>();
  let turn: NodeJS.Immediate | undefined;
  let waiting: (() => void)[] = [];

  const enqueue = (name: string, controller: Controller, key: string): void => {
    queue.set(`${name} ${key}`, () => controller.reconcile(key));
    turn ??= setImmediate(work);
  };

  const work = (): void => {
    turn = undefined;
    let steps = 0;
    for (const [entry, step] of queue) {
      if (steps++ >= BATCH) break;
      queue.delete(entry);
      attempt(entry, step);
    }
    if (queue.size > 0) {
      turn ??= setImmediate(work);
    } else {
      const ready = waiting;
      waiting = [];
      for (const resolve of ready) resolve();
    }
  };

  const attempt = (entry: string, step: () => void): void => {
    try {
      step();
    } catch (error) {
      // The API refused (no service account yet, a namespace that ends): try again, as the real controllers do.
      if (error instanceof ApiError) {
        tools.later(`retry ${entry}`, RETRY_MILLIS, () => {
          queue.set(entry, step);
          turn ??= setImmediate(work);
        });
      } else process.emitWarning(`controller ${entry}: ${error instanceof Error ? error.stack : error}`);
    }
  };

  const tools: Tools = {
    registry,
    event,
    later: (timer, millis, action) => {
      if (timers.has(timer)) return;
      const run = () => {
        timers.delete(timer);
        attempt(timer, action);
      };
      timers.set(timer, setTimeout(run, millis));
    },
    cancel: (timer) => {
      clearTimeout(timers.get(timer));
      timers.delete(timer);
    },
  };

  const controllers = Object.entries(makers).map(([name, make]) => {
    const controller: Controller = make(tools, (key) => enqueue(name, controller, key));
    return { name, controller };
  });
  const stop = registry.store.subscribe((change) => {
    for (const { name, controller } of controllers) {
      for (const key of controller.concerns(change)) enqueue(name, controller, key);
    }
  });

  return {
    idle: () => (turn === undefined ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => {
      stop();
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      queue.clear();
      if (turn !== undefined) clearImmediate(turn);
      for (const resolve of waiting) resolve();
    },
  };
};
