/** A wish from a file: YAML, of which JSON is a part. */
import { parseDocument } from 'yaml';
import { nameOf, readSource } from './source.ts';
import { Told } from './told.ts';

/** @throws Told when the file can't be read, or is no single object of YAML or JSON */
export const readWishFile = async (file: string): Promise<Record<string, unknown>> => {
  const document = parseDocument(await readSource(file));
  const [problem] = document.errors;
  if (problem !== undefined) throw new Told(`${nameOf(file)} is neither YAML nor JSON: ${firstLine(problem.message)}`);
  // Aliases are expanded a hundred times at most: a small file may not become a large wish.
  const value: unknown = expanded(() => document.toJS({ maxAliasCount: 100 }), file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Told(`${nameOf(file)} is no wish: it has no fields. \`podid describe grant ID -o yaml\` shows some.`);
  }
  return Object.fromEntries(Object.entries(value));
};

const expanded = (work: () => unknown, file: string): unknown => {
  try {
    return work();
  } catch (error) {
    throw error instanceof ReferenceError ? new Told(`${nameOf(file)}: ${error.message}`) : error;
  }
};

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
