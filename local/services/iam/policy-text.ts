/** Where the statements of a policy stand in its text. */
import type { Position } from '@aws-sdk/client-iam';
import { isCollection, isSeq, LineCounter, parseDocument } from 'yaml';

export type Span = { readonly StartPosition: Position; readonly EndPosition: Position };

/**
 * Of each statement, in their order. As published answers of the policy simulator have it, a statement begins where the token before it ends,
 * and ends after its brace; lines and columns count from one.
 */
export const statementSpans = (text: string): readonly Span[] => {
  const lines = new LineCounter();
  // JSON is YAML, and this parser keeps the places.
  const root = parseDocument(text, { lineCounter: lines }).contents;
  const statement: unknown = isCollection(root) ? root.get('Statement', true) : undefined;
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { Line: line, Column: col };
  };
  return (isSeq(statement) ? statement.items : [statement]).filter(isCollection).map(({ range }) => {
    const [start, end] = range ?? [0, 0, 0];
    return {
      StartPosition: position(text.slice(0, start).trimEnd().length),
      EndPosition: position(end),
    };
  });
};
