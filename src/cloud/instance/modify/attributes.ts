import { fail, invalid } from '../../../kernel/errors.ts';
import type { Writing } from '../../context/writing.ts';
import { needKernelImage } from '../launch/image.ts';
import { readEbsOptimized } from '../launch/options.ts';
import { checkTypeFits } from '../launch/type.ts';
import { readUserData } from '../launch/userData.ts';
import resizeInstance, { sizeOf } from '../operations/resizeInstance.ts';
import type { InstanceRow } from '../row.ts';
import { stoppable } from '../stoppable.ts';
import type { Asked, FlagName, TextName } from './asked.ts';
import { changeDisks } from './disks.ts';
import { changeGroups, changeSourceDestCheck } from './network.ts';

type Changes = Partial<InstanceRow>;

/** What of the row changes, after the attribute's own checks; other rows are changed here. */
export function changesOf(tx: Writing, row: InstanceRow, asked: Asked): Promise<Changes> {
  if (asked.name === 'groupSet') return changeGroups(tx, row, asked.value);
  if (asked.name === 'blockDeviceMapping') return changeDisks(tx, row, asked.value);
  return typeof asked.value === 'boolean'
    ? flags[asked.name as FlagName](tx, row, asked.value)
    : texts[asked.name as TextName](tx, row, asked.value);
}

/** Some attributes are read by the machine only as it starts: they change while it is off. */
function needStopped(row: InstanceRow): void {
  if (row.state !== 'stopped')
    fail('IncorrectInstanceState', `The instance '${row.id}' is not in the 'stopped' state.`);
}

const texts: Readonly<Record<TextName, (tx: Writing, row: InstanceRow, value: string) => Promise<Changes>>> = {
  instanceType: changeType,
  kernel: async (tx, row, id) => ({ kernel: await kernelFor(tx, row, id, 'kernel') }),
  ramdisk: async (tx, row, id) => ({ ramdisk: await kernelFor(tx, row, id, 'ramdisk') }),
  userData: async (_tx, row, value) => {
    needStopped(row);
    return { userData: readUserData(value) } as Changes;
  },
  instanceInitiatedShutdownBehavior: async (tx, row, value) => {
    if (value !== 'stop' && value !== 'terminate')
      return invalid(value, 'instanceInitiatedShutdownBehavior', 'Valid values: stop, terminate.');
    if (value === 'stop' && !stoppable(tx, row.rootDeviceType)) {
      fail(
        'UnsupportedOperation',
        `The instance '${row.id}' does not have an 'ebs' root device type and cannot be stopped`,
      );
    }
    return { shutdownBehavior: value };
  },
  sriovNetSupport: async (_tx, row, value) => {
    needStopped(row);
    if (value !== 'simple') invalid(value, 'sriovNetSupport', 'Valid values: simple.');
    return { sriov: value };
  },
};

const flags: Readonly<Record<FlagName, (tx: Writing, row: InstanceRow, value: boolean) => Promise<Changes>>> = {
  disableApiTermination: async (_tx, _row, disableApiTermination) => ({ disableApiTermination }),
  disableApiStop: async (_tx, _row, disableApiStop) => ({ disableApiStop }),
  sourceDestCheck: changeSourceDestCheck,
  ebsOptimized: async (tx, row, value) => {
    needStopped(row);
    const type = tx.here.driver.catalogue.instanceType(row.instanceType, tx.account);
    return { ebsOptimized: type === undefined ? value : readEbsOptimized(value, type) };
  },
  enaSupport: async (tx, row, enaSupport) => {
    needStopped(row);
    const required =
      tx.here.driver.catalogue.instanceType(row.instanceType, tx.account)?.NetworkInfo?.EnaSupport === 'required';
    if (required && !enaSupport) {
      fail(
        'InvalidParameterCombination',
        `Enhanced networking with the Elastic Network Adapter (ENA) is required for the '${row.instanceType}' instance type.`,
      );
    }
    return { enaSupport };
  },
  enclaveOptions: async (_tx, row, value) => {
    if (value) fail('Unsupported', 'AWS Nitro Enclaves are not offered in this region.');
    needStopped(row);
    return {};
  },
};

async function changeType(tx: Writing, row: InstanceRow, name: string): Promise<Changes> {
  const type = tx.here.driver.catalogue.instanceType(name, tx.account);
  if (type === undefined) return fail('InvalidInstanceAttributeValue', `Invalid value '${name}' for InstanceType.`);
  needStopped(row);
  if (name === row.instanceType) return {};
  const { can, compute } = tx.here.driver;
  if (!can.otherTypes) fail('Unsupported', "This region's cloud does not change the type of an instance.");
  checkTypeFits(type, row);
  readEbsOptimized(row.ebsOptimized, type);
  const { DefaultCores: cores = 1, DefaultThreadsPerCore: threadsPerCore = 1 } = type.VCpuInfo ?? {};
  if (compute.resize !== undefined)
    await tx.start(resizeInstance, row.id, { id: row.id, type: name, before: sizeOf(row) });
  return { instanceType: name, cores, threadsPerCore };
}

async function kernelFor(tx: Writing, row: InstanceRow, id: string, kind: 'kernel' | 'ramdisk'): Promise<string> {
  needStopped(row);
  if (row.virtualization === 'hvm')
    fail('UnsupportedOperation', `The instance '${row.id}' is an HVM instance, which has no ${kind} image.`);
  if (!tx.here.driver.can.kernelImages)
    fail('Unsupported', 'Kernel and ramdisk images are not offered in this region.');
  return (await needKernelImage(tx, id, kind)).id;
}
