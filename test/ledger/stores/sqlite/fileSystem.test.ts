import { linkSync, symlinkSync, writeFileSync } from 'node:fs';

import { StoreUnavailableError } from '../../../../ledger/store';
import { openLedgerFile } from '../../../../ledger/stores/sqlite/file';
import {
	refuseMountedFile,
	refuseNetworkDrive,
	warnOfUnclearDrive,
} from '../../../../ledger/stores/sqlite/fileSystem';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { newFile, removeFolders } from '../../temporary';

afterAll(removeFolders);

const EXT4 = 0xef53;
const NFS = 0x6969;
const on = (type: number) => () => type;

it.each([
	[NFS, 'NFS'],
	[0x517b, 'SMB'],
	[0xfe534d42, 'SMB'],
	[0xff534d42, 'CIFS'],
	[0xff534d42 | 0, 'CIFS'],
	[0x00c36400, 'Ceph'],
])('a ledger on a file system of type %i is refused as %s', (type, name) => {
	expect(() => refuseNetworkDrive('/mnt/share/ledger.sqlite', on(type), 'linux')).toThrow(
		new RegExp(
			`on a network drive \\(${name}\\).* Choose a local disk, or the ledger Postgres or Redis\\.$`,
		),
	);
});

it.each([
	[EXT4, 'ext4'],
	[0x01021994, 'tmpfs'],
	[0x58465342, 'XFS'],
	[0x794c7630, 'overlay'],
])('a ledger on a file system of type %i (%s) is accepted without a warning', (type) => {
	expect(() => refuseNetworkDrive('/data/ledger.sqlite', on(type), 'linux')).not.toThrow();
	expect(warnOfUnclearDrive('/data/ledger.sqlite', on(type), 'linux')).toEqual([]);
});

it.each([
	[0x65735546, 'FUSE'],
	[0x01021997, '9p'],
])('a ledger on a file system of the ambiguous type %i (%s) is accepted with a warning', (type, name) => {
	expect(() => refuseNetworkDrive('/data/ledger.sqlite', on(type), 'linux')).not.toThrow();
	expect(warnOfUnclearDrive('/data/ledger.sqlite', on(type), 'linux')).toEqual([
		expect.stringContaining(`is on a ${name} mount, which may be a network drive`),
	]);
});

it('on Windows a server path is refused, and no other', () => {
	expect(() => refuseNetworkDrive('\\\\server\\share\\ledger.sqlite', on(0), 'win32')).toThrow(
		StoreUnavailableError,
	);
	for (const path of ['C:\\n8n\\ledger.sqlite', '\\\\?\\C:\\n8n\\ledger.sqlite'])
		expect(() => refuseNetworkDrive(path, on(NFS), 'win32')).not.toThrow();
});

it('a system without file system types, or a path of unknown type, is left to SQLite', () => {
	const fail = () => {
		throw new Error('ENOSYS');
	};
	expect(() => refuseNetworkDrive('/data/ledger.sqlite', fail, 'linux')).not.toThrow();
	expect(() => refuseNetworkDrive('/data/ledger.sqlite', on(NFS), 'darwin')).not.toThrow();
});

it('the file is opened on no network drive, and created on none', () => {
	const file = newFile();
	expect(() => openLedgerFile(file, on(NFS))).toThrow(StoreUnavailableError);
	expect(() => openLedgerFile(file, on(EXT4)).database.close()).not.toThrow();
	expect(() => openLedgerFile(file, on(NFS))).toThrow(/on a network drive/);
});

describe('a ledger whose file alone is mounted into a container', () => {
	const mounts = (point: string) => () =>
		`30 1 254:0 / / rw - ext4 /dev/vda rw\n41 30 254:0 /a ${point} rw - ext4 /dev/vda rw\n`;

	it('is refused when it is opened: its latest entries are lost with the container', () => {
		const file = newFile();
		expect(() => openLedgerFile(file, on(EXT4), mounts(file))).toThrow(
			/mounted .* as a single file.*Mount the folder that it is in/,
		);
	});

	it('is recognized by its real path, with what Linux escapes in it', () => {
		const [file, link] = [`${newFile()} b`, newFile()];
		writeFileSync(file, '');
		symlinkSync(file, link);
		expect(() => refuseMountedFile(link, mounts(file.replace(' ', '\\040')), 'linux')).toThrow(
			StoreUnavailableError,
		);
	});

	it('is distinguished from one in a mounted folder, and from a system that reveals nothing', () => {
		const file = newFile();
		writeFileSync(file, '');
		const fail = () => {
			throw new Error('ENOENT');
		};
		for (const read of [mounts(file.replace(/[^/]+$/, '')), mounts(`${file}-wal`), fail])
			expect(() => refuseMountedFile(file, read, 'linux')).not.toThrow();
	});
});

it('a ledger file with a second name is accepted with a warning', async () => {
	const file = newFile();
	const store = SqliteStore.open(file);
	await store.find(['any']);
	expect(await store.durabilityWarnings()).toEqual([]);
	linkSync(file, `${file}.backup`);
	expect(await store.durabilityWarnings()).toEqual([expect.stringContaining('second name')]);
	await store.close();
});
