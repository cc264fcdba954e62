import { readdirSync, readFileSync } from 'node:fs';

import { until } from './until';

/**
 * Signals a server and all its descendants. A process group is not enough, because every Postgres backend opens
 * its own session. Killing only the parent is not enough either, because its children would run on until they
 * notice.
 */
export async function signalFamily(parent: number, signal: NodeJS.Signals): Promise<number[]> {
	// A stopped parent forks no more children while they are listed.
	send(parent, 'SIGSTOP');
	await until('a stopped process', () => !isRunning(parent));
	const family = [parent, ...descendants(parent)];
	if (signal !== 'SIGSTOP') for (const pid of [...family].reverse()) send(pid, signal);
	else for (const pid of family) send(pid, signal);
	return family;
}

/** Sends SIGKILL to all at once. Resolves when none of them is running. */
export async function killFamily(parent: number): Promise<void> {
	const family = await signalFamily(parent, 'SIGKILL');
	await until('the end of killed processes', () => !family.some(isAlive));
}

export function isAlive(pid: number): boolean {
	const state = stateOf(pid);
	return state !== undefined && !DEAD.has(state);
}

/** A zombie no longer runs; its parent has not yet read its exit status. */
const DEAD = new Set(['Z', 'X']);

/** Stopped, traced or dead. */
const STANDING = new Set(['T', 't', ...DEAD]);

function isRunning(pid: number): boolean {
	const state = stateOf(pid);
	return state !== undefined && !STANDING.has(state);
}

function send(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

function descendants(parent: number): number[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync('/proc')) {
		const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
		if (stat) parents.set(Number(name), stat.parent);
	}
	const family = [parent];
	// `family` grows during the iteration.
	for (const ancestor of family) for (const [pid, its] of parents) if (its === ancestor) family.push(pid);
	return family.slice(1);
}

function stateOf(pid: number): string | undefined {
	return statOf(pid)?.state;
}

/** `/proc/…/stat` is readable by everybody: `pid (name, which may contain anything) state parent …`. */
function statOf(pid: number): { state: string; parent: number } | undefined {
	let text: string;
	try {
		text = readFileSync(`/proc/${pid}/stat`, 'utf8');
	} catch {
		return undefined;
	}
	const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return { state, parent: Number(parent) };
}
