import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Gives n8n-core its own instance folder, so that tests never read or write `~/.n8n`.
 *
 * Import this before anything of n8n-core: its `InstanceSettings` writes `<N8N_USER_FOLDER>/.n8n/config` the
 * first time a node runs, unless the file exists. The file is written in full and renamed into place, because
 * many test processes start at once and n8n-core would read a partial file. A folder that the caller has set is
 * left unchanged.
 */
function usePrivateInstanceFolder(): void {
	if (process.env.N8N_USER_FOLDER !== undefined) return;
	const root = join(tmpdir(), `n8n-engine-tests-${userInfo().uid}`);
	const settings = join(root, '.n8n', 'config');
	if (!existsSync(settings)) {
		mkdirSync(join(root, '.n8n'), { recursive: true, mode: 0o700 });
		const draft = `${settings}.${process.pid}`;
		writeFileSync(draft, JSON.stringify({ encryptionKey: 'engine-tests-only' }), { mode: 0o600 });
		renameSync(draft, settings);
	}
	process.env.N8N_USER_FOLDER = root;
}

usePrivateInstanceFolder();

/**
 * n8n logs every failed node to the console, which would flood the output of tests that make nodes fail on
 * purpose.
 */
process.env.N8N_LOG_LEVEL ??= 'silent';
