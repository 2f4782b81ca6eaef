/** What the clocks of a time zone show. Pure: the zones are the runtime's. */

/** A zone's clock. @throws RangeError when there is no such zone */
export const zoneClock = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });

/** How far a clock is ahead of UTC at an instant (a whole second), in milliseconds. */
export const offsetAt = (clock: Intl.DateTimeFormat, millis: number): number => {
  const parts = new Map(clock.formatToParts(new Date(millis)).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - millis;
};
