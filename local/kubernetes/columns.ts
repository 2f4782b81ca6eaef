/** The columns of each kind's table (pkg/printers/internalversion). Priority 1 is `-o wide`. */
import { AGE, type Column, type Columns, NAME } from './columns/column.ts';
import { OTHER_COLUMNS } from './columns/others.ts';
import { WORKLOAD_COLUMNS } from './columns/workloads.ts';
import type { KindName } from './kinds.ts';
import type { Typed } from './objects.ts';

const COLUMNS: Columns = { ...WORKLOAD_COLUMNS, ...OTHER_COLUMNS };

/** The columns of a kind; name and age when it has none of its own. */
export const columnsOf = <K extends KindName>(plural: K): readonly Column<Typed[K]>[] => COLUMNS[plural] ?? [NAME, AGE];
