/** Why this computer does not reach a machine at all, in a sentence. */
export const whyNotReached = {
  'no-address': (id: string) => `${id} has no public address: associate an Elastic IP`,
  'no-switch': (id: string) => `the network of ${id} does not run; the server starts it`,
} as const;
