import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** How often somebody who waits for the lock asks for it, in milliseconds. */
const PAUSE = 200;

/** SQLITE_BUSY */
const BUSY = 5;

/**
 * One process of this machine at a time does this work; the others wait. The lock is SQLite's on a file, so the system
 * itself lets go of it when its holder dies: there is no dead owner to be recognized, whose number may be another's.
 *
 * @param onWait called once, when another process has the lock
 */
export async function exclusively<T>(
	file: string,
	work: () => Promise<T>,
	onWait: () => void = () => undefined,
): Promise<T> {
	mkdirSync(dirname(file), { recursive: true });
	const lock = new DatabaseSync(file, { timeout: 0 });
	try {
		for (let waited = false; !take(lock); waited = true) {
			if (!waited) onWait();
			await pause(PAUSE);
		}
		return await work();
	} finally {
		lock.close();
	}
}

function take(lock: DatabaseSync): boolean {
	try {
		lock.exec('BEGIN EXCLUSIVE');
		return true;
	} catch (error) {
		if ((error as { errcode?: number }).errcode === BUSY) return false;
		throw error;
	}
}
