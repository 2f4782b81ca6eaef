/** The fixtures of `events/`, each with what its manifest says must follow. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { CHANGE_KINDS } from '../../functions/changes/index.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../events');

const Follows = z.union([
  z.strictObject({ malformed: z.string() }),
  z.strictObject({ kind: z.literal('NoChange'), because: z.string() }),
  z.looseObject({ kind: z.enum(CHANGE_KINDS) }),
]);
const Manifest = z.strictObject({
  $comment: z.string(),
  files: z.record(
    z.string(),
    z.strictObject({ provenance: z.enum(['captured', 'synthetic']), why: z.string().min(1), follows: Follows }),
  ),
});

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));

/** The events that are there, whether the manifest names them or not. */
export const eventFiles = readdirSync(FOLDER).filter((file) => file.endsWith('.json') && file !== 'manifest.json');

export const fixtures = Object.entries(Manifest.parse(read('manifest.json')).files).map(([file, { why, follows }]) => ({
  file,
  why,
  follows,
  event: read(file),
}));

/** One fixture's event, by its file's name without the ending. */
export const fixture = (name: string): unknown => read(`${name}.json`);
