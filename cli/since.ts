/** Spans of time as people type them: `90s`, `10m`, `3h`, `2d`. */
import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. @throws InvalidArgumentError */
export const millisFrom = (text: string): number => {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (count === undefined || size === undefined)
    throw new InvalidArgumentError('A span of time is 90s, 10m, 3h or 2d.');
  return Number(count) * size;
};
