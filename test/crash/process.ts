import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Work } from './worker';

/** Starts a worker. `ended` resolves with the signal that killed it, or null when it came to its end by itself. */
export function startWorker(work: Work): { child: ChildProcess; ended: Promise<NodeJS.Signals | null> } {
	const script = join(__dirname, 'worker.ts');
	const child = spawn(process.execPath, ['--require', 'tsx/cjs', script], {
		env: { ...process.env, WORK: JSON.stringify(work), NODE_ENV: 'production' },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let complaints = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
	const ended = once(child, 'exit').then(([code, signal]) => {
		if (signal === null && code !== 0)
			throw new Error(`The worker ended with ${String(code)}: ${complaints}`);
		return signal as NodeJS.Signals | null;
	});
	return { child, ended };
}
