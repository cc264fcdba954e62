import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { N8nInstallation } from './installation';

const DATABASE = 'database.sqlite';

/** Where an installation keeps the database of an n8n that has never been used. */
export function emptyDatabase({ folder }: N8nInstallation): string {
	return join(folder, DATABASE);
}

/** Keeps the database of this n8n, which has started and ended and done nothing else. */
export function keepDatabase(installation: N8nInstallation, userFolder: string): void {
	const kept = emptyDatabase(installation);
	copyFileSync(databaseIn(userFolder), `${kept}.part`);
	renameSync(`${kept}.part`, kept);
}

/** Gives a new n8n the database that is kept, if one is: bringing its own up to date takes it seconds. */
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
