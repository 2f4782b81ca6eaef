/** The fleet file's JSON schema, for editors and for people: `fleet.schema.json` beside this file. Run as a program it writes that file. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { Fleet } from './schema.ts';

export const SCHEMA_FILE = path.join(import.meta.dirname, 'fleet.schema.json');

/** What a person writes: fields with a default may be left out. */
export const fleetJsonSchema = (): string => {
  const { $schema, ...schema } = z.toJSONSchema(Fleet, { io: 'input' });
  const about = { $schema, title: 'A fleet of the local cloud', description: 'For `npm start -- --fleet FILE`.' };
  return `${JSON.stringify({ ...about, ...schema }, undefined, 2)}\n`;
};

if (process.argv[1] === import.meta.filename) writeFileSync(SCHEMA_FILE, fleetJsonSchema());
