/** Durations: as kubectl writes an age (apimachinery, pkg/util/duration), and as Go reads one. */

/** Milliseconds as `45s`, `5m3s`, `12m`, `3h4m`, `8h`, `2d3h`, `9d`, `2y5d`. */
export const humanDuration = (millis: number): string => {
  const seconds = Math.floor(millis / 1_000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
};

const two = (large: number, unit: string, small: number, below: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${below}`;

/** Go's durations: `1h2m3.5s`, `300ms`. Undefined when it isn't one. */
export const parseDuration = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const units: { [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, value = '0', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(value) * (units[unit] ?? 0);
  }
  // A timer's limit: 2^31 - 1 ms.
  return Math.min(total, 2_147_483_647);
};
