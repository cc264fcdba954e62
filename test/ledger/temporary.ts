import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { newFolderInMemory } from '../nodes/fixtures/ledgerFolder';

/** A new folder that the operating system gives; `removeFolders` belongs into `afterAll`. */
export function newFolder(): string {
	const folder = newFolderInMemory();
	folders.push(folder);
	return folder;
}

export function newFile(): string {
	return join(newFolder(), 'ledger.sqlite');
}

export function removeFolders(): void {
	for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

const folders: string[] = [];
