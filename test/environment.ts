import { enableCompileCache, flushCompileCache } from 'node:module';

import { TestEnvironment } from 'jest-environment-node';

import './engine/instance';

// Caches compiled code of n8n's files on disk, so that each test process does not compile them again.
enableCompileCache();

// Otherwise esbuild keeps a thread and a process alive, which are slow to start and slow to stop.
process.env.ESBUILD_WORKER_THREADS = '0';

// Exit without cleaning up when the event loop is empty: freeing all loaded modules takes longer than Jest waits
// for a worker. A process with an open handle never emits `beforeExit`, and Jest reports it.
if (process.send) process.once('beforeExit', () => process.exit());

/**
 * Packages that are loaded once per process create dates and errors of the process's own realm, so every test
 * file uses these classes too.
 */
const COMMON = { Date, Error, RangeError, SyntaxError, TypeError };

// Errors that V8 throws belong to the realm of the file that caused them.
Object.defineProperty(Error, Symbol.hasInstance, {
	configurable: true,
	value(this: unknown, value: unknown): boolean {
		if (this === Error) return isErrorOfAnyKind(value) || isOrdinaryInstance(Error, value);
		return isOrdinaryInstance(this, value);
	},
});

function isErrorOfAnyKind(value: unknown): boolean {
	return Object.prototype.toString.call(value) === '[object Error]';
}

function isOrdinaryInstance(kind: unknown, value: unknown): boolean {
	return Function.prototype[Symbol.hasInstance].call(kind, value);
}

let kept = 0;

/**
 * Flushes the compile cache. Flushing checks every compiled file, so it runs only after a test that has loaded
 * new ones.
 */
function keepWhatIsCompiled(): void {
	const loaded = Object.keys(require.cache).length;
	if (loaded === kept) return;
	flushCompileCache();
	kept = loaded;
}

/** Node's environment plus `loadShared`. Without it, each test file would load n8n's two thousand files again. */
export default class SharingEnvironment extends TestEnvironment {
	constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
		super(...given);
		const [, { testPath }] = given;
		Object.assign(this.global, COMMON, { loadShared: require, testPath });
	}

	override async teardown(): Promise<void> {
		await super.teardown();
		// Flush now, because the process has no time left when it exits.
		keepWhatIsCompiled();
	}
}
