import { StoreUnavailableError } from '../../store';

/** Within the time that a store waits, there was no answer. */
export class ResponseTimeoutError extends Error {}

/** What stands at a key of the ledger was not written by a ledger. */
export class ForeignDataError extends Error {}

/** Where there are rows, and nothing says in which form: that key is gone, as every version writes it with its first row. */
export const NO_SCHEMA = 0;

/** What stands there was written by another version of this package. */
export class OtherSchemaError extends Error {
	constructor(readonly found: number) {
		super(`SCHEMA ${found}`);
	}
}

/** By its looks: where this code runs in a context of its own, Node's errors are none of its `Error`. */
export function isError(error: unknown): error is Error {
	return typeof error === 'object' && error !== null && 'message' in error && 'name' in error;
}

/** Whether the server itself said it, in answer to a command. */
export function isServerReply(error: unknown): error is Error & { name: 'ReplyError' } {
	return isError(error) && error.name === 'ReplyError';
}

const LOST = new RegExp(
	[
		'Connection is (closed|aborted|discarded)|connection close|Stream isn',
		'startup nodes|slots cache|Cluster (isn|is (ended|disconnect))',
	].join('|'),
);

/** Whether it is one of the many ways in which ioredis says that the connection is gone, without saying why. */
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

/** What passes by itself: a lost connection, a server that starts, a fail-over, keys that move within a cluster. */
export function isTransientRedisError(error: unknown): boolean {
	if (!isError(error)) return false;
	if (isServerReply(error) || error.message.includes('Cluster redirections'))
		return TRANSIENT.test(error.message);
	return (
		error instanceof ResponseTimeoutError || isConnectionLoss(error) || TRANSIENT_CODES.has(codeOf(error))
	);
}

/** Whether the connection is of no more use: it is lost or silent, or leads to a server that is no longer the master. */
export function invalidatesConnection(error: unknown): boolean {
	return !isServerReply(error) || requiresPassword(error) || /READONLY|MASTERDOWN/.test(error.message);
}

export function requiresPassword(error: unknown): boolean {
	return isServerReply(error) && error.message.startsWith('NOAUTH');
}

/** Whether the server lets this user not do it, or nobody. */
export function isRefused(error: unknown): boolean {
	return isServerReply(error) && /NOPERM|unknown command/i.test(error.message);
}

/** Whether it may be about one row of several: what stands at its key is none, or is gone before its time. */
export function concernsOneRow(error: unknown): boolean {
	const cause = error instanceof StoreUnavailableError ? error.cause : error;
	return isError(cause) && /^(?:WRONGTYPE|LOST) /.test(cause.message);
}

/** Node's name for what went wrong in the network. */
export function codeOf(error: Error): string | undefined {
	const { code } = error as { code?: unknown };
	return typeof code === 'string' ? code : undefined;
}
