import type { AssociateAddressRequest } from '@aws-sdk/client-ec2';
import { fail } from '../../kernel/errors.ts';
import type { Writing } from '../context/writing.ts';
import { instance } from '../instance/instance.ts';
import type { InstanceRow } from '../instance/row.ts';
import { networkInterface } from '../interface/interface.ts';
import type { InterfaceRow } from '../interface/row.ts';

/** Where an address goes to. */
export interface Target {
  readonly interface: InterfaceRow;
  readonly instance?: InstanceRow;
  readonly privateIp: string;
}

/** The interface, and the private address on it, that AssociateAddress names, with EC2's refusals. */
export async function needTarget(tx: Writing, input: AssociateAddressRequest): Promise<Target> {
  const { InstanceId, NetworkInterfaceId } = input;
  if (InstanceId === undefined && NetworkInterfaceId === undefined) {
    fail('MissingParameter', 'Either InstanceId or NetworkInterfaceId must be specified');
  }
  if (InstanceId !== undefined && NetworkInterfaceId !== undefined) {
    fail(
      'InvalidParameterCombination',
      'The parameter NetworkInterfaceId cannot be used with the parameter InstanceId',
    );
  }
  const named = InstanceId === undefined ? undefined : usable(await tx.need(instance, InstanceId));
  const eni = await tx.need(networkInterface, NetworkInterfaceId ?? onlyInterface(named!));
  const attached = eni.attachment?.instance;
  const host = named ?? (attached === undefined ? undefined : usable(await tx.need(instance, attached)));
  const privateIp = input.PrivateIpAddress ?? eni.privateIps[0]!;
  if (!eni.privateIps.includes(privateIp)) {
    fail(
      'InvalidParameterValue',
      `The private IP address ${privateIp} (PrivateIpAddress) is not assigned to interface ${eni.id}`,
    );
  }
  return { interface: eni, privateIp, ...(host === undefined ? {} : { instance: host }) };
}

/** EC2 takes addresses for instances that run, stop or are stopped. */
function usable(row: InstanceRow): InstanceRow {
  if (!['running', 'stopping', 'stopped'].includes(row.state)) {
    fail('InvalidInstanceID', `The ${row.state} instance '${row.id}' is not in a valid state for this operation.`);
  }
  return row;
}

function onlyInterface(row: InstanceRow): string {
  const [first, second] = row.interfaces;
  if (first === undefined) return fail('InvalidInstanceID', `The instance '${row.id}' has no network interface.`);
  if (second !== undefined) {
    fail(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${row.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return first.id;
}
