import { spawnSync } from 'node:child_process';

import { Expression } from 'n8n-workflow';

type Engine = 'legacy' | 'vm';

/** isolated-vm, which n8n's own engine runs on, needs it (its README). */
export const NODE_FLAGS = ['--no-node-snapshot'];

/** Lets n8n evaluate expressions as its servers do; `vm` with the defaults of their configuration. */
export async function useEngine(engine: Engine): Promise<void> {
	await Expression.initExpressionEngine({
		engine,
		bridgeTimeout: 5_000,
		bridgeMemoryLimit: 128,
		poolSize: 1,
		maxCodeCacheSize: 1_024,
		lazyAcquire: false,
	});
	const active = Expression.getActiveImplementation();
	if (active !== engine) throw new Error(`n8n evaluates with ${active}, not with ${engine}`);
}

/** Why the engine of n8n's servers cannot be used on this machine; undefined where it can. */
export function explainUnusable(): string | undefined {
	const { status, stderr } = spawnSync(process.execPath, [
		...NODE_FLAGS,
		'-e',
		"new (require('isolated-vm').Isolate)()",
	]);
	if (status === 0) return undefined;
	return `n8n's engine for expressions cannot be loaded: npm rebuild isolated-vm (Node 24 or newer). ${String(stderr).slice(0, 300)}`;
}
