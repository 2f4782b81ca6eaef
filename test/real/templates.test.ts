/** The templates before cfn-lint, which knows CloudFormation's own schemas. Needs `cfn-lint` (pip) on the PATH. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { configuration, synthesize } from '../infra/fixture.ts';

const CONFIG = path.resolve(import.meta.dirname, '../../infra/cfnlint.yaml');
const here = spawnSync('cfn-lint', ['--version']).status === 0;

(here ? test : test.skip)('cfn-lint has nothing to say', () => {
  const files = synthesize(configuration()).map(({ templateFile }) => templateFile);
  expect(files.length).toBeGreaterThan(2);
  const { status, stdout } = spawnSync('cfn-lint', ['--config-file', CONFIG, '--', ...files], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
