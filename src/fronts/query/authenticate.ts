import type { Keyring } from '../../cloud/identity/keyring.ts';
import type { RequestUser } from '../../ports/identity.ts';
import { notSigned, unknownKey, wrongToken } from '../awsquery/signature/refusal.ts';
import type { Presented, SignedRequest } from '../awsquery/signature/request.ts';
import { verify } from '../awsquery/signature/verify.ts';

/** Who is asking. */
export interface Caller {
  readonly account: string;
  readonly accessKeyId: string;
  /** Region of the credential scope; undefined for version 2 signatures, which name none. */
  readonly region: string | undefined;
  /** Where the cloud proves signatures, and users have things of their own there. */
  readonly user?: RequestUser;
}

/** How a server finds out who is asking. */
export type Authenticate = (
  presented: Presented | undefined,
  request: SignedRequest,
  service: string,
  nowMs: number,
) => Promise<Caller>;

/** The account of every key that is not an account id itself, in `open` mode. */
export const openAccount = '000000000000';

/**
 * `open` mode, for development: any key is accepted and no signature is checked. A 12-digit access key is the account
 * id, any other stands for account 000000000000.
 */
export const openDoor: Authenticate = async (presented, _request, service) => {
  if (presented === undefined) throw notSigned(service);
  const { accessKeyId, region } = presented;
  return { account: /^\d{12}$/.test(accessKeyId) ? accessKeyId : openAccount, accessKeyId, region };
};

/** `keys` mode: the signature must be made with the secret of a key that is known and active. */
export const keyedDoor =
  (keys: Keyring): Authenticate =>
  async (presented, request, service, nowMs) => {
    if (presented === undefined) throw notSigned(service);
    const key = await keys.find(presented.accessKeyId);
    if (key === undefined || !key.active) throw unknownKey(service);
    if (presented.sessionToken !== undefined) throw wrongToken(service);
    verify(presented, request, key.secret, nowMs, service);
    return { account: key.account, accessKeyId: key.accessKeyId, region: presented.region };
  };
