import { join } from 'node:path';
import type { Network, OpenPort, SeenPort } from './plane.ts';

/** Files of the switch, in its folder. */
export const switchFiles = { control: 'control.sock', metadata: 'metadata.sock', log: 'switch.log' } as const;

/** The socket at which the metadata service waits for machines, in the switch's folder. */
export const metadataSocketOf = (folder: string): string => join(folder, switchFiles.metadata);

/** What is said at the control socket of a plane that is a process: lines of JSON. It greets; then each request has its answer, by number. */
export interface Greeting {
  /** Of the program that it was started as. */
  readonly version: string;
}

export type Request =
  | { readonly id: number; readonly do: 'apply'; readonly network: Network }
  | { readonly id: number; readonly do: 'ports' }
  | { readonly id: number; readonly do: 'open' }
  | { readonly id: number; readonly do: 'end' };

export interface Reply {
  readonly id: number;
  /** Of `ports`. */
  readonly ports?: readonly (readonly [string, SeenPort])[];
  /** Of `open`. */
  readonly open?: readonly (readonly [string, readonly OpenPort[]])[];
  /** It could not be done. */
  readonly error?: string;
}
