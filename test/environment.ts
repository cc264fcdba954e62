import { enableCompileCache, flushCompileCache } from 'node:module';

import { TestEnvironment } from 'jest-environment-node';

import './engine/instance';

// n8n's files are compiled once, and not by each process that runs tests.
enableCompileCache();

// esbuild else keeps a thread and a process of its own, which take long to begin, and to end when this one ends.
process.env.ESBUILD_WORKER_THREADS = '0';

// Nothing is left to do, so nothing is tidied up: what a process has loaded takes longer to give back than Jest waits for.
// One that is held by something never gets here, and Jest says so.
if (process.send) process.once('beforeExit', () => process.exit());

/** Packages that are loaded once per process make dates and errors of the process's own kind, and so does everybody here. */
const COMMON = { Date, Error, RangeError, SyntaxError, TypeError };

// Those that V8 makes itself are of the kind of the file in which it does.
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

/** Keeping it looks at each file that is compiled, so only after a test that has loaded more of them. */
function keepWhatIsCompiled(): void {
	const loaded = Object.keys(require.cache).length;
	if (loaded === kept) return;
	flushCompileCache();
	kept = loaded;
}

/** Node's environment, and in it `loadShared`: each test file would else read n8n's two thousand files anew. */
export default class SharingEnvironment extends TestEnvironment {
	constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
		super(...given);
		const [, { testPath }] = given;
		Object.assign(this.global, COMMON, { loadShared: require, testPath });
	}

	override async teardown(): Promise<void> {
		await super.teardown();
		// At its end, a process would have no time left for it.
		keepWhatIsCompiled();
	}
}
