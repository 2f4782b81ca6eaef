/**
 * A digest of the rules that decisions about drift hang on, as code: comments, types and layout don't count. `npm run rules-digest` records it beside
 * `RULES_VERSION`, and a test compares: so that nobody changes a rule and forgets that replay tells decisions apart by the version.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '../..');
const RULES = 'functions/drift/{detect,remedy,reconcile,facets}/**/*.ts';

/** SHA-256 in hexadecimal. @param read A file's text, by its path in the repository */
export const rulesDigest = async (read: (file: string) => string = readInRoot): Promise<string> => {
  const hash = createHash('sha256');
  for (const file of globSync(RULES, { cwd: ROOT }).sort()) {
    const { code } = await transform(read(file), { loader: 'ts', minifyWhitespace: true, legalComments: 'none' });
    hash.update(`${file}\n${code}\n`);
  }
  return hash.digest('hex');
};

export const readInRoot = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

if (process.argv[1] === import.meta.filename) {
  const file = 'functions/drift/replay/rules-version.ts';
  const digest = await rulesDigest();
  writeFileSync(
    path.join(ROOT, file),
    readInRoot(file).replace(/RULES_DIGEST = '[^']*'/, `RULES_DIGEST = '${digest}'`),
  );
  console.log(`${file}: ${digest}`);
}
