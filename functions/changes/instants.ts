/** Times as CloudTrail writes them: ISO text, seconds since 1970, or the text of a US locale. */

// "May 31, 2023 4:56:44 AM": IAM's responses. Newer JDKs put a narrow no-break space before AM and PM, or a comma after the year.
const LOCALE = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}:\d{2})\s([AP])M$/u;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/;
// As seconds, this is the year 5138; as milliseconds, 1973: no association is as old or as young.
const LARGEST_SECONDS = 1e11;

/** The instant as ISO text in UTC with milliseconds, or undefined when the value is no time that we can read. */
export const readInstant = (value: unknown): string | undefined => {
  const millis =
    typeof value === 'number' ? fromNumber(value) : typeof value === 'string' ? fromText(value) : Number.NaN;
  // Outside the years 0 to 9999 the text order of ISO times is no longer their order.
  return millis >= 0 && millis < 253_402_300_800_000 ? new Date(millis).toISOString() : undefined;
};

const fromNumber = (value: number): number => Math.round(value < LARGEST_SECONDS ? value * 1000 : value);

const fromText = (text: string): number => {
  if (ISO.test(text)) return Date.parse(text);
  if (/^\d{9,13}(\.\d+)?$/.test(text)) return fromNumber(Number(text));
  const [, month = '', day, year, hour, rest, half] = LOCALE.exec(text) ?? [];
  // Not handed to Date as it is: that would read it in the machine's zone, and CloudTrail's times are UTC.
  const hour24 = (Number(hour) % 12) + (half === 'P' ? 12 : 0);
  return Date.parse(`${year}-${twoDigits(MONTHS.indexOf(month) + 1)}-${twoDigits(day)}T${twoDigits(hour24)}:${rest}Z`);
};

const twoDigits = (value: unknown): string => String(value).padStart(2, '0');
