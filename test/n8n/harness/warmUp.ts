import { existsSync } from 'node:fs';

import { emptyDatabase, keepDatabase } from './emptyDatabase';
import { exclusively } from './exclusively';
import type { N8nInstallation } from './installation';
import { N8nProcess } from './n8nProcess';
import { progressLine } from './progressLine';

/**
 * Starts this n8n and stops it gracefully, once. This saves every later start a third of its work: it leaves an
 * empty database, and the compiled scripts, which Node.js writes when a process exits (and the tests kill
 * theirs).
 */
export async function warmUp(installation: N8nInstallation, nodes: string): Promise<void> {
	await exclusively(`${installation.folder}.warm.lock`, async () => {
		if (existsSync(emptyDatabase(installation))) return;
		const progress = progressLine();
		progress.show(`Starting n8n ${installation.version} for the first time`);
		const first = await N8nProcess.start({ role: 'main', installation, nodes });
		try {
			await first.stop();
			keepDatabase(installation, first.userFolder);
		} finally {
			await first.remove();
			progress.end();
		}
	});
}
