/** An add-on made, changed or removed: `CreateAddon`, `UpdateAddon`, `DeleteAddon`. The associations that it owns can come and go with it. */
import * as z from 'zod';
import type { ClusterRef } from '../identity.ts';
import { changeKind } from './change-kind.ts';
import { answerOf, checkAnsweredPlace, EKS, REQUEST, readCluster, Text } from './cluster-fields.ts';
import { type ChangeRecord, parsed } from './record.ts';

export type AddOnFacts = {
  readonly cluster: ClusterRef;
  /** Its name: `eks-pod-identity-agent`. */
  readonly addOn: string;
  readonly did: 'created' | 'updated' | 'deleted';
};

// EKS promises no form; a marketplace's names have an underscore: `kubecost_kubecost`.
const AddOnName = Text.pipe(z.string().regex(/^[0-9A-Za-z][\w.-]{0,127}$/, 'the name of an add-on was expected'));

const change =
  (did: AddOnFacts['did']) =>
  (record: ChangeRecord): AddOnFacts => {
    const answered = answerOf(record, 'addon');
    checkAnsweredPlace(record, answered.addonArn, 'addon.addonArn');
    return {
      cluster: readCluster(record, { clusterName: answered.clusterName }),
      addOn: parsed(AddOnName, answered.addonName ?? record.request.addonName, `${REQUEST}.addonName`),
      did,
    };
  };

export const addOnChanged = changeKind('AddOnChanged', EKS, {
  CreateAddon: change('created'),
  UpdateAddon: change('updated'),
  DeleteAddon: change('deleted'),
});
