/** How kubectl writes an age (apimachinery, pkg/util/duration). */

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
