/** The reasons of drift: what is otherwise than it should be, how bad that usually is, why it matters, and what mends it. */
import type { Severity } from '../../finding.ts';

export type DriftReason = {
  readonly severity: Severity;
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What mends it, whoever does it. */
  readonly remedy: string;
};

/** What `detect` finds in an object. */
export const DETECTED_REASONS = {
  AssociationOutsideGrant: {
    severity: 'error',
    title: 'An association that nobody was granted',
    why: 'Somebody has access that nobody approved, without an end.',
    remedy: 'Delete it and revoke its sessions, or ask for a grant that adopts it (`podid request`).',
  },
  AssociationOwnedByAddOn: {
    severity: 'info',
    title: 'An association belongs to an EKS add-on',
    why: 'It is made, changed and removed with its add-on, which would undo any change: podid reports it and never fights over it. A warning where a grant is about the same service account.',
    remedy:
      'Change it through the add-on (`aws eks update-addon --pod-identity-associations`), or take the service account out of the grant.',
  },
  AssociationDeleted: {
    severity: 'error',
    title: 'A granted association was deleted',
    why: 'New pods of the service account get no credentials, or fall back on another identity. The grant still says that they should.',
    remedy: 'Provision the grant again, or revoke the grant.',
  },
  AssociationGoneWithAddOn: {
    severity: 'warning',
    title: 'An association is gone that belonged to an EKS add-on',
    why: 'An add-on’s update can remove its associations. Their sessions live on, as after any deletion.',
    remedy: 'Revoke what the identity still holds; give the association back through the add-on.',
  },
  AssociationGoneWithCluster: {
    severity: 'warning',
    title: 'An association is gone with its cluster',
    why: 'Credentials that were handed out live on without any pod that needs them.',
    remedy: 'Revoke what the identity still holds, and the grant.',
  },
  AssociationRecreated: {
    severity: 'info',
    title: 'An association was deleted and made again',
    why: 'It gives the same, but it is another one: what was known of the old one, such as its sessions, is not known of it.',
    remedy: 'Nothing, if its author is known; otherwise provision the grant again.',
  },
  GrantWithoutAssociation: {
    severity: 'error',
    title: 'A grant in force has no association',
    why: 'Somebody was granted access and has none, and nobody knows of an association that was deleted.',
    remedy: 'Provision the grant again.',
  },
  AssociationRetargeted: {
    severity: 'error',
    title: 'An association gives another role',
    why: 'The pods get permissions that nobody approved at their next credentials, and lose those that were.',
    remedy: 'Set the role back; revoke the sessions of the other one.',
  },
  TargetRoleChanged: {
    severity: 'error',
    title: 'An association chains into another target role',
    why: 'The pods act in another account, or with another role, than was approved.',
    remedy: 'Set the target role back; revoke the sessions of the other one.',
  },
  SessionTagsDisabled: {
    severity: 'error',
    title: 'Session tags were switched off',
    why: 'Every condition on the session tags fails, and a revocation can’t tell this identity’s sessions from others any more.',
    remedy: 'Switch session tags on again.',
  },
  SessionTagsEnabled: {
    severity: 'warning',
    title: 'Session tags were switched on',
    why: 'Trusts and permissions that hang on the tags open, and those that ask for their absence close. A session policy can’t be there with tags.',
    remedy: 'Switch session tags off again, or ask for a grant with tags.',
  },
  SessionPolicyChanged: {
    severity: 'error',
    title: 'An association’s session policy is another one',
    why: 'It is what narrows the sessions: without it they can do everything that the role can.',
    remedy: 'Set the session policy back.',
  },
  TrustWidened: {
    severity: 'error',
    title: 'A trust policy admits more than it should',
    why: 'Whoever the witness stands for can get the role without anybody’s approval.',
    remedy: 'Set the trust policy back, or narrow it with `podid trust tighten`.',
  },
  TrustNarrowed: {
    severity: 'error',
    title: 'A trust policy admits less than it should',
    why: 'The pods of those who were granted the role get no credentials at their next request.',
    remedy: 'Set the trust policy back.',
  },
  TagSessionLost: {
    severity: 'error',
    title: 'A trust policy lost sts:TagSession',
    why: 'EKS passes session tags, and its request is refused without a word: the pods get no credentials.',
    remedy: 'Allow sts:TagSession beside sts:AssumeRole again.',
  },
  AbacConditionRemoved: {
    severity: 'error',
    title: 'A trust policy lost the condition that told its users apart',
    why: 'Without the condition on session tags or on the source, other service accounts can get the role by an association of theirs.',
    remedy: 'Set the trust policy back.',
  },
  TrustUnreadable: {
    severity: 'error',
    title: 'Who can get the role can’t be told',
    why: 'The trust policy is another one, and it can’t be compared. What can’t be judged is not passed in silence.',
    remedy: 'Look at the trust policy, or set it back.',
  },
  PolicyAttached: {
    severity: 'error',
    title: 'A managed policy was attached that nobody asked for',
    why: 'Everybody with the role can do more than was approved. Critical for an administrator’s policy.',
    remedy: 'Detach it, or ask for a change of the grant.',
  },
  PolicyDetached: {
    severity: 'warning',
    title: 'A managed policy was detached',
    why: 'Those who were granted the role lack permissions; a policy that denies would be missed more.',
    remedy: 'Attach it again, or ask for a change of the grant.',
  },
  PolicyVersionChanged: {
    severity: 'warning',
    title: 'A managed policy has another default version',
    why: 'The role can do something else without having changed itself. An info for a policy of AWS, which AWS changes.',
    remedy: 'Compare the versions (`aws iam get-policy-version`); set the default back, or accept the new one.',
  },
  InlinePolicyAdded: {
    severity: 'error',
    title: 'An inline policy was added that nobody asked for',
    why: 'Everybody with the role can do more than was approved.',
    remedy: 'Delete it, or ask for a change of the grant.',
  },
  InlinePolicyChanged: {
    severity: 'error',
    title: 'An inline policy says something else',
    why: 'Everybody with the role can do more, or less, than was approved. A warning where it only gives less.',
    remedy: 'Set it back, or ask for a change of the grant.',
  },
  InlinePolicyRemoved: {
    severity: 'warning',
    title: 'An inline policy was removed',
    why: 'Those who were granted the role lack permissions. An error where the policy denied something.',
    remedy: 'Put it back, or ask for a change of the grant.',
  },
  SessionDenyRemoved: {
    severity: 'critical',
    title: 'A session deny was removed before its time',
    why: 'Credentials that were revoked work again, wherever they leaked to.',
    remedy: 'Put it back at once, and find out who took it away: that may be whoever holds the credentials.',
  },
  SessionDenyChanged: {
    severity: 'critical',
    title: 'A session deny says something else',
    why: 'Some of the credentials that were revoked work again.',
    remedy: 'Put it back at once, and find out who changed it: that may be whoever holds the credentials.',
  },
  SessionDenyLeftOver: {
    severity: 'warning',
    title: 'A session deny that no revocation wants',
    why: 'It keeps somebody out, and nobody will lift it.',
    remedy: 'Look at who it is for, and delete it when no revocation of that identity is under way.',
  },
  PolicyInDisguise: {
    severity: 'critical',
    title: 'A policy bears the name of a session deny and is none',
    why: 'Whoever may write our denies may write an allow: somebody hides permissions behind a name that people trust.',
    remedy: 'Delete it, and find out who wrote it.',
  },
  BoundaryRemoved: {
    severity: 'critical',
    title: 'A permissions boundary was removed',
    why: 'Nothing limits any more what the role’s policies can give.',
    remedy: 'Put the boundary back.',
  },
  BoundaryChanged: {
    severity: 'error',
    title: 'A role has another permissions boundary',
    why: 'What the role can do at most is no longer what was agreed.',
    remedy: 'Put the boundary back.',
  },
  TagsRemoved: {
    severity: 'warning',
    title: 'A tag of ours is gone or says something else',
    why: 'People read in it whose a role or association is, and cost and search hang on it.',
    remedy: 'Set the tag back.',
  },
  TagAdded: {
    severity: 'info',
    title: 'A role that podid made has a tag that nobody asked for',
    why: 'Permissions elsewhere can hang on a role’s tags (aws:PrincipalTag).',
    remedy: 'Remove the tag, or agree on an exception for it.',
  },
  RoleDeleted: {
    severity: 'error',
    title: 'A role is gone',
    why: 'The associations that give it give nothing, and trusts that name it are broken for good, even when it is made again.',
    remedy: 'Provision the grants that use it again.',
  },
  RoleRecreated: {
    severity: 'error',
    title: 'A role was deleted and made again',
    why: 'Trust policies and access entries hold the unique id of the old one: where others name this role, it gets nothing, and nothing says why.',
    remedy: 'Write the trusts that name it anew: provision the grants that use it again.',
  },
  AgentRemoved: {
    severity: 'error',
    title: 'A cluster has no Pod Identity agent any more',
    why: 'No pod of the cluster gets new credentials; running ones lose theirs within hours.',
    remedy: 'Install the add-on eks-pod-identity-agent again.',
  },
  AgentDegraded: {
    severity: 'warning',
    title: 'A cluster’s Pod Identity agent doesn’t work everywhere',
    why: 'Pods on some nodes get no credentials.',
    remedy: 'Look at the DaemonSet eks-pod-identity-agent in kube-system, and at the add-on’s health.',
  },
  AccessEntryLost: {
    severity: 'critical',
    title: 'podid’s access entry in a cluster is gone or lacks a group',
    why: 'We have gone blind: no pods can be listed, no restart can be done, and a revocation can’t be proven.',
    remedy: 'Deploy the cluster’s access entries of podid again.',
  },
  RbacLost: {
    severity: 'critical',
    title: 'A cluster doesn’t let podid do what it has to',
    why: 'We have gone blind or lame: the access entry is there, and the role binding behind it is not what was deployed.',
    remedy: 'Apply podid’s ClusterRoles, bindings and admission policy again: `kubectl apply -k infra/kubernetes`.',
  },
  ClusterDeleted: {
    severity: 'warning',
    title: 'A cluster is gone',
    why: 'Its associations are gone with it; credentials that were handed out live on for hours.',
    remedy: 'Revoke the grants of its service accounts, and take it out of podid.config.yaml.',
  },
  ClusterRecreated: {
    severity: 'warning',
    title: 'A cluster of the same name was made again',
    why: 'Trust policies name clusters by ARN, and the ARN is the same: whoever made the new one decides who has those roles.',
    remedy: 'Make sure that it is meant to be the same; revoke what the old one’s service accounts held.',
  },
  GrantsContradict: {
    severity: 'error',
    title: 'Two grants want different things of one object',
    why: 'Neither is written: what one wants would break the other.',
    remedy: 'Change or revoke one of the grants.',
  },
  StolenWriter: {
    severity: 'critical',
    title: 'podid’s own role was used without podid',
    why: 'A change was made with the role of one of our functions, and no execution of ours intended it: somebody else holds that role’s credentials.',
    remedy: 'Stop remediation with the kill switch, cut the role’s sessions, and look at its trail.',
  },
} as const satisfies Readonly<Record<string, DriftReason>>;

/** What is wrong beside the objects: with those who change them, and with what we are told. */
const AROUND_REASONS = {
  FoughtOver: {
    severity: 'error',
    title: 'Somebody changes a thing each time that podid puts it back',
    why: 'Two sides want different things of it, and neither gives way: podid has stopped, and it stays as the other side wants it.',
    remedy:
      'Make one of them the owner: change the grant or the other program, then acknowledge the fight (`podid findings ack ID --why …`).',
  },
  BreakerTripped: {
    severity: 'error',
    title: 'More was to be changed in a cluster than the breaker lets through',
    why: 'An attack and a mistake look the same from here: until somebody has looked, nothing in the cluster is mended or revoked by itself.',
    remedy: 'Look at what is held; when it is meant to be mended, `podid brakes acknowledge CLUSTER`.',
  },
  ObjectUnreadable: {
    severity: 'error',
    title: 'podid may not read something that it looks after',
    why: 'Nobody can tell whether it is as it should be: what is changed there goes unseen.',
    remedy:
      'Look at what AWS said: mostly a service control policy, or a stack of the account that is older than podid.config.yaml. Allow podid’s function the read.',
  },
  ClusterNotConfigured: {
    severity: 'info',
    title: 'A cluster bears podid’s tag, and podid.config.yaml doesn’t list it',
    why: 'podid sees its associations and can cut nothing there. A role that one of them gives isn’t written to either: of those who share it the least intrusive counts.',
    remedy: 'List it in podid.config.yaml and deploy, or take the tag off.',
  },
  RevocationStuck: {
    severity: 'critical',
    title: 'A revocation’s execution is over, and nothing says what it has done',
    why: 'It crashed or was stopped: credentials that were to be cut may still work, and pods may still hold them.',
    remedy: 'Run it again: `podid revocations retry ID`. What it had done already it finds done.',
  },
  IntentWithoutOutcome: {
    severity: 'warning',
    title: 'podid set out to write something, and nothing tells what came of it',
    why: 'The function died, or the table failed, between the write and its record. It held the thing back for a while, and whoever looks for its author finds no outcome.',
    remedy:
      'Look at the execution (`podid executions show NAME`); what is otherwise than it should be is a finding of its own, and is mended as that.',
  },
  TrailSilent: {
    severity: 'error',
    title: 'Not one event came from an account, and there were changes',
    why: 'The trail is off, or the rule that forwards its events is gone: changes are found by the next sweep only, hours late.',
    remedy:
      'Look whether the account’s trail logs management events, and whether podid’s rules are there (`podid dlq`, and deploy the account’s stacks again).',
  },
  EventsMissed: {
    severity: 'warning',
    title: 'Some changes were told by no event',
    why: 'What no event tells is found by the next sweep only, hours late, and at times without its author.',
    remedy:
      'Look for what could not be delivered (`podid dlq`); if it goes on, look at the trail and the rules of the account.',
  },
} as const satisfies Readonly<Record<string, DriftReason>>;

export const DRIFT_REASONS = { ...DETECTED_REASONS, ...AROUND_REASONS };

export type DriftReasonName = keyof typeof DRIFT_REASONS;
