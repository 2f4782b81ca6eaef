/** Events from a file: one as JSON, an array of them, or one a line. Pure. */

/** An event, or why what stands there is none. */
export type Read = { readonly event: unknown } | { readonly error: string };

/** What is no JSON is told where it stands, and the rest goes on. */
export const eventsIn = (text: string): Read[] => {
  const whole = parsed(text);
  if ('event' in whole) return Array.isArray(whole.event) ? whole.event.map((event: unknown) => ({ event })) : [whole];
  const lines = text.split(/\r?\n/).flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]));
  const read = lines.map(({ line, number }) => ({ number, ...parsed(line) }));
  // Where no line is JSON, the file was meant as one value, and its own error says more.
  if (!read.some((each) => 'event' in each)) return [{ error: `the text is no JSON: ${whole.error}` }];
  return read.map((each) =>
    'event' in each ? { event: each.event } : { error: `line ${each.number} is no JSON: ${each.error}` },
  );
};

const parsed = (text: string): Read => {
  try {
    const event: unknown = JSON.parse(text);
    return { event };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
};
