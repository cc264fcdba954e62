import {
	chmodSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { StoreUnavailableError } from '../../../../ledger/store';
import { openLedgerFile } from '../../../../ledger/stores/sqlite/file';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { row } from '../conformance';
import { WITHOUT_COUNTING } from '../schema5';
import { newFile, newFolder, removeFolders } from '../../temporary';

const opened: SqliteStore[] = [];
function open(file: string): SqliteStore {
	const store = SqliteStore.open(file);
	opened.push(store);
	return store;
}
afterEach(async () => {
	await Promise.all(opened.splice(0).map((store) => store.close()));
});
afterAll(removeFolders);

/** The words for people of a refusal. */
async function refusal(file: string): Promise<string> {
	const error = await open(file)
		.find([])
		.catch((refused: unknown) => refused);
	if (error instanceof StoreUnavailableError) return error.reason;
	throw new Error('It was not refused', { cause: error });
}

/** What another program sees of the file. */
function seen<R>(file: string, look: (database: DatabaseSync) => R): R {
	const database = new DatabaseSync(file);
	try {
		return look(database);
	} finally {
		database.close();
	}
}

const pragma = (database: DatabaseSync, name: string) =>
	Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
const modeOf = (file: string) => statSync(file).mode & 0o777;

describe('a new file', () => {
	it('is readable by its owner alone, and so are the files beside it', async () => {
		const file = join(newFolder(), 'new', 'ledger.sqlite');
		await open(file).insertIfAbsent([row()]);
		expect(modeOf(file)).toBe(0o600);
		expect(modeOf(`${file}-wal`) & 0o077).toBe(0);
		expect(modeOf(`${file}-shm`) & 0o077).toBe(0);
		expect(modeOf(dirname(file)) & 0o077).toBe(0);
	});

	it('is a write-ahead log database with our application ID and schema', async () => {
		const file = newFile();
		await open(file).find([]);
		expect(seen(file, (database) => pragma(database, 'journal_mode'))).toBe('wal');
		expect(seen(file, (database) => pragma(database, 'application_id'))).toBe(0x6e386e69);
		expect(seen(file, (database) => pragma(database, 'user_version'))).toBe(9);
		expect(seen(file, (database) => pragma(database, 'integrity_check'))).toBe('ok');
	});
});

describe('an existing file', () => {
	it('keeps the mode that its owner gave it', async () => {
		const file = newFile();
		writeFileSync(file, '');
		chmodSync(file, 0o660);
		await open(file).find([]);
		expect(modeOf(file)).toBe(0o660);
	});

	it('that is empty becomes a ledger', async () => {
		const file = newFile();
		writeFileSync(file, '');
		expect((await open(file).insertIfAbsent([row({ entryId: 'one' })]))[0]?.entryId).toBe('one');
	});

	it('is opened once per process', () => {
		const file = newFile();
		expect(open(file)).toBe(open(file));
	});

	it('holds after a restart what was written before', async () => {
		const file = newFile();
		const one = row();
		await open(file).insertIfAbsent([one]);
		await open(file).close();
		expect(await open(file).find([one.entryId])).toEqual([one]);
	});

	it('is the same by a different path, through a link', async () => {
		const file = newFile();
		const link = `${file}.link`;
		const one = row();
		await open(file).insertIfAbsent([one]);
		symlinkSync(file, link);
		expect(await open(link).find([one.entryId])).toEqual([one]);
	});
});

describe('a file that is removed or replaced while the ledger is open', () => {
	it.each<[string, (file: string) => void]>([
		['deleted', (file) => rmSync(file)],
		['moved', (file) => renameSync(file, `${file}.old`)],
		[
			'replaced by a copy',
			(file) => {
				writeFileSync(`${file}.new`, readFileSync(file));
				renameSync(`${file}.new`, file);
			},
		],
		[
			'deleted together with its log',
			(file) => ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true })),
		],
	])(
		'is opened again when it was %s: new entries are written where the next process finds them',
		async (_name, away) => {
			const file = newFile();
			const before = open(file);
			await before.insertIfAbsent([row({ entryId: 'before' })]);
			seen(file, (database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
			away(file);
			await open(file).insertIfAbsent([row({ entryId: 'after' })]);
			const ids = seen(file, (database) => database.prepare('SELECT entry_id FROM entries').all());
			expect(ids).toContainEqual({ entry_id: 'after' });
			expect(seen(file, (database) => pragma(database, 'integrity_check'))).toBe('ok');
		},
	);
});

describe('a path that cannot hold a ledger is refused with a helpful message', () => {
	const garbage = (size: number) => {
		const file = newFile();
		writeFileSync(file, 'This is no database. '.repeat(size));
		return file;
	};
	const foreign = (setUp: string) => {
		const file = newFile();
		seen(file, (database) => database.exec(setUp));
		return file;
	};

	it.each<[string, () => string, RegExp]>([
		['a folder', newFolder, /it is a folder\. Add a file name/],
		['below a file', () => join(garbage(1), 'ledger.sqlite'), /a part of the path is not a folder/],
		['below a device', () => '/dev/null/ledger.sqlite', /a part of the path is not a folder/],
		['where no one can write', () => '/proc/1/ledger.sqlite', /./],
		[
			'a text file',
			() => garbage(1_000),
			/the file is not a valid SQLite database\. Choose a different file/,
		],
		[
			'a short text file',
			() => garbage(1),
			/the file is not a valid SQLite database\. Choose a different file/,
		],
		[
			'a database of another program',
			() => foreign('CREATE TABLE workflow_entity (id)'),
			/a database of another program\. Choose another file/,
		],
		[
			'a database of another program that marks it',
			() => foreign('PRAGMA application_id = 7; PRAGMA user_version = 3'),
			/a database of another program/,
		],
	])('%s', async (_name, make, message) => {
		const file = make();
		expect(await refusal(file)).toContain(file);
		expect(await refusal(file)).toMatch(message);
	});

	it.each([
		[12, /newer version of this package \(schema 12, known here: 9\)\. Update/],
		[1, /older version of this package \(schema 1, known here: 9\).* Choose another file/],
	])('a ledger of version %i: both versions are named', async (version, message) => {
		const file = newFile();
		await open(file).find([]);
		await open(file).close();
		seen(file, (database) => database.exec(`PRAGMA user_version = ${version}`));
		expect(await refusal(file)).toMatch(message);
		expect(seen(file, (database) => pragma(database, 'user_version'))).toBe(version);
	});

	it('a ledger that a newer version upgrades while it is open', async () => {
		const file = newFile();
		const one = row();
		await open(file).insertIfAbsent([one]);
		seen(file, (database) => database.exec('PRAGMA user_version = 12'));
		const newer = /newer version of this package/;
		await expect(open(file).insertIfAbsent([row()])).rejects.toThrow(newer);
		await expect(open(file).remove([one])).rejects.toThrow(newer);
		expect(await refusal(file)).toMatch(newer);
		expect(seen(file, (database) => database.prepare('SELECT entry_id FROM entries').all())).toEqual([
			{ entry_id: one.entryId },
		]);
	});

	it('but not a ledger of an earlier version: it is upgraded', async () => {
		const file = newFile();
		const one = row();
		await open(file).insertIfAbsent([one]);
		await open(file).close();
		// As the builds of schema 5 have left it.
		seen(file, (database) => database.exec(WITHOUT_COUNTING));
		expect(await open(file).find([one.entryId])).toEqual([one]);
		expect(seen(file, (database) => pragma(database, 'user_version'))).toBe(9);
	});

	it('and its file is left byte for byte unchanged', async () => {
		for (const file of [garbage(1_000), foreign('CREATE TABLE workflow_entity (id)')]) {
			const before = readFileSync(file);
			await refusal(file);
			expect(readFileSync(file).equals(before)).toBe(true);
		}
	});

	it('and is tried again the next time', async () => {
		const file = newFile();
		mkdirSync(file);
		await refusal(file);
		rmSync(file, { recursive: true });
		expect(await open(file).find([])).toEqual([]);
	});
});

describe('a log file that is removed while it is in use', () => {
	const count = (database: DatabaseSync) => database.prepare('SELECT count(*) FROM entries').get();
	const insert = (file: string) => open(file).insertIfAbsent([row()]);

	it('loses nothing acknowledged', async () => {
		const file = newFile();
		await insert(file);
		rmSync(`${file}-wal`);
		await insert(file);
		expect(seen(file, count)).toEqual({ 'count(*)': 2 });
	});

	it('loses nothing either if the ledger is opened through a symbolic link', async () => {
		const [file, link] = [newFile(), newFile()];
		symlinkSync(file, link);
		await insert(link);
		rmSync(`${file}-wal`);
		await insert(link);
		expect(seen(file, count)).toEqual({ 'count(*)': 2 });
	});

	it('is reported if another process has continued without it', async () => {
		const file = newFile();
		await insert(file);
		rmSync(`${file}-wal`);
		// As another process begins its own.
		writeFileSync(`${file}-wal`, '');
		await expect(insert(file)).rejects.toThrow(/-wal was removed or replaced/);
	});
});

it('a Node.js without SQLite is refused with its version and what to do', () => {
	const builtin = jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
	try {
		expect(() => openLedgerFile(newFile())).toThrow(
			/Node\.js v\d+.* has no built-in SQLite\. Run n8n on Node\.js 22\.16 or newer/,
		);
	} finally {
		builtin.mockRestore();
	}
});

describe('a file that another program has locked', () => {
	it('is waited for, and then refused, within limits, without mentioning payments', async () => {
		const file = newFile();
		const store = open(file);
		const other = new DatabaseSync(file);
		other.exec('BEGIN IMMEDIATE');
		const began = performance.now();
		await expect(store.insertIfAbsent([row()])).rejects.toThrow(
			/a different process kept the file locked for too long\. Run it again/,
		);
		expect(performance.now() - began).toBeLessThan(15_000);
		other.exec('ROLLBACK');
		other.close();
		expect(await store.insertIfAbsent([row({ entryId: 'one' })])).toHaveLength(1);
	});

	it('can still be read', async () => {
		const file = newFile();
		const one = row();
		const store = open(file);
		await store.insertIfAbsent([one]);
		const other = new DatabaseSync(file);
		other.exec('BEGIN IMMEDIATE');
		expect(await store.find([one.entryId])).toEqual([one]);
		expect(await store.list({ limit: 1 })).toEqual([one]);
		other.close();
	});
});

it('an error in the middle of many rows writes none of them', async () => {
	const file = newFile();
	const store = open(file);
	const impossible = { ...row(), expiresAt: NaN };
	await expect(store.insertIfAbsent([row({ entryId: 'one' }), impossible])).rejects.toThrow(
		StoreUnavailableError,
	);
	expect(await store.find(['one'])).toEqual([undefined]);
});

it('a folder that the system refuses to create is reported at once', async () => {
	expect(await refusal('/proc/nowhere/deep/ledger.sqlite')).toMatch(
		/folder cannot be created|cannot write/,
	);
});
