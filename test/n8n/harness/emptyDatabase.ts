import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { N8nInstallation } from './installation';

const DATABASE = 'database.sqlite';

/** The path of the database of a new n8n in an installation. */
export function emptyDatabase({ folder }: N8nInstallation): string {
	return join(folder, DATABASE);
}

/** Saves the database of this n8n, which has only been started and stopped. */
export function keepDatabase(installation: N8nInstallation, userFolder: string): void {
	const kept = emptyDatabase(installation);
	copyFileSync(databaseIn(userFolder), `${kept}.part`);
	renameSync(`${kept}.part`, kept);
}

/** Copies the saved database to a new n8n, if there is one: migrating a new database takes seconds. */
export function addDatabase(installation: N8nInstallation, userFolder: string): void {
	const kept = emptyDatabase(installation);
	if (!existsSync(kept)) return;
	const own = databaseIn(userFolder);
	mkdirSync(dirname(own), { recursive: true });
	copyFileSync(kept, own);
}

function databaseIn(userFolder: string): string {
	return join(userFolder, '.n8n', DATABASE);
}
