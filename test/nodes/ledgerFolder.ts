import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm';

/**
 * A new folder for the ledger's file of one test. In memory where the system has that: a ledger waits for the disk at
 * every write, which is for power cuts, and these tests make none.
 */
export class LedgerFolder {
	readonly path = newFolder();
	readonly file = join(this.path, 'ledger.sqlite');

	/** The ledger is closed and gone. */
	async remove(): Promise<void> {
		await SqliteStore.open(this.file).close();
		rmSync(this.path, { recursive: true, force: true });
	}
}

function newFolder(): string {
	const name = 'stripe-idempotent-';
	try {
		return mkdtempSync(join(MEMORY, name));
	} catch {
		return mkdtempSync(join(tmpdir(), name));
	}
}
