/** `npm run -s fleet -- --clusters 50 --associations 5000 --seed 1 > big.yaml`: a big fleet file. */
import { parseArgs } from 'node:util';
import { generatedFleet } from './generate.ts';

const OPTIONS = {
  clusters: { type: 'string', default: '50' },
  associations: { type: 'string', default: '5000' },
  workloads: { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
} as const;

const { values } = parseArgs({ options: OPTIONS });

const count = (name: keyof typeof OPTIONS, most: number): number => {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 0 || value > most) {
    console.error(`--${name} ${values[name]}: a number from 0 to ${most}`);
    process.exit(2);
  }
  return value;
};

// JSON is YAML too, and read a hundred times faster.
const fleet = generatedFleet({
  clusters: count('clusters', 500),
  associations: count('associations', 5_000),
  workloads: count('workloads', 1_000),
  seed: count('seed', 2 ** 31),
});
process.stdout.write(`${JSON.stringify(fleet)}\n`);
