/** The version of the rules: nobody changes one and forgets it. */
import { expect, it } from '@jest/globals';
import { RULES_DIGEST } from '../../../../functions/drift/replay/index.ts';
import { readInRoot, rulesDigest } from '../../../house/rules-digest.ts';

it('was thought of after the last change of the rules', async () => {
  const digest = await rulesDigest();
  if (digest !== RULES_DIGEST) {
    throw new Error(
      `The rules changed. Raise RULES_VERSION in functions/drift/replay/rules-version.ts if the same snapshot can be decided otherwise now; then, in any case, record their digest with \`npm run rules-digest\` (${digest}).`,
    );
  }
});

it('another rule has another digest; another comment, type or layout has not', async () => {
  const changed = (text: string, to: string) =>
    rulesDigest((file) =>
      file.endsWith('reconcile/settle.ts') ? readInRoot(file).replace(text, to) : readInRoot(file),
    );
  const [now, comment, type, layout, rule] = await Promise.all([
    rulesDigest(),
    changed('/** After a write of ours. */', '/** Once we have written. */\n'),
    changed('before: Changing | undefined', 'before: undefined | Changing'),
    changed('settleSeconds * 1000', '(\n  settleSeconds\n) * 1000'),
    changed('settleSeconds * 1000', 'settleSeconds * 999'),
  ]);
  expect([comment, type, layout]).toEqual([now, now, now]);
  expect(rule).not.toBe(now);
});
