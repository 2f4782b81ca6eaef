/**
 * Revocations on the local cloud, against a bare loop in the same run that only patches the templates: from the delete call's return to the deny being in
 * force, to the last workload told, to the last old pod gone; on the embedded Kubernetes, and on the real one where KUBEBUILDER_ASSETS names it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { realKubernetesTools } from '../local/kubernetes/real.ts';
import { coldStarts } from './cold-start.ts';
import { markdown, ms } from './figures.ts';
import { benchFleet } from './fleet.ts';
import { associate, bareLoop, type Figures, revocation } from './rollouts.ts';

const SIZES = [1, 20, 100];

/** `--embedded` or `--real` for one Kubernetes only, `--bundles` for bundles and cold starts only. */
export const run = async (args: string[]): Promise<void> => {
  const only = (flag: string) => args.length === 0 || args.includes(flag);
  if (only('--embedded')) await measure('embedded');
  if (only('--real')) {
    if (realKubernetesTools() === undefined)
      console.log('The real Kubernetes is left out: KUBEBUILDER_ASSETS is not set.\n');
    else await measure('real');
  }
  if (only('--bundles')) await coldStarts();
};

const measure = async (kubernetes: 'embedded' | 'real'): Promise<void> => {
  const rows: string[][] = [];
  for (const workloads of SIZES) {
    const dir = mkdtempSync(path.join(tmpdir(), 'podid-bench-'));
    const fleet = await benchFleet({ workloads, pods: 10, kubernetes, dir });
    try {
      // Cold: no function has run before. Then the identity gets its role back, and the bare loop gives its pods credentials again.
      const first = { bare: await bareLoop(fleet), ours: await revocation(fleet) };
      await associate(fleet);
      const second = { bare: await bareLoop(fleet), ours: await revocation(fleet) };
      rows.push(row(workloads, 'cold', first), row(workloads, 'warm', second));
    } finally {
      await fleet.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }
  console.log(
    `Revocations on the ${kubernetes} Kubernetes, 10 pods a workload, no settle window, single runs; from the delete call's return\n`,
  );
  console.log(markdown(HEAD, rows));
  console.log();
};

const HEAD = [
  'workloads',
  'functions',
  'denied',
  'last workload told',
  'last old pod gone',
  'bare loop: told',
  'bare loop: last old pod gone',
  'gone, ratio',
];

type Pair = { readonly bare: Figures; readonly ours: Figures };

const row = (workloads: number, functions: string, { bare, ours }: Pair): string[] => [
  String(workloads),
  functions,
  ms(ours.denied ?? Number.NaN),
  ms(ours.told),
  ms(ours.gone),
  ms(bare.told),
  ms(bare.gone),
  (ours.gone / bare.gone).toFixed(2),
];
