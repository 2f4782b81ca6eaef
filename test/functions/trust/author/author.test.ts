import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { author, coverStatements, DoesNotFit, isOurs, NotExact } from '../../../../functions/trust/author/index.ts';
import type { Wish } from '../../../../functions/trust/author/wish.ts';
import { admits, podIdentity } from '../../../../functions/trust/reach/index.ts';
import { ACCOUNT, role } from './random.ts';

type Row = Omit<Wish, 'identities' | 'role'> & {
  readonly why: string;
  /** `region/cluster/namespace/service-account`, with `account:` before it where it isn't 111122223333. */
  readonly identities: readonly string[];
  readonly role?: Wish['role'];
};

const rowsOf = <T>(file: string): ReadonlyArray<Row & T> =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));

const identityOf = (text: string) => {
  const [, account = ACCOUNT, region = '', cluster = '', namespace = '', serviceAccount = ''] =
    /^(?:(\d+):)?([^/]*)\/([^/]*)\/([^/]*)\/(.*)$/.exec(text) ?? [];
  return { account, region, cluster, namespace, serviceAccount };
};

const wishOf = ({ why: _why, identities, ...rest }: Row): Wish => ({
  role,
  ...rest,
  identities: identities.map(identityOf),
});

const errorOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

const clusters = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, number) =>
    identityOf(`eu-west-1/${prefix}${String(number).padStart(3, '0')}/payments/api`),
  );

const unrelated = (count: number) =>
  Array.from({ length: count }, (_, number) =>
    identityOf(`eu-west-1/cluster-${number}/namespace-${number}/service-account-${number}`),
  );

describe('author', () => {
  it.each(rowsOf<{ readonly document: unknown }>('./documents.json'))('$why', (row) => {
    const { document, text, characters, minimal } = author(wishOf(row));
    expect(document).toEqual(row.document);
    expect(text).toBe(JSON.stringify(row.document));
    expect(characters).toBe(text.length);
    expect(minimal).toBe(true);
  });

  it.each(rowsOf<{ readonly error: string; readonly says: string; readonly stranger?: boolean }>('./refusals.json'))(
    'refuses: $why',
    (row) => {
      const wish = wishOf(row);
      const error = errorOf(() => author(wish));
      expect(error).toMatchObject({ name: row.error, message: expect.stringContaining(row.says) });
      if (error instanceof NotExact) {
        const { witness } = error;
        expect(wish.identities.some((each) => JSON.stringify(each) === JSON.stringify(witness))).toBe(!row.stranger);
      }
    },
  );

  it('says 100 clusters of a region in about 2,300 characters', () => {
    const wish = { identities: clusters(100, 'payments-pro-'), role };
    expect(author({ ...wish, quota: 4096 })).toMatchObject({ characters: 2309, statements: 1, minimal: true });
    expect(errorOf(() => author(wish))).toMatchObject({ name: 'DoesNotFit', quota: 2048, by: 261 });
  });

  it('chooses the same of several shortest, whatever the order of the wish', () => {
    const ties = 'x/a/p x/a/r y/a/r x/a/s y/a/s x/b/q y/b/r y/c/p x/c/q y/c/q y/c/s x/d/p y/d/p x/d/r y/d/r'.split(' ');
    const wish = ties.map((rest) => identityOf(`eu-west-1/${rest}`));
    expect(coverStatements(wish.toReversed(), role)).toEqual(coverStatements(wish, role));
  });

  it('fits five unrelated service accounts, and splits more of them over roles', () => {
    expect(author({ identities: unrelated(5), role }).statements).toBe(5);
    const error = errorOf(() => author({ identities: unrelated(12), role }));
    expect(error).toBeInstanceOf(DoesNotFit);
    if (!(error instanceof DoesNotFit)) return;
    expect(error.split?.map(({ identities }) => identities.length)).toEqual([5, 5, 2]);
    expect(error.message).toBe(
      `The trust policy has ${error.characters} characters, ${error.by} over the quota of 2048. Use 3 roles, with 2 to 5 service accounts each, or raise the quota "Role trust policy length".`,
    );
  });

  it('leaves the foreign statements with the first role of a split, and fills it less', () => {
    const foreign = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const into = {
      Version: '2012-10-17',
      Statement: Array.from({ length: 8 }, (_, n) => ({ Sid: `Ec2x${n}`, ...foreign })),
    };
    const error = errorOf(() => author({ identities: unrelated(7), role, into }));
    if (!(error instanceof DoesNotFit)) throw error;
    expect(error.split?.map(({ identities }) => identities.length)).toEqual([3, 4]);
    expect(
      error.split?.map(({ authored }) => authored.document.Statement.filter((each) => !isOurs(each)).length),
    ).toEqual([8, 0]);
  });

  it('gives all to new roles when a foreign statement admits one whom the split gives to another', () => {
    const identities = unrelated(9);
    const [last] = coverStatements(identities.slice(8), role).statements;
    const into = { Version: '2012-10-17', Statement: [{ ...last, Sid: 'ByHand' }] };
    const error = errorOf(() => author({ identities, role, into }));
    if (!(error instanceof DoesNotFit)) throw error;
    const parts = error.split ?? [];
    expect(parts.map((part) => part.authored.document.Statement.every(isOurs))).toEqual([true, true]);
    expect(parts.flatMap((part) => part.identities).length).toBe(9);
  });

  it('proposes no split when one service account is too much', () => {
    const error = errorOf(() => author({ identities: unrelated(1), role, quota: 300 }));
    expect(error).toMatchObject({ name: 'DoesNotFit', split: undefined });
    expect(error).toMatchObject({ message: expect.stringContaining('One service account alone is too much') });
  });

  it('cuts a list that is too long for one role', () => {
    const identities = clusters(300, 'cluster-');
    const error = errorOf(() => author({ identities, role }));
    if (!(error instanceof DoesNotFit)) throw error;
    expect(error.split?.map((part) => part.identities.length)).toEqual([100, 100, 100]);
    expect(error.split?.map((part) => part.authored.statements)).toEqual([1, 1, 1]);
  });

  it('answers for a thousand, and says that it is not proven', () => {
    const identities = Array.from({ length: 1000 }, (_, n) =>
      identityOf(`eu-west-1/c${(n * n) % 31}/n${(n * 7) % 29}/s${(n * 13) % 23}`),
    );
    const error = errorOf(() => author({ identities, role }));
    if (!(error instanceof DoesNotFit)) throw error;
    const parts = error.split ?? [];
    expect(new Set(parts.flatMap((part) => part.identities.map((each) => JSON.stringify(each)))).size).toBe(
      new Set(identities.map((each) => JSON.stringify(each))).size,
    );
    for (const { authored } of parts) expect(authored.characters).toBeLessThanOrEqual(2048);
    expect(coverStatements(identities, role).minimal).toBe(false);
  });
});

describe('coverStatements', () => {
  it('takes Sids that are free', () => {
    const { statements } = coverStatements(unrelated(3), role, { sidsTaken: new Set(['Podid', 'Podid3']) });
    expect(statements.map(({ Sid }) => Sid)).toEqual(['Podid2', 'Podid4', 'Podid5']);
    expect(statements.every(isOurs)).toBe(true);
  });

  it('has nothing to say about nobody', () => {
    expect(coverStatements([], role)).toEqual({ statements: [], minimal: true });
  });

  it('writes statements that admit what they should', () => {
    const identities = unrelated(2);
    const policy = parsePolicy({ Version: '2012-10-17', Statement: coverStatements(identities, role).statements });
    const [a, b] = identities;
    if (a === undefined || b === undefined) throw new Error('there are two');
    const asked = [a, b, { ...a, namespace: b.namespace }];
    expect(asked.map((each) => admits(policy, podIdentity(role), each).admitted)).toEqual([true, true, false]);
  });
});

describe('isOurs', () => {
  it.each([
    [{ Sid: 'Podid' }, true],
    [{ Sid: 'Podid12' }, true],
    [{ Sid: 'PodidSessionDeny' }, false],
    [{ Sid: 'podid' }, false],
    [{ Sid: 'xPodid' }, false],
    [{ Effect: 'Allow' }, false],
    [{ Sid: 5 }, false],
    [null, false],
    ['Podid', false],
  ])('%j: %s', (statement, ours) => {
    expect(isOurs(statement)).toBe(ours);
  });
});
