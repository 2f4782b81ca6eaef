import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { identityKey, type WorkloadIdentity } from '../../../../../functions/identity.ts';
import { boxOf, joined } from '../../../../../functions/trust/author/cover/boxes.ts';
import { disjoint, greedy } from '../../../../../functions/trust/author/cover/greedy.ts';
import { gridOf, namesIn } from '../../../../../functions/trust/author/cover/grid.ts';
import { improved } from '../../../../../functions/trust/author/cover/improve.ts';
import { lengthsOn } from '../../../../../functions/trust/author/cover/lengths.ts';
import { type Box, writeStatement } from '../../../../../functions/trust/author/statement.ts';
import { ACCOUNT, wishes } from '../random.ts';

const WORK = 1_000_000;

const identitiesIn = ({ clusters, namespaces, serviceAccounts }: Box): string[] =>
  clusters.flatMap((cluster) =>
    namespaces.flatMap((namespace) =>
      serviceAccounts.map((serviceAccount) => identityKey({ ...cluster, namespace, serviceAccount })),
    ),
  );

describe('boxes', () => {
  it('are as long as their statements', () => {
    fc.assert(
      fc.property(
        wishes,
        fc.constantFrom({}, { sourceRoleArn: 'arn:aws:iam::111122223333:role/a' }),
        (identities, through) => {
          const grid = gridOf(identities);
          const lengths = lengthsOn(grid, through);
          for (const box of greedy(grid, lengths, { left: WORK })) {
            const written = lengths(box, { left: WORK });
            const text = JSON.stringify(writeStatement(namesIn(grid, written.box), through, ''));
            expect(written.length).toBe(`,${text}`.length);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('hold together exactly the identities, by whichever way they were found; the disjoint ones each of them once', () => {
    fc.assert(
      fc.property(wishes, fc.constantFrom(WORK, 100), (identities, work) => {
        const grid = gridOf(identities);
        const lengths = lengthsOn(grid, {});
        const keys = identities.map(identityKey).toSorted();
        const apart = disjoint(grid, lengths, { left: WORK });
        expect(apart.flatMap((box) => identitiesIn(namesIn(grid, box))).toSorted()).toEqual(keys);
        const cover = greedy(grid, lengths, { left: work });
        for (const boxes of [cover, improved(grid, cover, lengths, { left: work })]) {
          const all = boxes.flatMap((box) => identitiesIn(namesIn(grid, lengths(box, { left: WORK }).box)));
          expect([...new Set(all)].toSorted()).toEqual(keys);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are written with clusters that other statements hold too, where names and regions are shorter then', () => {
    const names = ['a', 'b', 'c'];
    const identities = ['eu-west-1', 'us-east-1'].flatMap((region) =>
      names.map((cluster) => identity(region, cluster)),
    );
    const grid = gridOf([...identities, { ...identity('eu-west-1', 'a'), namespace: 'other' }]);
    const lengths = lengthsOn(grid, {});
    const wanted = grid.cells.filter((cell) => namesIn(grid, boxOf(cell)).namespaces.includes('x'));
    const isA = ({ clusters: [first] }: Box): boolean => first?.cluster === 'a' && first.region === 'eu-west-1';
    const [first, ...others] = wanted.filter((cell) => !isA(namesIn(grid, boxOf(cell))));
    if (first === undefined) throw new Error('nobody is left');
    const box = others.reduce((all, cell) => joined(grid, all, cell, { left: WORK }) ?? all, boxOf(first));
    expect(identitiesIn(namesIn(grid, box)).length).toBe(5);
    const written = lengths(box, { left: WORK });
    expect(identitiesIn(namesIn(grid, written.box)).toSorted()).toEqual(identities.map(identityKey).toSorted());
  });
});

const identity = (region: string, cluster: string): WorkloadIdentity => ({
  account: ACCOUNT,
  region,
  cluster,
  namespace: 'x',
  serviceAccount: 's',
});
