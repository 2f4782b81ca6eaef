/** `podid trust`: who can really get a role, and policies that admit exactly whom they should. No AWS account needed. */
import { Command } from 'commander';
import { admitsCommand } from './trust-admits.ts';
import { authorCommand } from './trust-author.ts';
import { diffCommand } from './trust-diff.ts';
import { explainCommand } from './trust-explain.ts';
import { tightenCommand } from './trust-tighten.ts';

export const trustCommand = () =>
  new Command('trust')
    .description('who can get a role by its trust policy, and policies that admit exactly whom they should')
    .addCommand(explainCommand())
    .addCommand(admitsCommand())
    .addCommand(authorCommand())
    .addCommand(tightenCommand())
    .addCommand(diffCommand())
    .addHelpText(
      'after',
      `
A policy is a file with its JSON, as text or URL-encoded as GetRole returns it; - reads the standard input.

  aws iam get-role --role-name api --query Role.AssumeRolePolicyDocument | podid trust explain -`,
    );
