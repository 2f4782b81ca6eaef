/** Boxes on the grid: what they hold, and how they grow. */
import type { Cell, Grid, GridBox } from './grid.ts';

/** How much more may be done: looks at cells, and comparisons that cost about as much. */
export type Work = { left: number };

export const AXES = [0, 1, 2] as const;
export type Axis = (typeof AXES)[number];

export const boxOf = ([cluster, namespace, serviceAccount]: Cell): GridBox => [
  [cluster],
  [namespace],
  [serviceAccount],
];

export const contains = (box: GridBox, cell: Cell): boolean =>
  box[0].includes(cell[0]) && box[1].includes(cell[1]) && box[2].includes(cell[2]);

/** The smallest box that holds these cells; undefined for none. It may hold cells that nobody asked for. */
export const hullOf = (cells: readonly Cell[]): GridBox | undefined =>
  cells.length === 0
    ? undefined
    : [
        [...new Set(cells.map(([cluster]) => cluster))],
        [...new Set(cells.map(([, namespace]) => namespace))],
        [...new Set(cells.map(([, , serviceAccount]) => serviceAccount))],
      ];

/** The box with one more place on an axis; undefined when it would hold a cell that nobody asked for. */
export const grown = (grid: Grid, box: GridBox, axis: Axis, place: number, work: Work): GridBox | undefined => {
  if (box[axis].includes(place)) return box;
  const face = withAxis(box, axis, [place]);
  return isAsked(grid, face, work) ? withAxis(box, axis, [...box[axis], place]) : undefined;
};

/** The smallest box that holds the box and the cell; undefined when it would hold one that nobody asked for. */
export const joined = (grid: Grid, box: GridBox, cell: Cell, work: Work): GridBox | undefined => {
  let all: GridBox | undefined = box;
  for (const axis of AXES) all &&= grown(grid, all, axis, cell[axis], work);
  return all;
};

/** All of them. */
export const cellsOf = ([clusters, namespaces, serviceAccounts]: GridBox): readonly Cell[] =>
  clusters.flatMap((cluster) =>
    namespaces.flatMap((namespace) =>
      serviceAccounts.map((serviceAccount): Cell => [cluster, namespace, serviceAccount]),
    ),
  );

const isAsked = (grid: Grid, [clusters, namespaces, serviceAccounts]: GridBox, work: Work): boolean => {
  for (const cluster of clusters) {
    for (const namespace of namespaces) {
      for (const serviceAccount of serviceAccounts) {
        work.left -= 1;
        if (grid.numberOf([cluster, namespace, serviceAccount]) === undefined) return false;
      }
    }
  }
  return true;
};

const withAxis = (box: GridBox, axis: Axis, places: readonly number[]): GridBox => [
  axis === 0 ? places : box[0],
  axis === 1 ? places : box[1],
  axis === 2 ? places : box[2],
];
