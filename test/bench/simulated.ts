import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { TYPESCRIPT } from '../typescript';

const MAIN = join(__dirname, '../simulator/main.ts');

/** A Stripe in a process of its own, so that what it costs is not counted as ours. */
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

/** It forgets everything, so that no run finds it fuller than the one before. */
export async function reset(url: string): Promise<void> {
	await fetch(`${url}/_simulator/reset`, { method: 'POST', body: '{}' });
}
