/** The ways into a role, as a person calls them. */

export const WAYS = {
  'pod-identity': 'By Pod Identity',
  'pod-identity-without-tags': 'By Pod Identity with session tags disabled',
  irsa: "By a service account's token (IRSA)",
  chaining: 'As a target role',
  'chaining-without-tags': 'As a target role with session tags disabled',
  'other-principals': 'Others',
} as const;
