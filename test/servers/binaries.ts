import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/** The servers that tests start, with the Debian package of each. */
const PACKAGES = {
	initdb: 'postgresql',
	postgres: 'postgresql',
	'redis-server': 'redis-server',
	pgbouncer: 'pgbouncer',
};

export type Binary = keyof typeof PACKAGES;

/** Finds a program, also in the folders outside the PATH where Debian installs it. */
function findBinary(name: Binary): string | undefined {
	const folders = [
		...(process.env.PATH ?? '').split(delimiter),
		...postgresFolders(),
		'/usr/local/sbin',
		'/usr/sbin',
		'/sbin',
	];
	return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function binary(name: Binary): string {
	const found = findBinary(name);
	if (found === undefined) throw new Error(`There is no ${name} here: apt-get install ${PACKAGES[name]}`);
	return found;
}

/**
 * The scope of a run: `npm test` excludes servers, `npm run test:servers` covers only them, the soak covers both.
 */
const covered = process.env.TEST_LEDGERS ?? 'without servers';

/** For `*.ledgers.test.ts`: tests that ran in `npm test` do not run again in `npm run test:servers`. */
export function whereNoServer(): jest.Describe {
	const isSeen = covered === 'on servers' && testPath().endsWith('.ledgers.test.ts');
	return isSeen ? leaveOut() : describe;
}

/** For `*.ledgers.test.ts`: tests that need no server, but look for the same faults on another ledger. */
export function whereEveryLedger(): jest.Describe {
	return covered === 'without servers' ? leaveOut() : describe;
}

/**
 * For `npm run test:servers`: `describe` if all of these are installed, else `describe.skip`, which prints what
 * was skipped and why. `npm test` leaves these tests out.
 */
export function whereInstalled(...names: Binary[]): jest.Describe {
	if (covered === 'without servers') return leaveOut();
	return missing(names) ? describe.skip : describe;
}

/** Scripts start servers too, and have no `describe`. */
const leaveOut = () => Object.assign(() => undefined, describe) as unknown as jest.Describe;

const testPath = () => expect.getState().testPath ?? 'the tests';

function missing(names: Binary[]): boolean {
	// The servers are watched through /proc, which only Linux has.
	if (!existsSync('/proc/self/stat')) {
		skipped(`needs Linux, for ${names.join(', ')}`);
		return true;
	}
	const absent = names.filter((name) => findBinary(name) === undefined);
	for (const name of absent) skipped(`needs ${name}. Bring it with: apt-get install ${PACKAGES[name]}`);
	return absent.length > 0;
}

const reportedNames = new Set<string>();

function skipped(reason: string): void {
	const sentence = `SKIPPED: a part of ${basename(testPath())} ${reason}`;
	if (!reportedNames.has(sentence)) console.warn(sentence);
	reportedNames.add(sentence);
}

/** Newest version first. */
function postgresFolders(): string[] {
	const root = '/usr/lib/postgresql';
	const versions = existsSync(root) ? readdirSync(root) : [];
	return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'));
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
