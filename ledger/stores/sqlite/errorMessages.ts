import { StoreUnavailableError } from '../../store';

/** Messages for SQLite's result codes (sqlite.org/rescode) and Node's file errors. */
const REASONS = new Map(
	Object.entries({
		EACCES: 'n8n cannot write there. Give the n8n user write permission on the file and its folder',
		EPERM: 'n8n cannot write there. Give the n8n user write permission on the file and its folder',
		EROFS: 'the file system is read-only. Choose a writable folder',
		ENOTDIR: 'a part of the path is not a folder. Choose a different path',
		EEXIST: 'a part of the path is not a folder. Choose a different path',
		ENOENT: 'the folder cannot be created. Choose a folder that n8n can write to',
		EISDIR: 'it is a folder. Add a file name, e.g. idempotency.sqlite',
		ENOSPC: 'the disk is full. Free some space',
		5: 'a different process kept the file locked for too long. Run it again',
		6: 'a different process kept the file locked for too long. Run it again',
		8: 'the file is read-only. Give the n8n user write permission on the file and its folder',
		10: 'the disk reported an error. Check the disk and its free space',
		11: 'the file is damaged. Stop the workflows that pay. Restore it from a backup, and check in Stripe what was paid since the backup. Do not just delete it',
		13: 'the disk is full. Free some space',
		14: 'the file cannot be opened. Give the n8n user write permission on the file and its folder',
		26: 'the file is not a valid SQLite database. Choose a different file',
	}),
);

/** Returns whether another connection has locked the file (sqlite.org/rescode: SQLITE_BUSY, SQLITE_LOCKED). */
export function isBusy(error: unknown): boolean {
	const code = primaryCode(error);
	return code === 5 || code === 6;
}

/** An extended result code has the primary code in its low byte (sqlite.org/rescode). */
function primaryCode(error: unknown): number | undefined {
	const { errcode } = error as { errcode?: number };
	return errcode === undefined ? undefined : errcode & 0xff;
}

/**
 * @returns a StoreUnavailableError; any error that comes from neither SQLite nor the file system is a bug and returned
 * unchanged
 */
export function toSqliteStoreError(path: string, error: unknown): unknown {
	if (error instanceof StoreUnavailableError) return error;
	const { code, message } = error as { code?: string; message?: string };
	const known = primaryCode(error) ?? code;
	if (known === undefined) return error;
	return new StoreUnavailableError(`${path}: ${REASONS.get(String(known)) ?? message ?? known}.`, {
		cause: error,
	});
}
