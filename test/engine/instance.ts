import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Gives n8n-core an instance folder of its own, so that tests never read or write `~/.n8n`.
 *
 * Import this before anything of n8n-core: its `InstanceSettings` writes `<N8N_USER_FOLDER>/.n8n/config` the first
 * time a node runs, unless the file is there. The file is written whole and renamed into place, because many test
 * processes start at once and n8n-core would read a half-written one. A folder that the caller chose is left alone.
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

/** n8n logs every failed node to the console; a test that makes nodes fail on purpose would drown in it. */
process.env.N8N_LOG_LEVEL ??= 'silent';
