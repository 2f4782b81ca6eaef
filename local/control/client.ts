/** The control endpoint's client, for tests and rehearsals. */
import type { FaultWish } from './fault-rule.ts';
import type { Fault } from './faults.ts';
import type { Settings } from './settings.ts';

export type SettingsWish = {
  readonly visibilityMillis?: Partial<Settings['visibilityMillis']>;
  readonly throttling?: Settings['throttling'];
};

export type Control = {
  readonly settings: () => Promise<Settings>;
  /** What isn't given goes back to what it is at the start. */
  readonly change: (wish: SettingsWish) => Promise<Settings>;
  readonly faults: () => Promise<readonly Fault[]>;
  readonly post: (rule: FaultWish) => Promise<Fault>;
  /** One of them, or all. */
  readonly remove: (id?: string) => Promise<void>;
};

/**
 * The client for a cloud's endpoint: `controlOf(cloud.endpoint).change({ throttling: 'aws' })`. Each call throws an Error with the endpoint's
 * own sentence when it is refused.
 */
export const controlOf = (endpoint: string): Control => {
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${endpoint}/_podid${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    const value: unknown = text === '' ? undefined : JSON.parse(text);
    if (answer.ok) return value;
    throw new Error((value as { readonly message: string }).message);
  };
  // The endpoint answers in these types; it and its client are of one build.
  return {
    settings: async () => (await ask('GET', '/settings')) as Settings,
    change: async (wish) => (await ask('PUT', '/settings', wish)) as Settings,
    faults: async () => ((await ask('GET', '/faults')) as { readonly faults: readonly Fault[] }).faults,
    post: async (rule) => (await ask('POST', '/faults', rule)) as Fault,
    remove: async (id) => {
      await ask('DELETE', id === undefined ? '/faults' : `/faults/${id}`);
    },
  };
};
