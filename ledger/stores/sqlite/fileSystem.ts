import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { StoreUnavailableError } from '../../store';

/** File systems whose locks and shared memory do not reach beyond one host (linux/magic.h): SQLite's WAL needs both (sqlite.org/wal). */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
	[0x6969, 'NFS'],
	[0x517b, 'SMB'],
	[0xfe534d42, 'SMB'],
	[0xff534d42, 'CIFS'],
	[0x5346414f, 'AFS'],
	[0x73757245, 'Coda'],
	[0x564c, 'NCP'],
	[0x00c36400, 'Ceph'],
	[0x0bd00bd0, 'Lustre'],
]);

/** What may lie on a network as well as on this host: only who has mounted it knows. */
const UNCLEAR_TYPES: ReadonlyMap<number, string> = new Map([
	[0x65735546, 'FUSE'],
	[0x01021997, '9p'],
]);

/** Reads the type of the file system that a path lies on, as the kernel numbers it. */
export type ReadType = (path: string) => number;

const readType: ReadType = (path) => statfsSync(path).type;

/**
 * Refuses a ledger on a network file system, on which two hosts could both pay. Only Linux tells the type; a Windows path to a
 * server names it itself.
 *
 * @param path of the ledger's file, whose folder is there
 * @throws StoreUnavailableError
 */
export function refuseNetworkDrive(path: string, read = readType, platform = process.platform): void {
	const name = isServerPath(path, platform) ? 'SMB' : NETWORK_TYPES.get(typeOf(path, read, platform) ?? 0);
	if (name === undefined) return;
	throw new StoreUnavailableError(
		`${path} is on a network drive (${name}), where file locks do not hold, so the same payment could be made twice. Choose a local disk, or the ledger Postgres or Redis.`,
	);
}

/** What a person should check where the system does not tell whether it is a network drive. */
export function warnOfUnclearDrive(path: string, read = readType, platform = process.platform): string[] {
	const name = UNCLEAR_TYPES.get(typeOf(path, read, platform) ?? 0);
	if (name === undefined) return [];
	return [
		`The ledger file is on a ${name} mount, which may be a network drive. If it is, choose a local disk, or the ledger Postgres or Redis: file locks do not hold there.`,
	];
}

function isServerPath(path: string, platform: NodeJS.Platform): boolean {
	return platform === 'win32' && /^[\\/]{2}[^\\/?.]/.test(path);
}

function typeOf(path: string, read: ReadType, platform: NodeJS.Platform): number | undefined {
	if (platform !== 'linux') return undefined;
	try {
		// The file may be a link to another disk.
		return read(existsSync(path) ? path : dirname(path)) >>> 0;
	} catch {
		// Opening the file tells what is wrong with the path.
		return undefined;
	}
}
