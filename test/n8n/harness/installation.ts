import {
	accessSync,
	constants,
	copyFileSync,
	existsSync,
	mkdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';

import { cacheFolder } from './cache';
import { exclusively } from './exclusively';
import { runProgram } from './program';
import type { ProgressLine } from './progressLine';
import { progressLine } from './progressLine';

/** A complete lockfile for npm: without one, its resolver does not finish on n8n's dependencies. */
const LOCKED = join(__dirname, 'locked');

/** The n8n version that the tests use. */
const N8N_VERSION = lockedVersion();

/** An n8n that can be started. */
export interface N8nInstallation {
	version: string;
	folder: string;
	/** The script, and the Node.js that runs it. */
	bin: string;
	node: string;
}

/** Interval of measuring the size on disk in ms: it has to visit 200 000 files. */
const MEASURE = 10_000;

/** From this size in MB, npm is writing packages. */
const WRITING = 10;

/**
 * Without scripts, because n8n's many optional dependencies need compilers that are not needed here. SQLite is
 * built afterwards.
 */
const WITHOUT_SCRIPTS = ['--ignore-scripts', '--no-audit', '--no-fund'] as const;
const BY_LOCK = ['npm', 'ci', ...WITHOUT_SCRIPTS] as const;

/** npm's cache of the registry may be older than the versions that n8n requires. */
const INSTALL_LATEST = ['npm', 'install', '--prefer-online', ...WITHOUT_SCRIPTS] as const;

/** The time limit of each step of an installation in minutes: several times its duration on two busy cores. */
const LIMIT_MINUTES = 30;

/**
 * Installs this version of n8n unless it is installed: takes some minutes and 3 GB, once per machine. The version
 * that the tests use is installed from a lockfile; npm resolves any other version, within the same time limit.
 */
export async function n8nInstallation(
	version: string = N8N_VERSION,
	progress: ProgressLine = progressLine(),
): Promise<N8nInstallation> {
	const folder = folderOf(version);
	// Written last: without this file, the folder is incomplete.
	const whole = join(folder, 'whole');
	if (!existsSync(whole)) {
		await exclusively(
			`${folder}.lock`,
			async () => {
				if (existsSync(whole)) return;
				await install(version, folder, progress);
				writeFileSync(whole, '');
			},
			() => progress.show(`Another process is installing n8n ${version}: waiting for it`),
		);
	}
	return { version, folder, bin: join(folder, 'node_modules/n8n/bin/n8n'), node: process.execPath };
}

function folderOf(version: string): string {
	return join(cacheFolder(), `n8n-${version}`);
}

/** The path of this n8n, if it is installed. */
export function installedN8n(): string {
	return folderOf(N8N_VERSION);
}

async function install(version: string, folder: string, progress: ProgressLine): Promise<void> {
	demandCompiler(version);
	const once = `Installing n8n ${version} (once: some minutes, 3 GB)`;
	const measuring = setInterval(() => {
		void sizeOf(folder).then((size) => progress.show(once, size));
	}, MEASURE);
	try {
		progress.show(once);
		// Removes the remains of an interrupted installation.
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		await (version === N8N_VERSION ? installByLock(folder) : reinstall(version, folder));
		clearInterval(measuring);
		progress.show(`Installing n8n ${version}: SQLite`);
		// An environment variable, because npm no longer accepts it as a flag and node-gyp reads it from the
		// environment.
		await runProgram(['npm', 'rebuild', 'sqlite3'], {
			cwd: folder,
			env: { ...process.env, npm_config_nodedir: await nodeHeaders() },
			limitMinutes: LIMIT_MINUTES,
		});
	} finally {
		clearInterval(measuring);
		progress.end();
	}
}

async function installByLock(folder: string): Promise<void> {
	mkdirSync(folder, { recursive: true });
	for (const file of ['package.json', 'package-lock.json'])
		copyFileSync(join(LOCKED, file), join(folder, file));
	await runProgram([...BY_LOCK], { cwd: folder, limitMinutes: LIMIT_MINUTES });
}

async function reinstall(version: string, folder: string): Promise<void> {
	newPackage(folder, {
		dependencies: { n8n: version },
		allowScripts: { sqlite3: true },
		// Older versions are not from the registry. No test reads a spreadsheet.
		overrides: { xlsx: '0.18.5' },
	});
	await runProgram([...INSTALL_LATEST], { cwd: folder, limitMinutes: LIMIT_MINUTES });
}

/** Empty if the size cannot be determined: files come and go while they are counted. */
async function sizeOf(folder: string): Promise<string> {
	const message = await runProgram(['du', '-sm', folder], { cwd: folder }).catch(() => '');
	const megabytes = parseInt(message, 10);
	// npm resolves all packages first, which takes minutes without writing anything.
	return megabytes >= WRITING ? `${megabytes} MB` : '';
}

/** Returns the root of a Node.js like the current one that has its headers; the current copy may have none. */
async function nodeHeaders(): Promise<string> {
	const version = process.version.slice(1);
	const name = `node-${process.platform}-${process.arch}`;
	const folder = join(cacheFolder(), `node-${version}`);
	const root = join(folder, 'node_modules', name);
	if (!existsSync(join(root, 'include/node/node.h'))) {
		newPackage(folder, { dependencies: { [name]: version } });
		await runProgram([...INSTALL_LATEST], { cwd: folder, limitMinutes: LIMIT_MINUTES });
	}
	return root;
}

function lockedVersion(): string {
	const { dependencies } = JSON.parse(readFileSync(join(LOCKED, 'package.json'), 'utf8')) as {
		dependencies: { n8n: string };
	};
	return dependencies.n8n;
}

function newPackage(folder: string, content: object): void {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...content }));
}

/** Fails now instead of after seven minutes. */
function demandCompiler(version: string): void {
	const missing = ['python3', 'make', 'g++'].filter((program) => !isOnPath(program));
	if (missing.length === 0) return;
	throw new Error(
		`n8n ${version} needs SQLite, which is compiled when it is installed, and for that ${missing.join(' and ')} ` +
			'must be there: apt-get install python3 make g++ (on macOS: xcode-select --install)',
	);
}

function isOnPath(program: string): boolean {
	return (process.env.PATH ?? '').split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
