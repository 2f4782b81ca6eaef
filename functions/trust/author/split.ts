/** Over which roles the identities of a policy that doesn't fit could be split. */
import type { WorkloadIdentity } from '../../identity.ts';
import { piecesOf } from './cover/index.ts';
import { type Box, type Through, writeStatement } from './statement.ts';

/** How many characters of our statements, commas included, the role at this place can hold. */
export type Room = (place: number) => number;

/** Identities for one role, and boxes that hold exactly these and fit. */
export type Part = { readonly identities: readonly WorkloadIdentity[]; readonly boxes: readonly Box[] };

type Piece = { readonly box: Box; readonly length: number };
type Role = { readonly pieces: readonly Piece[]; readonly left: number };

/**
 * Few groups of identities, each identity in one, whose statements fit; those that share names stand together where
 * there is room. Not proven to be the fewest: that is bin packing. Undefined when one identity alone is too long even for
 * a role of its own.
 */
export const splitOver = (
  asked: readonly WorkloadIdentity[],
  through: Through,
  room: Room,
): readonly Part[] | undefined => {
  // A role after the first is as roomy as any other: every piece must fit there.
  const most = room(1);
  const pieces: Piece[] = [];
  for (const box of piecesOf(asked, through)) {
    const cut = cutTo(most, { box, length: lengthOf(box, through) }, through);
    if (cut === undefined) return undefined;
    pieces.push(...cut);
  }
  const roles: Role[] = [{ pieces: [], left: room(0) }];
  for (const piece of pieces.toSorted((a, b) => b.length - a.length)) {
    const fitting = [...roles.entries()].filter(([, { left }]) => piece.length <= left);
    const [best] = fitting
      .map(([index, role]) => ({ index, role, shares: sharedWith(role, piece) }))
      .toSorted((a, b) => b.shares - a.shares);
    const { index, role } = best ?? { index: roles.length, role: { pieces: [], left: room(roles.length) } };
    roles[index] = { pieces: [...role.pieces, piece], left: role.left - piece.length };
  }
  const account = asked[0]?.account ?? '';
  return roles.map((role) => ({
    identities: role.pieces.flatMap(({ box }) => identitiesIn(box, account)),
    boxes: role.pieces.map(({ box }) => box),
  }));
};

/** The piece in parts of its longest list, as few as fit. */
const cutTo = (most: number, piece: Piece, through: Through): readonly Piece[] | undefined => {
  if (piece.length <= most) return [piece];
  const { clusters, namespaces, serviceAccounts } = piece.box;
  const lists: ReadonlyArray<{ readonly list: readonly unknown[]; readonly cut: (from: number, to: number) => Box }> = [
    { list: clusters, cut: (from, to) => ({ ...piece.box, clusters: clusters.slice(from, to) }) },
    { list: namespaces, cut: (from, to) => ({ ...piece.box, namespaces: namespaces.slice(from, to) }) },
    { list: serviceAccounts, cut: (from, to) => ({ ...piece.box, serviceAccounts: serviceAccounts.slice(from, to) }) },
  ];
  const longest = lists.toSorted((a, b) => JSON.stringify(b.list).length - JSON.stringify(a.list).length);
  const choice = longest.find(({ list }) => list.length > 1);
  if (choice === undefined) return undefined;
  const { list, cut } = choice;
  const inParts = (parts: number): readonly Piece[] =>
    Array.from({ length: parts }, (_, part) => {
      const box = cut(Math.floor((part * list.length) / parts), Math.floor(((part + 1) * list.length) / parts));
      return { box, length: lengthOf(box, through) };
    });
  for (let parts = 2; parts < list.length; parts += 1) {
    const cuts = inParts(parts);
    if (cuts.every(({ length }) => length <= most)) return cuts;
  }
  // One value in each part: what is still too long has another list to be cut.
  const further = inParts(list.length).map((each) => cutTo(most, each, through));
  return further.every((each) => each !== undefined) ? further.flat() : undefined;
};

/** How many names a role would have anyway. */
const sharedWith = ({ pieces }: Role, { box }: Piece): number =>
  Math.max(0, ...pieces.map((each) => shared(each.box, box)));

const shared = (a: Box, b: Box): number => {
  const common = (some: readonly string[], others: readonly string[]): number =>
    some.filter((name) => others.includes(name)).length;
  const arns = ({ clusters }: Box): readonly string[] => clusters.map(({ region, cluster }) => `${region}/${cluster}`);
  return common(arns(a), arns(b)) + common(a.namespaces, b.namespaces) + common(a.serviceAccounts, b.serviceAccounts);
};

/** With the comma before it, and as long a Sid as any policy has. */
const lengthOf = (box: Box, through: Through): number =>
  1 + JSON.stringify(writeStatement(box, through, 'Podid999')).length;

const identitiesIn = ({ clusters, namespaces, serviceAccounts }: Box, account: string): readonly WorkloadIdentity[] =>
  clusters.flatMap(({ region, cluster }) =>
    namespaces.flatMap((namespace) =>
      serviceAccounts.map((serviceAccount) => ({ account, region, cluster, namespace, serviceAccount })),
    ),
  );
