/** How many characters the statement of a box has, without writing it. */
import { requestTag } from '../../../abac/index.ts';
import { clusterArn } from '../../../identity.ts';
import { anyClusterOf, type Through, writeStatement } from '../statement.ts';
import { grown, type Work } from './boxes.ts';
import type { Grid, GridBox } from './grid.ts';
import type { Names } from './names.ts';

/** How long the statement of a box is, its Sid left aside, with the comma before it. */
export type Lengths = (box: GridBox, work: Work) => Written;

/** The box as it is written: it may hold more clusters, so that its conditions are shorter, all of them asked for. */
export type Written = { readonly length: number; readonly box: GridBox };

/** For the boxes of this grid. */
export const lengthsOn = (grid: Grid, through: Through): Lengths => {
  const empty = { account: '', region: '', cluster: '' };
  const bare = writeStatement({ clusters: [empty], namespaces: [''], serviceAccounts: [''] }, through, '');
  // The comma before it, but neither the empty ARN nor the quotation marks of three empty names.
  const skeleton = 1 + JSON.stringify(bare).length - clusterArn(empty).length - 3 * 2;
  const nameKey = `"${requestTag('eks-cluster-name')}":,`.length;
  const arnLengths = grid.regions.map((region) => anyClusterOf(region).length - 1);

  const asArns = (clusters: readonly number[]): number => {
    let [count, characters] = [0, 0];
    for (const place of clusters) {
      const { refs = [], names: name = -1, region = -1 } = grid.clusters[place] ?? {};
      count += refs.length;
      characters += (arnLengths[region] ?? 0) * refs.length + (grid.clusterNames[name]?.characters ?? 0);
    }
    return listLength(count, characters);
  };
  const asProduct = (clusters: readonly number[]) => {
    const chosen = new Set(clusters.map((place) => grid.clusters[place]?.names ?? -1));
    const regions = new Set(clusters.map((place) => grid.clusters[place]?.region ?? -1));
    const prefixes = [...regions].reduce((sum, region) => sum + (arnLengths[region] ?? 0) + 1, 0);
    return {
      length: nameKey + listLength(regions.size, prefixes) + placesLength(grid.clusterNames, chosen),
      chosen,
      regions,
    };
  };
  return (box, work) => {
    const [clusters, namespaces, serviceAccounts] = box;
    const others =
      skeleton + placesLength(grid.namespaces, namespaces) + placesLength(grid.serviceAccounts, serviceAccounts);
    const arns = asArns(clusters);
    const product = asProduct(clusters);
    work.left -= clusters.length;
    if (product.length >= arns) return { length: others + arns, box };
    const filled = fill(grid, box, product.chosen, product.regions, work);
    return filled === undefined ? { length: others + arns, box } : { length: others + product.length, box: filled };
  };
};

/** What names add to a statement that has none of them, at the least: in a list that is there already. */
export const lengthAdded = ({ texts, characters }: Names): number => characters + 3 * texts.length;

/** The box with each of these names in each of these regions; undefined when that is more than was asked for. */
const fill = (
  grid: Grid,
  box: GridBox,
  names: ReadonlySet<number>,
  regions: ReadonlySet<number>,
  work: Work,
): GridBox | undefined => {
  if (names.size * regions.size === box[0].length) return box;
  let all: GridBox | undefined = box;
  for (const name of names) {
    for (const region of regions) {
      const place = grid.clusterAt(name, region);
      if (place === undefined) return undefined;
      all &&= grown(grid, all, 0, place, work);
    }
  }
  return all;
};

const placesLength = (names: readonly Names[], places: Iterable<number>): number => {
  let [count, characters] = [0, 0];
  for (const place of places) {
    count += names[place]?.texts.length ?? 0;
    characters += names[place]?.characters ?? 0;
  }
  return listLength(count, characters);
};

/** Of `["a","b"]`, or of `"a"` alone; names need no escapes. */
const listLength = (count: number, characters: number): number => characters + 3 * count + (count === 1 ? -1 : 1);
