/** Lets worker threads run our files: in a test, nobody has told Node.js how. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import threads from 'node:worker_threads';

import { buildSync } from 'esbuild';

type Threads = { -readonly [K in keyof typeof threads]: (typeof threads)[K] };

/** Compiled once: a thread that compiles its own files takes four times as long to begin. */
const compiled = new Map<string, string>();
let folder: string | undefined;

function compile(file: string): string {
	if (!folder) {
		const made = (folder = mkdtempSync(join(tmpdir(), 'threads-')));
		process.once('exit', () => rmSync(made, { recursive: true, force: true }));
	}
	const outfile = compiled.get(file) ?? join(folder, `${basename(file)}-${compiled.size}.cjs`);
	if (!compiled.has(file)) {
		buildSync({ entryPoints: [file], outfile, bundle: true, platform: 'node', sourcemap: 'inline' });
	}
	compiled.set(file, outfile);
	return outfile;
}

class TypescriptWorker extends threads.Worker {
	constructor(file: string, options: threads.WorkerOptions = {}) {
		super(file.endsWith('.ts') ? compile(file) : file, options);
	}
}

// Node's own modules are the same for all test files of a process.
if (threads.Worker.name !== TypescriptWorker.name) {
	(threads as Threads).Worker = TypescriptWorker;
}
