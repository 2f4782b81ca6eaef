/** A proposal as YAML: written for people, read back strictly, with the line of what is wrong. */
import { isNode, LineCounter, parseDocument, stringify } from 'yaml';
import { Proposal } from '../functions/drift/baseline/index.ts';
import { Told } from './told.ts';

const HEADER = `# What exists, as a proposal. Nothing is adopted before somebody accepts it: podid adopt accept FILE
#
# Each association is a grant that nobody ever asked for: read who gets which role, and the warnings. What you leave in is how it
# shall be from now on; podid finds what differs later, and in mode remediate puts it back.
# Take out what should not be. It stays in AWS as it is, and nobody wants it any more: an association is then found as
# AssociationOutsideGrant, which mode remediate deletes, and a role is looked after no longer.
# Leave entries as they are: what you want otherwise, change in AWS, or ask for a grant. Then propose again.
`;

export const proposalText = (proposal: Proposal): string =>
  `${HEADER}${stringify(proposal, { lineWidth: 0, aliasDuplicateObjects: false })}`;

/** @throws Told with the line of each of the first things that are wrong */
export const readProposal = (text: string, file: string): Proposal => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Told(`${file}:${lines.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`);
  // The file has no aliases; a small one may not become a large one.
  const value: unknown = contentOf(document, file);
  const result = Proposal.safeParse(value);
  if (result.success) return result.data;
  const told = result.error.issues.slice(0, SHOWN).map(({ path, message }) => {
    return `${file}:${lineOf(document, path, lines)}: ${path.map(String).join('.') || 'the file'}: ${message}`;
  });
  const more = result.error.issues.length - SHOWN;
  throw new Told(
    [...told, ...(more > 0 ? [`and ${more} more`] : []), 'podid adopt propose writes such a file.'].join('\n'),
  );
};

const contentOf = (document: ReturnType<typeof parseDocument>, file: string): unknown => {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw error instanceof ReferenceError ? new Told(`${file}: ${error.message}: a proposal has none`) : error;
  }
};

const SHOWN = 5;

/** Of the thing itself, or of what it is missing in. */
const lineOf = (
  document: ReturnType<typeof parseDocument>,
  path: readonly PropertyKey[],
  lines: LineCounter,
): number => {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
};
