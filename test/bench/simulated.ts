import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { TYPESCRIPT } from '../typescript';

const MAIN = join(__dirname, '../simulator/main.ts');

/** Runs a Stripe simulator in a separate process, so that its cost is not measured as ours. */
export async function withSimulator<R>(
	{ latencyMs = 0, perSecond }: { latencyMs?: number; perSecond?: number },
	act: (url: string) => Promise<R>,
): Promise<R> {
	const limit = perSecond === undefined ? [] : ['--limit', `${perSecond}`];
	const args = [...TYPESCRIPT, MAIN, '--latency', `${latencyMs}`, ...limit];
	const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	try {
		const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
		return await act(url);
	} finally {
		const ended = once(child, 'exit');
		child.kill('SIGKILL');
		await ended;
	}
}

/** Deletes everything in the simulator, so that every run starts with the same state. */
export async function reset(url: string): Promise<void> {
	await fetch(`${url}/_simulator/reset`, { method: 'POST', body: '{}' });
}
