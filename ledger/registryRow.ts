import type { RegistryRow, Row } from './entry';

/** The one row of a ledger that all of its tokens share. */
export const REGISTRY = 'registry_v1';

/** It is never forgotten; a store wants a time all the same. ms since the epoch: the year 9999. */
export const NEVER = Date.UTC(9999, 0, 1);

export function newRegistry(version: number, secret: string | undefined): RegistryRow {
	return {
		...{ state: 'registry', entryId: REGISTRY, version, expiresAt: NEVER },
		...(secret === undefined ? {} : { secret }),
	};
}

export function isStopped(row: Row | undefined): boolean {
	return row?.state === 'registry' && row.stop !== undefined;
}
