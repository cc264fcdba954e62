import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** Polling interval of the lock, in ms. */
const PAUSE = 200;

/** SQLITE_BUSY */
const BUSY = 5;

/**
 * Runs the work in one process of this machine at a time; the others wait. The lock is SQLite's lock on a file,
 * so the operating system releases it when its holder dies, and no stale pid has to be detected.
 *
 * @param onWait called once if another process has the lock
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
