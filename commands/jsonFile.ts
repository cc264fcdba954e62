import { readFileSync } from 'node:fs';

/** An error that the user can correct, described in one sentence. */
export class UsageError extends Error {}

/**
 * Parses a JSON file, also one written on Windows with a byte order mark or in UTF-16. Error messages never
 * repeat the content, because a file named by mistake may hold a key.
 *
 * @param file a path, or 0 for standard input
 * @throws UsageError
 */
export function readJsonFile(file: string | number, name = String(file)): unknown {
	const text = decode(useFile(name, () => readFileSync(file)));
	if (text.trim() === '') throw new UsageError(`${name} is empty.`);
	try {
		return JSON.parse(text) as unknown;
	} catch {
		throw new UsageError(
			`${name} is not JSON, or it is cut off. Export it again with n8n export:workflow.`,
		);
	}
}

function decode(bytes: Buffer): string {
	const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
	return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}

const REASONS: ReadonlyMap<string, string> = new Map([
	['ENOENT', 'does not exist'],
	['ENOTDIR', 'is not a folder'],
	['EISDIR', 'is a folder'],
	['EEXIST', 'exists already, and nothing is overwritten'],
	['EACCES', 'cannot be opened: permission is missing'],
]);

/**
 * Runs an operation on a file and describes a failure in words.
 *
 * @throws UsageError
 */
export function useFile<T>(name: string, use: () => T): T {
	try {
		return use();
	} catch (error) {
		const { code = '' } = error as NodeJS.ErrnoException;
		throw new UsageError(`${name} ${REASONS.get(code) ?? `cannot be opened (${code})`}.`);
	}
}
