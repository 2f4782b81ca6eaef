/** A session deny in the words in which it is written: whoever puts it back may write no other. */
import { isOurDeny } from '../../abac/session-deny.ts';
import { canonicalPolicy } from './canonical-policy.ts';
import { memoized } from './memo.ts';

/** Whether an inline policy bears a name as our denies do; what it says is another question. */
export const isDenyName = (name: string): boolean => /^podid-deny-[0-9a-f]{20}$/.test(name);

/** A deny of ours to the letter, however it was reformatted; any other document in its canonical form. */
export const denyText: (text: string) => string = memoized((text) => {
  const canonical = canonicalPolicy(text);
  const own = reordered(canonical);
  return isOurDeny(own) && canonicalPolicy(own) === canonical ? own : canonical;
});

/** The keys of `renderDeny`'s text, in its order. */
const ORDER = [
  'Version',
  'Statement',
  'Sid',
  'Effect',
  'Action',
  'Resource',
  'Condition',
  'StringEquals',
  'aws:PrincipalTag/eks-cluster-arn',
  'aws:PrincipalTag/kubernetes-namespace',
  'aws:PrincipalTag/kubernetes-service-account',
  'StringLike',
  'aws:userid',
  'DateLessThan',
  'aws:TokenIssueTime',
];

/** With these keys alone; what had others says something else then, which the comparison tells. */
const reordered = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), ORDER);
  } catch {
    return text;
  }
};
