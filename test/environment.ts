import { enableCompileCache, flushCompileCache } from 'node:module';
import vm from 'node:vm';

import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

import './engine/instance';

// Caches compiled code of n8n's files on disk, so that each test process does not compile them again.
enableCompileCache();

// Exit without cleaning up when the event loop is empty: freeing all loaded modules takes longer than Jest waits
// for a worker. A process with an open handle never emits `beforeExit`, and Jest reports it.
if (process.send) process.once('beforeExit', () => process.exit());

/** Jest asks for the context of a test file. The process's own has no object, so this one stands for it. */
const OWN_CONTEXT = {};

const { compileFunction } = vm;

Object.assign(vm, {
	compileFunction(...[source, names, options]: Parameters<typeof compileFunction>) {
		if (options?.parsingContext !== OWN_CONTEXT) return compileFunction(source, names, options);
		return compileFunction(source, names, { filename: options.filename });
	},
});

/** What Jest replaces in `process` for each test file. */
const REPLACED = ['exit', 'getBuiltinModule'] as const;

/** Whom Jest tells of each test. If kept, every file that has run in this process would report each test as its own. */
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');

/** What a test file may change for the whole process. */
class ProcessState {
	private readonly globals = Object.getOwnPropertyDescriptors(globalThis);
	private readonly env = { ...process.env };
	private readonly functions = REPLACED.map((name) => [name, process[name]] as const);

	restore(): void {
		for (const [name, descriptor] of Object.entries(this.globals))
			if (descriptor.configurable) Object.defineProperty(globalThis, name, descriptor);
		for (const name of Object.keys(process.env))
			if (!(name in this.env)) Reflect.deleteProperty(process.env, name);
		Object.assign(process.env, this.env);
		Object.assign(process, Object.fromEntries(this.functions));
		Reflect.deleteProperty(globalThis, EVENT_HANDLERS);
	}
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

/**
 * Runs a test file in the process's own realm, so that it can share modules with other test files: see
 * `sharingRuntime.cjs`. What it changes in that realm is restored when it ends.
 */
export default class OwnRealmEnvironment {
	readonly global = globalThis;
	readonly moduleMocker = new ModuleMocker(globalThis);
	/** Jest's older fake timers, which no test uses. */
	readonly fakeTimers = null;
	readonly fakeTimersModern: ModernFakeTimers;
	private readonly before = new ProcessState();

	constructor({ projectConfig: config }: JestEnvironmentConfig, { testPath }: EnvironmentContext) {
		this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis });
		Object.assign(globalThis, { testPath });
	}

	getVmContext(): typeof OWN_CONTEXT {
		return OWN_CONTEXT;
	}

	exportConditions(): string[] {
		return ['node', 'node-addons'];
	}

	async setup(): Promise<void> {}

	async teardown(): Promise<void> {
		this.moduleMocker.restoreAllMocks();
		this.fakeTimersModern.dispose();
		this.before.restore();
		// Flush now, because the process has no time left when it exits.
		keepWhatIsCompiled();
	}
}
