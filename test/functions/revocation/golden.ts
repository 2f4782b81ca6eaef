/** Golden files: what a plan or a story looks like to a reviewer. `UPDATE_GOLDEN=1 npm test …` writes them anew; read the diff. */
import { readFileSync, writeFileSync } from 'node:fs';

/** What the golden file holds; in an update, the text itself after it was written. */
export const golden = (name: string, text: string): string => {
  const file = new URL(`./golden/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, text);
  return readFileSync(file, 'utf8');
};
