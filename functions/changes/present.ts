/** Fields that have a value: an absent field and one that is undefined are not the same to everybody. */

export const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
