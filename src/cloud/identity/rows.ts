import { type Row, resource } from '../../kernel/resource.ts';

/** An account that was made with a name. Accounts need not be made in `open` mode: they exist when they are used. */
export interface AccountRow extends Row {
  readonly name: string;
  /** The project that the account stands for, where another's identity service knows it: `CLOUD/PROJECT`. */
  readonly project?: string;
}

export const account = resource<AccountRow>()({
  kind: 'account',
  prefix: 'account',
  codes: { missing: 'AuthFailure', malformed: 'InvalidParameterValue', noun: 'account' },
  filters: {},
  view: (row) => row.id,
});

/** An access key; its id is what clients send (`AKIA…`). The secret is sealed. */
export interface AccessKeyRow extends Row {
  readonly sealedSecret: string;
  readonly status: 'active' | 'inactive';
}

export const accessKey = resource<AccessKeyRow>()({
  kind: 'access-key',
  prefix: 'AKIA',
  codes: { missing: 'AuthFailure', malformed: 'InvalidParameterValue', noun: 'access key' },
  filters: {},
  view: (row) => row.id,
});

/** Identity belongs to no region. */
export const everywhere = '*';
