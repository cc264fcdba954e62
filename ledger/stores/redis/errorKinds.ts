import { StoreUnavailableError } from '../../store';

/** The server did not respond within the timeout. */
export class ResponseTimeoutError extends Error {}

/** The value at a key of the ledger was not written by a ledger. */
export class ForeignDataError extends Error {}

/** There are rows but no schema version. Its key was lost: every version writes it with its first row. */
export const NO_SCHEMA = 0;

/** The data was written by another version of this package. */
export class OtherSchemaError extends Error {
	constructor(readonly found: number) {
		super(`SCHEMA ${found}`);
	}
}

/** Checks by duck typing: if this code runs in a separate context, Node's errors are not instances of its `Error`. */
export function isError(error: unknown): error is Error {
	return typeof error === 'object' && error !== null && 'message' in error && 'name' in error;
}

/** Returns whether an error is the server's own reply to a command. */
export function isServerReply(error: unknown): error is Error & { name: 'ReplyError' } {
	return isError(error) && error.name === 'ReplyError';
}

const LOST = new RegExp(
	[
		'Connection is (closed|aborted|discarded)|connection close|Stream isn',
		'startup nodes|slots cache|Cluster (isn|is (ended|disconnect))',
	].join('|'),
);

/** Returns whether an error is one of the many by which ioredis reports a lost connection without its cause. */
export function isConnectionLoss(error: unknown): boolean {
	return isError(error) && !isServerReply(error) && LOST.test(error.message);
}

const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'EPIPE',
	'ETIMEDOUT',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
]);

const TRANSIENT = /LOADING|READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|MOVED|\bASK\b|^BUSY\b/;

/**
 * Returns whether an error is transient: a lost connection, a starting server, a failover, or keys that move within a cluster.
 */
export function isTransientRedisError(error: unknown): boolean {
	if (!isError(error)) return false;
	if (isServerReply(error) || error.message.includes('Cluster redirections'))
		return TRANSIENT.test(error.message);
	return (
		error instanceof ResponseTimeoutError || isConnectionLoss(error) || TRANSIENT_CODES.has(codeOf(error))
	);
}

/** Returns whether the connection is unusable: it is lost or silent, or its server is no longer the master. */
export function invalidatesConnection(error: unknown): boolean {
	return !isServerReply(error) || requiresPassword(error) || /READONLY|MASTERDOWN/.test(error.message);
}

export function requiresPassword(error: unknown): boolean {
	return isServerReply(error) && error.message.startsWith('NOAUTH');
}

/** Returns whether the server refuses the command, to this user or to everybody. */
export function isRefused(error: unknown): boolean {
	return isServerReply(error) && /NOPERM|unknown command/i.test(error.message);
}

/** Returns whether an error concerns only one row of a batch: its key holds something else, or the row was lost. */
export function concernsOneRow(error: unknown): boolean {
	const cause = error instanceof StoreUnavailableError ? error.cause : error;
	return isError(cause) && /^(?:WRONGTYPE|LOST) /.test(cause.message);
}

/** Returns Node's code of a network error. */
export function codeOf(error: Error): string | undefined {
	const { code } = error as { code?: unknown };
	return typeof code === 'string' ? code : undefined;
}
