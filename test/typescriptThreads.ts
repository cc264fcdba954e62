/** Lets worker threads run our files as they are: in a test, nobody has told Node.js how. */
import threads from 'node:worker_threads';

import { TYPESCRIPT } from './typescript';

type Threads = { -readonly [K in keyof typeof threads]: (typeof threads)[K] };

class TypescriptWorker extends threads.Worker {
	constructor(file: string, options: threads.WorkerOptions = {}) {
		super(file, file.endsWith('.ts') ? { ...options, execArgv: TYPESCRIPT } : options);
	}
}

// Node's own modules are the same for all test files of a process.
if (threads.Worker.name !== TypescriptWorker.name) {
	(threads as Threads).Worker = TypescriptWorker;
}
