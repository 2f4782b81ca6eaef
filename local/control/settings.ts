/** What the local cloud can be told to do as the real one does: be late, and be slow to serve. */
import * as z from 'zod';
import type { Cloud } from '../contract.ts';

const Millis = z.int().min(0).max(3_600_000);

/** What isn't given is as at the start: everything is seen at once, nothing is throttled. */
export const Settings = z.strictObject({
  /** How long after a write its readers, and whoever authorizes by what was written, still see what was before. */
  visibilityMillis: z.strictObject({ iam: Millis.default(0), eks: Millis.default(0) }).prefault({}),
  /** `aws`: at the rates of `rates.ts`. */
  throttling: z.enum(['off', 'aws']).default('off'),
});
export type Settings = Readonly<z.output<typeof Settings>>;

/** The settings as they are now. */
export const settingsOf = (cloud: Cloud): Settings => held(cloud).settings;

/** Changes them; what is under way goes on as it began. */
export const changeSettings = (cloud: Cloud, settings: Settings): void => {
  held(cloud).settings = settings;
};

const held = (cloud: Cloud): { settings: Settings } =>
  cloud.state('control', 'settings', () => ({ settings: Settings.parse({}) }));
