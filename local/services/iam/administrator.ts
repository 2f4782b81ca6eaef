/** Every account's administrator: an IAM user that may do anything, for profiles and for whoever builds a fleet. */
import type { Cloud } from '../../contract.ts';
import { addUserKey, type Key } from '../sts/keyring.ts';
import { iamOf, uniqueId } from './state.ts';

const NAME = 'admin';

/** Makes the user `admin` with AdministratorAccess and one access key. */
export const createAdministrator = (cloud: Cloud, account: string): void => {
  const arn = `arn:${cloud.partition}:iam::${account}:user/${NAME}`;
  const id = uniqueId('AIDA');
  const createDate = cloud.now();
  const key = addUserKey(cloud, { kind: 'user', arn, account, userId: id });
  iamOf(cloud, account).users.set(NAME, {
    arn,
    id,
    name: NAME,
    path: '/',
    createDate,
    inline: new Map(),
    attached: new Set([`arn:${cloud.partition}:iam::aws:policy/AdministratorAccess`]),
    tags: new Map(),
    accessKeys: new Map([[key.credentials.accessKeyId, { createDate, active: true }]]),
  });
  cloud.state('iam', `administrator of ${account}`, () => key);
};

/** @throws Error for an account that was not added. */
export const administratorOf = (cloud: Cloud, account: string): Key =>
  cloud.state<Key>('iam', `administrator of ${account}`, () => {
    throw new Error(`There is no account ${account}: addAccount makes one.`);
  });
