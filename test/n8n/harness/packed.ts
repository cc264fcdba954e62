import { createHash } from 'node:crypto';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cacheFolder } from './cache';
import { exclusively } from './exclusively';
import { runProgram } from './program';
import type { ProgressLine } from './progressLine';
import { progressLine } from './progressLine';

const ROOT = join(__dirname, '../../..');

/**
 * Paths that do not affect the package. A new folder counts as relevant until it is listed here, which only costs
 * time.
 */
const WITHOUT_SAY = new Set(['coverage', 'dist', 'docs', 'examples', 'node_modules', 'test']);

/** Number of packed source states that are kept. */
const KEPT = 5;

interface PackageJson {
	name: string;
	version: string;
	[field: string]: unknown;
}

/**
 * Packs this project and installs it as n8n installs a package that is entered in its settings, so that a file or
 * dependency missing from the package is missing here too. Resolves with a folder like `nodes` in n8n's user
 * folder, to be copied there. Runs once for each state of the sources.
 */
export async function packedNodes(progress: ProgressLine = progressLine()): Promise<string> {
	const packed = join(cacheFolder(), 'packed');
	const nodes = join(packed, fingerprint());
	await exclusively(join(cacheFolder(), 'packed.lock'), async () => {
		if (existsSync(nodes)) {
			const now = new Date();
			utimesSync(nodes, now, now);
			return;
		}
		progress.show('Packing this project');
		const part = `${nodes}.part`;
		rmSync(part, { recursive: true, force: true });
		try {
			await installLikeN8n(part);
		} finally {
			progress.end();
		}
		renameSync(part, nodes);
		forgetOld(packed);
	});
	return nodes;
}

/** Copies the result of `packedNodes` to the folder in which n8n looks for community packages. */
export function addToUserFolder(nodes: string, userFolder: string): void {
	cpSync(nodes, join(userFolder, '.n8n', 'nodes'), { recursive: true });
}

/**
 * Reproduces n8n's `CommunityPackagesService.downloadPackage` step by step, except that the package is not
 * published.
 */
async function installLikeN8n(nodes: string): Promise<void> {
	const tarballs = mkdtempSync(join(tmpdir(), 'packed-'));
	try {
		// Packing also builds, in the prepack script.
		await runProgram(['npm', 'pack', '--silent', '--pack-destination', tarballs], { cwd: ROOT });
		const [tarball] = readdirSync(tarballs);
		if (tarball === undefined) throw new Error('npm pack left no tarball');
		const { name } = readPackage(ROOT);
		const folder = join(nodes, 'node_modules', name);
		mkdirSync(folder, { recursive: true });
		await runProgram(['tar', '-xzf', join(tarballs, tarball), '-C', folder, '--strip-components=1'], {
			cwd: tarballs,
		});
		const { version, ...rest } = readPackage(folder);
		for (const kind of ['devDependencies', 'peerDependencies', 'optionalDependencies']) {
			Reflect.deleteProperty(rest, kind);
		}
		writePackage(folder, { ...rest, version });
		await runProgram(
			[
				...(['npm', 'install', '--audit=false', '--fund=false', '--bin-links=false'] as const),
				'--install-strategy=shallow',
				'--ignore-scripts=true',
				'--package-lock=false',
			],
			{ cwd: folder },
		);
		writePackage(nodes, { name: 'installed-nodes', private: true, dependencies: { [name]: version } });
	} finally {
		rmSync(tarballs, { recursive: true, force: true });
	}
}

function readPackage(folder: string): PackageJson {
	return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
}

function writePackage(folder: string, content: object): void {
	writeFileSync(join(folder, 'package.json'), JSON.stringify(content, null, 2));
}

/** Hashes every file that can affect the package. */
function fingerprint(): string {
	const hash = createHash('sha256');
	const entries = readdirSync(ROOT, { withFileTypes: true })
		.filter(({ name }) => !name.startsWith('.') && !WITHOUT_SAY.has(name))
		.flatMap((entry) =>
			entry.isDirectory()
				? readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((name) =>
						join(entry.name, name),
					)
				: [entry.name],
		);
	for (const name of entries.sort()) {
		const path = join(ROOT, name);
		if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path)).update('\0');
	}
	return hash.digest('hex').slice(0, 16);
}

function forgetOld(packed: string): void {
	const age = (name: string) => statSync(join(packed, name)).mtimeMs;
	const oldest = readdirSync(packed).sort((a, b) => age(b) - age(a));
	for (const name of oldest.slice(KEPT)) rmSync(join(packed, name), { recursive: true, force: true });
}
