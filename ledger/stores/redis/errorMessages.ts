import { LostEntriesError, StoreUnavailableError } from '../../store';
import { otherSchemaReason } from '../schemaVersion';
import type { RedisSettings } from './connection';
import {
	codeOf,
	ForeignDataError,
	isServerReply,
	isError,
	isConnectionLoss,
	NO_SCHEMA,
	OtherSchemaError,
	ResponseTimeoutError,
} from './errorKinds';

type MessageSource = string | ((settings: RedisSettings) => string);

const UNREACHABLE = 'the host cannot be reached. Check the network';
const UNTRUSTED =
	'the certificate of the server is not trusted. Add its authority with NODE_EXTRA_CA_CERTS, or turn on Disable TLS Verification in the Redis credential';
const NO_TLS =
	'the server does not use TLS on that port. Turn off SSL in the Redis credential, or correct the port';

/** Messages for Node's network errors. */
const REASONS: ReadonlyMap<string, MessageSource> = new Map(
	Object.entries<MessageSource>({
		ECONNREFUSED: 'connection refused. Check host and port in the Redis credential, and the server',
		ENOTFOUND: 'host not found. Check the host in the Redis credential',
		EAI_AGAIN: 'the host name cannot be resolved right now',
		ECONNRESET: connectionCutMessage,
		EPIPE: connectionCutMessage,
		ETIMEDOUT: timeoutMessage,
		EHOSTUNREACH: UNREACHABLE,
		ENETUNREACH: UNREACHABLE,
		ERR_SOCKET_BAD_PORT: 'the port is not valid. Correct the Redis credential',
		DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
		SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
		UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
		UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
		CERT_HAS_EXPIRED: 'the certificate of the server has expired',
		ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the server is for another host name',
		ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
		ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
	}),
);

/** Messages for the server's error replies. The first match counts. */
const SERVER_REPLIES: readonly (readonly [RegExp, MessageSource])[] = [
	[
		/WRONGPASS|invalid password/,
		'the password was not accepted. Correct user and password in the Redis credential',
	],
	[
		/NOAUTH/,
		'the server requires a password. Correct the Redis credential (servers before Redis 6 have no users: leave User empty)',
	],
	[/NOPERM|user executing the script/, permissionsMessage],
	[/DENIED|protected mode/, 'the server rejects remote connections (protected mode). Set a password on it'],
	[/LOADING/, 'the server is still loading its data. Run it again in a moment'],
	[
		/READONLY|MASTERDOWN/,
		'the server is a read-only replica. Enter the address of the master in the Redis credential',
	],
	[/MISCONF/, 'the server cannot write to its disk, so it accepts no writes. Check its log'],
	[/OOM/, 'the memory of the server is full. Raise maxmemory, or free some'],
	[/NOREPLICAS/, 'too few replicas are connected to the server (min-replicas-to-write)'],
	[/CLUSTERDOWN/, 'a part of the cluster is down. Look at CLUSTER INFO'],
	[/TRYAGAIN|\bASK\b/, 'the cluster is moving the keys of the ledger to another node. Run it again later'],
	[
		/MOVED|not allowed in cluster mode/,
		'the server belongs to a cluster, but does not let this user see it. Allow the user +info',
	],
	[/^BUSY\b/, 'a script of a different program keeps the server busy'],
	[
		/DB index|invalid DB/,
		({ database }) => `database ${database} does not exist. Correct the Redis credential`,
	],
	[/max number of clients/, 'the server accepts no more connections. Raise maxclients'],
	[/WRONGTYPE|CROSSSLOT/, foreignDataMessage],
	[/NOINDEX/, (settings) => lostKeyMessage(':index', settings)],
];

/** A server that requires TLS closes a plain connection. */
function connectionCutMessage({ ssl }: RedisSettings): string {
	const hint = ssl ? '' : '. If the server requires TLS, turn on SSL in the Redis credential';
	return `the connection was cut${hint}`;
}

/** A server without TLS keeps waiting, because it does not recognize a TLS handshake. */
function timeoutMessage({ ssl }: RedisSettings): string {
	const hint = ssl ? '. If the server does not use TLS, turn off SSL in the Redis credential' : '';
	return `the server did not respond in time. Check the host, the network and the load on the server${hint}`;
}

function permissionsMessage({ user = 'default', prefix }: RedisSettings): string {
	const commands =
		'+info +select +eval +evalsha +exists +del +hget +hset +hdel +hgetall +hmget +persist +pexpire +zadd +zrem +zrange +zrangebylex +zrangebyscore +zrevrangebyscore +zscan +zscore';
	return `the user lacks permissions that the ledger needs. Grant them: ACL SETUSER ${user} ~${prefix}* ${commands} (in a cluster also +cluster)`;
}

function foreignDataMessage({ prefix }: RedisSettings): string {
	return `a different program uses the keys that begin with "${prefix}". Choose a different prefix in the options`;
}

function lostRowMessage(entryId: string): string {
	return `the server no longer has the entry ${entryId}, which it had to keep: its maxmemory-policy is not noeviction, its clock was changed, or someone deleted the key. It may have been paid. Restore a backup, or look for the payment in Stripe. If it exists, adopt it (Idempotency Registry → Entry → Adopt); if not, remove ${entryId} with ZREM from the key of the ledger that ends with :index`;
}

function lostKeyMessage(end: string, { prefix }: RedisSettings): string {
	return `the server no longer has the key of the ledger that ends with ${end}: its maxmemory-policy is not noeviction, or someone deleted it. Entries may be gone with it, and would be paid again. Restore a backup. Without one, remove all keys that begin with "${prefix}", and write the latest payments into the ledger before they are run again (Idempotency Registry → Entry → Adopt)`;
}

function schemaMessage(settings: RedisSettings, found: number): string {
	if (found === NO_SCHEMA) return lostKeyMessage(':schema', settings);
	const { prefix } = settings;
	return otherSchemaReason(`what is stored under "${prefix}"`, found, 'another prefix in the options');
}

/**
 * @returns a StoreUnavailableError; any error that comes from neither the server nor the network is a bug and returned
 * unchanged
 */
export function toRedisStoreError(settings: RedisSettings, error: unknown): unknown {
	const configured = `${settings.host}:${settings.port}`;
	// A cluster redirects its clients to nodes that they may be unable to reach.
	const { node = configured } = (error ?? {}) as { node?: string };
	const place = `Redis at ${configured}${node === configured ? '' : `, node ${node}`}`;
	if (error instanceof StoreUnavailableError) return new StoreUnavailableError(`${place}: ${error.reason}`);
	if (!isError(error)) return error;
	const message = messageFor(error, settings);
	if (message === undefined) return error;
	// Not the error itself: errors of ioredis contain the command with all arguments, including those of AUTH.
	const cause = new Error(redactSecrets(error.message, settings));
	const reason = `${place}: ${message}.`;
	return hasLostEntries(error)
		? new LostEntriesError(reason, { cause })
		: new StoreUnavailableError(reason, { cause });
}

/** Returns whether a script reported that a key of the ledger, or of an entry, is missing. */
function hasLostEntries({ message }: Error): boolean {
	return /^LOST |NOINDEX/.test(message) || message === new OtherSchemaError(NO_SCHEMA).message;
}

function messageFor(error: Error, settings: RedisSettings): string | undefined {
	const raw = `it says "${redactSecrets(error.message, settings)}"`;
	const message = findMessage(error, raw);
	return typeof message === 'function' ? message(settings) : message;
}

function findMessage(error: Error, raw: string): MessageSource | undefined {
	const schema = /^SCHEMA (\d+)/.exec(error.message)?.[1];
	if (schema !== undefined) return (settings) => schemaMessage(settings, Number(schema));
	const lost = /^LOST (\S+)/.exec(error.message)?.[1];
	if (lost !== undefined) return lostRowMessage(lost);
	if (error instanceof ResponseTimeoutError) return timeoutMessage;
	if (error instanceof ForeignDataError) return foreignDataMessage;
	if (isConnectionLoss(error)) return connectionCutMessage;
	if (error.message.startsWith('Unknown RESP type'))
		return 'the server there is not a Redis server. Check host and port';
	const code = codeOf(error);
	if (code !== undefined) return REASONS.get(code) ?? raw;
	if (!isServerReply(error) && !error.message.includes('Cluster redirections')) return undefined;
	return SERVER_REPLIES.find(([pattern]) => pattern.test(error.message))?.[1] ?? raw;
}

/** A server that does not know a command repeats its arguments. */
function redactSecrets(message: string, { password }: RedisSettings): string {
	const text = message.replace(/,? with args beginning with[^]*$/, '').slice(0, 300);
	return password ? text.replaceAll(password, '***') : text;
}
