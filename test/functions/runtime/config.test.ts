import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { config } from '../../../functions/runtime/config.ts';

const GOOD = {
  hub: { account: '999988887777', region: 'eu-west-1' },
  spokes: [{ name: 'payments', account: '111122223333' }],
};

describe("the hub's configuration", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'podid-config-'));
  afterEach(() => {
    delete process.env.PODID_CONFIG_FILE;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const use = (name: string, text: string) => {
    process.env.PODID_CONFIG_FILE = path.join(folder, name);
    writeFileSync(process.env.PODID_CONFIG_FILE, text);
  };

  it('is read with its defaults, and read once', () => {
    use('good.json', JSON.stringify(GOOD));
    const first = config();
    expect(first).toMatchObject({ hub: GOOD.hub, breaker: { identities: 25 }, revocation: { settleSeconds: 30 } });
    use('good.json', 'changed meanwhile');
    expect(config()).toBe(first);
  });

  it.each([
    ['no-json.json', '{', /no-json\.json can't be read/],
    ['no-config.json', '{"hub":{"account":1}}', /no-config\.json.*hub\.account/],
  ])('says what is wrong with %s', (name, text, message) => {
    use(name, text);
    expect(config).toThrow(
      expect.objectContaining({ name: 'ConfigMalformed', message: expect.stringMatching(message) }),
    );
  });

  it('says that it is missing', () => {
    process.env.PODID_CONFIG_FILE = path.join(folder, 'none.json');
    expect(config).toThrow(
      expect.objectContaining({ name: 'ConfigMalformed', message: expect.stringMatching(/none\.json.*deploy again/) }),
    );
  });
});
