import { readdirSync, readFileSync } from 'node:fs';

import { until } from './until';

/**
 * A server and all that it forked. A process group would not do: every backend of Postgres opens a session of its own.
 * And killing the parent alone would not do either: its children would work on until they notice.
 */
export async function signalFamily(parent: number, signal: NodeJS.Signals): Promise<number[]> {
	// A parent that stands still has no further children while they are counted.
	send(parent, 'SIGSTOP');
	await until('a stopped process', () => !isRunning(parent));
	const family = [parent, ...descendants(parent)];
	if (signal !== 'SIGSTOP') for (const pid of [...family].reverse()) send(pid, signal);
	else for (const pid of family) send(pid, signal);
	return family;
}

/** SIGKILL for all at once; resolves when none of them can do anything any more. */
export async function killFamily(parent: number): Promise<void> {
	const family = await signalFamily(parent, 'SIGKILL');
	await until('the end of killed processes', () => !family.some(isAlive));
}

export function isAlive(pid: number): boolean {
	const state = stateOf(pid);
	return state !== undefined && !DEAD.has(state);
}

/** A zombie does nothing: nobody has asked yet how it ended. */
const DEAD = new Set(['Z', 'X']);

/** Traced or stopped, or dead. */
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
	// It grows while it is gone through.
	for (const ancestor of family) for (const [pid, its] of parents) if (its === ancestor) family.push(pid);
	return family.slice(1);
}

function stateOf(pid: number): string | undefined {
	return statOf(pid)?.state;
}

/** `/proc/…/stat` can be read by everybody: `pid (name, with whatever in it) state parent …`. */
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
