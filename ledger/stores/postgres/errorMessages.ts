import { StoreUnavailableError } from '../../store';
import type { PostgresSettings } from './settings';

/** Messages for SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html) and Node's network errors. */
const REASONS = new Map(
	Object.entries({
		'28P01': 'the password was not accepted. Correct the Postgres credential',
		'28000':
			'the server rejects this user. Correct the Postgres credential or the access rules of the server',
		'3D000': 'the database does not exist. Correct the Postgres credential',
		'3F000': 'the schema does not exist. Create it, or choose a different table',
		'42501':
			'the user lacks a permission. Grant CREATE on the schema; or have an administrator create the ledger and its tables …_schema, …_terms, …_changed and …_notes once, and grant SELECT, INSERT, UPDATE, DELETE on all five',
		'42P10':
			'the table has no primary key (entry_id), so it cannot be used as a ledger. Choose a different table in the options',
		'42703': 'the table does not have the columns of a ledger. Choose a different table in the options',
		'53100': 'the disk of the server is full. Free some space',
		'53200': 'the server is out of memory',
		'53300':
			'the server accepts no more connections. Raise max_connections, or use a pooler such as PgBouncer',
		'25006': 'the server is read-only, as a standby is. Give the address of the primary',
		'55P03': 'a different session kept the table locked for too long. Run it again',
		'57014': 'the server took too long for one statement. Look for locks and load on the server',
		'57P01': 'the server is shutting down',
		'57P02': 'the server has crashed and is starting again',
		'57P03': 'the server is starting and accepts no connections yet',
		'40001': 'the server could not serialize this with concurrent writes. Run it again',
		'40P01': 'the server could not serialize this with concurrent writes. Run it again',
		ECONNREFUSED: 'connection refused. Check host and port in the Postgres credential, and the server',
		ENOTFOUND: 'host not found. Check the host in the Postgres credential',
		EAI_AGAIN: 'the host name cannot be resolved right now',
		ECONNRESET: 'the connection was cut',
		EPIPE: 'the connection was cut',
		ETIMEDOUT: 'the server did not respond',
		EHOSTUNREACH: 'the host cannot be reached. Check the network',
		ENETUNREACH: 'the network cannot be reached',
		DEPTH_ZERO_SELF_SIGNED_CERT: untrustedMessage(),
		SELF_SIGNED_CERT_IN_CHAIN: untrustedMessage(),
		UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrustedMessage(),
		UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrustedMessage(),
		CERT_HAS_EXPIRED: 'the certificate of the server has expired',
		ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the server is for another host name',
	}),
);

/** Messages for errors of `pg` that have no code. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
	[
		/timeout exceeded when trying to connect/,
		'all connections of this process were busy. Raise Maximum Number of Connections in the Postgres credential, or look for locks and load on the server',
	],
	[/timeout expired|read timeout|connection timeout/i, 'the server did not respond'],
	[
		/Connection terminated|Client has encountered a connection error|Client was closed/,
		'the connection was cut',
	],
	[
		/does not support SSL/,
		'the server does not support SSL. Set SSL to Disable in the Postgres credential',
	],
	[
		/There was an error establishing an SSL connection/,
		'the server could not start SSL. Check its log, or set SSL to Disable in the Postgres credential',
	],
	[
		/SASL: .*client password must be a string/,
		'the server requires a password, but the credential has none',
	],
];

function untrustedMessage(): string {
	return 'the certificate of the server is not trusted. Add its authority with NODE_EXTRA_CA_CERTS, or turn on Ignore SSL Issues in the Postgres credential';
}

/** Classes of SQLSTATE: lost connections; serialization failures and deadlocks; servers that start or stop. */
const TRANSIENT_CLASSES = /^(?:08|40|57P)/;

/** Other transient codes. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
	'25006',
	'53300',
	'55P03',
	// Two processes create the table at the same time: the second one retries and finds it.
	'42P07',
	'23505',
	'42P01',
	'42710',
	'ECONNREFUSED',
	'ECONNRESET',
	'EPIPE',
	'ETIMEDOUT',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
]);

const CONNECTION_LOST = /Connection terminated|connection error|Client was closed/i;

export function isTransientPostgresError(error: unknown): boolean {
	const code = codeOf(error) ?? '';
	if (TRANSIENT_CODES.has(code) || TRANSIENT_CLASSES.test(sqlState(error) ?? '')) return true;
	return CONNECTION_LOST.test(messageOf(error));
}

/** Returns whether the server rolled a statement back because of a conflict with another (40001, 40P01). It may be repeated. */
export function isConflict(error: unknown): boolean {
	return sqlState(error)?.startsWith('40') ?? false;
}

/** Returns whether one row may have failed a statement for the others. An unreachable server fails all of them. */
export function mayConcernOneRow(error: unknown): boolean {
	const cause = error instanceof StoreUnavailableError ? error.cause : error;
	if (cause === undefined) return true;
	if (sqlState(cause) !== undefined) return !isTransientPostgresError(cause) || isConflict(cause);
	return messageFor(cause) === undefined;
}

/** Returns the SQLSTATE of an error that the server itself reported. */
export function sqlState(error: unknown): string | undefined {
	const code = codeOf(error);
	return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function codeOf(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | undefined)?.code;
	return typeof code === 'string' ? code : undefined;
}

/** Checks by duck typing: n8n may load this package into a separate context, with another `Error`. */
function messageOf(error: unknown): string {
	const { message } = error as { message?: unknown };
	return typeof message === 'string' ? message : '';
}

/**
 * @returns a StoreUnavailableError; any error that comes from neither the server nor the network is a bug and returned
 * unchanged
 */
export function toPostgresStoreError({ host, port, database }: PostgresSettings, error: unknown): unknown {
	const place = `Postgres at ${host}:${port}, database ${database}`;
	if (error instanceof StoreUnavailableError) return new StoreUnavailableError(`${place}: ${error.reason}`);
	const message = messageFor(error);
	return message === undefined
		? error
		: new StoreUnavailableError(`${place}: ${message}.`, { cause: error });
}

function messageFor(error: unknown): string | undefined {
	const code = codeOf(error);
	const message = messageOf(error);
	const known = REASONS.get(code ?? '') ?? MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
	if (sqlState(error) !== undefined) {
		return known === undefined ? `${message} (${code ?? ''})` : `${known} (${message})`;
	}
	return known ?? (code === undefined ? undefined : `${message} (${code})`);
}
