/** JSON from somebody else, which may be none. */

/** The value of a JSON text; undefined when it is none. */
export const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
