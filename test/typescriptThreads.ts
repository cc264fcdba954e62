/** Lets worker threads run our TypeScript files. In a test, Node.js has no loader for them. */
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import threads from 'node:worker_threads';

import { buildSync } from 'esbuild';

type Threads = { -readonly [K in keyof typeof threads]: (typeof threads)[K] };

/** Compiled files by path: a thread that compiles its own files takes four times as long to start. */
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

const { Worker: OwnWorker } = threads;

class TypescriptWorker extends OwnWorker {
	constructor(file: string, options: threads.WorkerOptions = {}) {
		super(compile(file), options);
	}
}

/**
 * Has the interface of a worker thread, but runs in one thread shared by all instances. It ends when it closes
 * its port.
 */
class SharingWorker extends EventEmitter {
	private static host: threads.Worker | undefined;
	private readonly port: threads.MessagePort;

	constructor(file: string, { workerData }: threads.WorkerOptions = {}) {
		super();
		const { port1, port2 } = new threads.MessageChannel();
		const host = (SharingWorker.host ??= new OwnWorker(require.resolve('./threadHost.cjs')));
		host.unref();
		host.postMessage({ file: compile(file), workerData: workerData as unknown, port: port2 }, [port2]);
		this.port = port1;
		port1.on('message', (message) => this.emit('message', message));
		port1.on('close', () => this.emit('exit', 0));
	}

	postMessage(message: unknown): void {
		this.port.postMessage(message);
	}

	ref(): void {
		this.port.ref();
	}

	unref(): void {
		this.port.unref();
	}
}

/** Tests of threads themselves: each of their workers gets its own thread. */
const TEST_THREADS = /[\\/]test[\\/](crash|inputs|ledger[\\/]stores)[\\/]/;

type Chooser = Threads & { isOneForAll?: boolean };

// Node's built-in modules are shared by all test files of a process, so this replacement applies to later files
// too.
const chooser = threads as Chooser;
if (chooser.isOneForAll === undefined) {
	chooser.Worker = new Proxy(TypescriptWorker, {
		construct: (_kind, given: [file: string | URL, options?: threads.WorkerOptions]) => {
			const [file, options] = given;
			if (typeof file !== 'string' || !file.endsWith('.ts')) return new OwnWorker(file, options);
			return new (chooser.isOneForAll ? SharingWorker : TypescriptWorker)(file, options);
		},
	});
}
chooser.isOneForAll = !TEST_THREADS.test((globalThis as { testPath?: string }).testPath ?? '');
