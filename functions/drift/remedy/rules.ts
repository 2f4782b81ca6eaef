/** What the configuration says about differences, compiled once for many objects. Pure. */
import type { Config } from '../../config.ts';
import { DriftSettings, type Exception } from '../../drift-settings.ts';
import { type ExceptionFor, exceptionsOf } from './exceptions.ts';
import { type ModeOf, modesOf } from './modes.ts';
import { type ClosedUntil, windowsOf } from './windows.ts';

export type Rules = {
  readonly settings: DriftSettings;
  readonly modeOf: ModeOf;
  readonly exceptionFor: ExceptionFor;
  readonly closedUntil: ClosedUntil;
};

/** @param recorded Exceptions that people made since, beside those of the configuration */
export const rulesOf = (config: Pick<Config, 'spokes' | 'drift'>, recorded: readonly Exception[] = []): Rules => {
  const settings = config.drift ?? DriftSettings.parse({});
  return {
    settings,
    modeOf: modesOf(config, settings.modes),
    exceptionFor: exceptionsOf([...settings.exceptions, ...recorded]),
    closedUntil: windowsOf(settings.windows),
  };
};
