import { existsSync, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { StoreUnavailableError } from '../../store';

/**
 * File systems whose locks and shared memory are not shared between hosts (linux/magic.h). SQLite's WAL needs both
 * (sqlite.org/wal).
 */
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

/** File systems that may be local or remote, depending on the mount. */
const UNCLEAR_TYPES: ReadonlyMap<number, string> = new Map([
	[0x65735546, 'FUSE'],
	[0x01021997, '9p'],
]);

/** Reads the type of the file system of a path, as the kernel numbers it. */
export type ReadType = (path: string) => number;

const readType: ReadType = (path) => statfsSync(path).type;

/**
 * Refuses a ledger on a network file system, where two hosts could both pay. Only Linux reports the type; a Windows path to a
 * server is recognized by its form.
 *
 * @param path of the ledger's file, in an existing folder
 * @throws StoreUnavailableError
 */
export function refuseNetworkDrive(path: string, read = readType, platform = process.platform): void {
	const name = isServerPath(path, platform) ? 'SMB' : NETWORK_TYPES.get(typeOf(path, read, platform) ?? 0);
	if (name === undefined) return;
	throw new StoreUnavailableError(
		`${path} is on a network drive (${name}), where file locks do not hold, so the same payment could be made twice. Choose a local disk, or the ledger Postgres or Redis.`,
	);
}

/** Reads the mount table in the format of Linux (man 5 proc_pid_mountinfo). */
export type ReadMounts = () => string;

const readMounts: ReadMounts = () => readFileSync('/proc/self/mountinfo', 'utf8');

/**
 * Refuses a ledger whose file is mounted into a container as a single file. The newest entries are in the write-ahead log
 * beside it (sqlite.org/wal), which then belongs to the container: it is lost with the container, and no other container sees
 * it.
 *
 * @param path of the ledger's existing file
 * @throws StoreUnavailableError
 */
export function refuseMountedFile(path: string, read = readMounts, platform = process.platform): void {
	if (platform !== 'linux') return;
	if (!listMountPoints(read).includes(realpathSync(path))) return;
	throw new StoreUnavailableError(
		`${path} is mounted into this container as a single file. Its latest entries are in a second file beside it, which is lost with the container, and the same payment could be made twice. Mount the folder that it is in, not the file.`,
	);
}

function listMountPoints(read: ReadMounts): string[] {
	try {
		const points = read()
			.split('\n')
			.map((line) => line.split(' ')[4] ?? '');
		return points.map((point) =>
			point.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
		);
	} catch {
		// The system does not report its mounts, so they cannot be checked.
		return [];
	}
}

/**
 * Warns of a hard link. The log is named after the name that the file is opened by, so a process that uses another name misses
 * it (sqlite.org/howtocorrupt, 2.5).
 */
export function warnOfSecondName(path: string): string[] {
	const { nlink = 1 } = statSync(path, { throwIfNoEntry: false }) ?? {};
	if (nlink <= 1) return [];
	return [
		'The ledger file has a second name (a hard link, as some backup programs make). Make sure that nothing opens it by that name: the latest entries are not seen there, and the same payment could be made twice.',
	];
}

/** Warns if the system does not report whether the path is on a network drive. */
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
		// Opening the file will report what is wrong with the path.
		return undefined;
	}
}
