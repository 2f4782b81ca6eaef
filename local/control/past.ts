/** What stood before a write, kept for as long as readers still see it: eventual consistency by the cloud's own clock. */
import type { Cloud } from '../contract.ts';
import { type Settings, settingsOf } from './settings.ts';

/** The services whose writes can be seen late. */
export type Late = keyof Settings['visibilityMillis'];

type Past = { readonly writtenAt: number; readonly was: unknown };

/** Keeps what a write is about to change; nothing is copied while the service's writes are seen at once. */
export const keep = (cloud: Cloud, service: Late, key: string, copy: () => unknown): void => {
  if (settingsOf(cloud).visibilityMillis[service] === 0) return;
  const pasts = pastsOf(cloud, service);
  const unseen = (pasts.get(key) ?? []).filter((past) => isUnseen(cloud, service, past));
  pasts.set(key, [...unseen, { writtenAt: cloud.now().getTime(), was: copy() }]);
};

/** What readers see instead of what is there: the state before the oldest write that they don't see yet. */
export const stillSeen = (cloud: Cloud, service: Late, key: string): unknown => {
  const pasts = pastsOf(cloud, service);
  const past = pasts.get(key)?.find((one) => isUnseen(cloud, service, one));
  // All is seen by now: the copies have served.
  if (past === undefined) pasts.delete(key);
  return past?.was;
};

/** Whether any write of the service may be unseen: nearly always not. */
export const hasPast = (cloud: Cloud, service: Late): boolean =>
  settingsOf(cloud).visibilityMillis[service] > 0 && pastsOf(cloud, service).size > 0;

/** A copy that later writes don't reach: of the thing itself, and of the maps and sets in it. */
export const copied = <T extends object>(thing: T): T => {
  const copy = { ...thing };
  for (const [key, value] of Object.entries(copy)) {
    if (value instanceof Map) Reflect.set(copy, key, new Map(value));
    else if (value instanceof Set) Reflect.set(copy, key, new Set(value));
  }
  return copy;
};

/** The same for all things of a map. */
export const copiedMap = <T extends object>(things: ReadonlyMap<string, T>): Map<string, T> =>
  new Map([...things].map(([key, thing]) => [key, copied(thing)]));

const isUnseen = (cloud: Cloud, service: Late, { writtenAt }: Past): boolean =>
  writtenAt + settingsOf(cloud).visibilityMillis[service] > cloud.now().getTime();

const pastsOf = (cloud: Cloud, service: Late): Map<string, readonly Past[]> =>
  cloud.state('control', `past of ${service}`, () => new Map());
