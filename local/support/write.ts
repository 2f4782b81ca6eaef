/** `npm run support-table`: writes the table into docs/local-cloud.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { services } from '../services/index.ts';
import { DIFFERENCES } from './differences.ts';
import { supportTable, withTable } from './table.ts';

const PAGE = path.resolve(import.meta.dirname, '../../docs/local-cloud.md');

writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), supportTable(services, DIFFERENCES)));
