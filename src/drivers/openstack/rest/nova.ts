export * from './nova/actions.ts';
export * from './nova/interfaces.ts';
export * from './nova/keypairs.ts';
export * from './nova/offer.ts';
export * from './nova/servers.ts';
export * from './nova/volumes.ts';
