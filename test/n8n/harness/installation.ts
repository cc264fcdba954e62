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

/** What npm installs to the letter: left to itself, its resolver does not come to an end with what n8n asks for. */
const LOCKED = join(__dirname, 'locked');

/** The n8n that the tests speak of. */
const N8N_VERSION = lockedVersion();

/** An n8n that can be started. */
export interface N8nInstallation {
	version: string;
	folder: string;
	/** The script, and the Node that runs it. */
	bin: string;
	node: string;
}

/** How often the size on disk is measured, in milliseconds: it means going through 200 000 files. */
const MEASURE = 10_000;

/** From this size on, in MB, packages are being written. */
const WRITING = 10;

/** Without scripts: n8n's many optional parts want compilers that are not needed here. SQLite is built afterwards. */
const WITHOUT_SCRIPTS = ['--ignore-scripts', '--no-audit', '--no-fund'] as const;
const BY_LOCK = ['npm', 'ci', ...WITHOUT_SCRIPTS] as const;

/** What npm remembers of the registry may be older than what n8n asks for. */
const RESOLVED_ANEW = ['npm', 'install', '--prefer-online', ...WITHOUT_SCRIPTS] as const;

/** How long each step of an installation may take, in minutes: several times what it takes on two busy cores. */
const LIMIT_MINUTES = 30;

/**
 * Installs this version of n8n unless it is there: some minutes and 3 GB, once per machine. The version that the tests
 * speak of comes by a lock; any other is resolved by npm, within the same limit of time.
 */
export async function n8nInstallation(
	version: string = N8N_VERSION,
	progress: ProgressLine = progressLine(),
): Promise<N8nInstallation> {
	const folder = folderOf(version);
	// Written last: a folder without it is half there.
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

/** Where that n8n is, if it was installed. */
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
		// Whatever an interrupted installation has left is in nobody's way.
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		await (version === N8N_VERSION ? installByLock(folder) : installAnew(version, folder));
		clearInterval(measuring);
		progress.show(`Installing n8n ${version}: SQLite`);
		// As environment: npm itself no longer takes it as a flag, and node-gyp reads it there.
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

async function installAnew(version: string, folder: string): Promise<void> {
	newPackage(folder, {
		dependencies: { n8n: version },
		allowScripts: { sqlite3: true },
		// Older versions have it from another place than the registry. No test reads a spreadsheet.
		overrides: { xlsx: '0.18.5' },
	});
	await runProgram([...RESOLVED_ANEW], { cwd: folder, limitMinutes: LIMIT_MINUTES });
}

/** Empty where it cannot be told: files come and go while they are counted. */
async function sizeOf(folder: string): Promise<string> {
	const message = await runProgram(['du', '-sm', folder], { cwd: folder }).catch(() => '');
	const megabytes = parseInt(message, 10);
	// npm first looks all packages up, for minutes, and writes nothing.
	return megabytes >= WRITING ? `${megabytes} MB` : '';
}

/** The root of a Node like ours with its headers: the copy that runs us may have come without them. */
async function nodeHeaders(): Promise<string> {
	const version = process.version.slice(1);
	const name = `node-${process.platform}-${process.arch}`;
	const folder = join(cacheFolder(), `node-${version}`);
	const root = join(folder, 'node_modules', name);
	if (!existsSync(join(root, 'include/node/node.h'))) {
		newPackage(folder, { dependencies: { [name]: version } });
		await runProgram([...RESOLVED_ANEW], { cwd: folder, limitMinutes: LIMIT_MINUTES });
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

/** Better now than after seven minutes. */
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
