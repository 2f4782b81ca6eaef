/** Rules about the audience of EKS tokens: checked at all, and the one that pods get. */
import { BY_PREFIX } from '../../../partition.ts';
import type { Statement } from '../../../policy/index.ts';
import { isEmpty } from '../../reach/index.ts';
import type { TrustFacts } from '../facts.ts';
import { list, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import { admittedBy, inTokenStatements, meantBy, tokenFacts } from './tokens.ts';

/** EKS guide, "Assign IAM roles to Kubernetes service accounts": the trust policy compares `ISSUER:aud` with sts.amazonaws.com. */
export const irsaAudience: Rule = (facts) =>
  inTokenStatements(facts, ({ statement, issuers }) => {
    const anyAudience = !isEmpty(admittedBy(facts, statement, { ...tokenFacts(facts), audience: 'podid-stranger' }));
    if (anyAudience) {
      return found('IrsaAudienceMissing', {
        statement,
        sentence: `${show(statement)} accepts tokens of ${list(issuers)} for any audience.`,
        witness: 'a token with the audience `podid-stranger`',
        remedy: `Add StringEquals \`${issuers[0]}:aud\` \`sts.amazonaws.com\`: ${rewrite(facts)}.`,
      });
    }
    const asked = audiencesOf(statement, issuers);
    const usual = AUDIENCES(facts).some(
      (audience) => !isEmpty(meantBy(facts, statement, { ...tokenFacts(facts), audience })),
    );
    if (usual || asked.length === 0 || isEmpty(meantBy(facts, withoutAudience(statement, issuers)))) return undefined;
    return found('IrsaAudienceOther', {
      statement,
      sentence: `${show(statement)} wants the audience ${list(asked)}; pods get tokens for sts.amazonaws.com unless their service account is annotated.`,
      witness: asked[0],
      remedy: `Compare the audience with \`sts.amazonaws.com\`: ${rewrite(facts)}; or annotate the service accounts: \`kubectl annotate serviceaccount NAME eks.amazonaws.com/audience=${asked[0]}\`.`,
    });
  });

/** The statement, its conditions on the audience left aside. */
export const withoutAudience = (statement: Statement, issuers: readonly string[]): Statement => {
  const claims = new Set(issuers.map(audienceKey));
  return { ...statement, conditions: statement.conditions.filter(({ key }) => !claims.has(key.toLowerCase())) };
};

const audiencesOf = ({ conditions }: Statement, issuers: readonly string[]): readonly string[] => {
  const claims = new Set(issuers.map(audienceKey));
  return conditions.filter(({ key }) => claims.has(key.toLowerCase())).flatMap(({ values }) => values);
};

const audienceKey = (issuer: string): string => `${issuer.toLowerCase()}:aud`;

/** The SDKs' audience, and with the partition's own suffix, as eksctl writes it in China. */
const AUDIENCES = ({ partition }: TrustFacts): readonly string[] => [
  'sts.amazonaws.com',
  ...BY_PREFIX.filter(([, { name }]) => name === partition).map(([, { dnsSuffix }]) => `sts.${dnsSuffix}`),
];
