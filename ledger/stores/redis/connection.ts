import { isIP } from 'node:net';

import type { CommonRedisOptions } from 'ioredis';

import { StoreUnavailableError } from '../../store';
import { isConnectionLoss, isRefused, invalidatesConnection, requiresPassword } from './errorKinds';
import type { CommandResult, Command, RedisClient } from './scripts';
import { runCommands } from './scripts';
import type { Watch } from './session';
import { Session, withTimeout } from './session';

/** Location of a ledger in Redis, and how to connect to it. */
export interface RedisSettings {
	host: string;
	port: number;
	/** A cluster has only database 0. */
	database: number;
	user?: string;
	password?: string;
	ssl: boolean;
	/** Whether the certificate of the server must be trusted. */
	verifyTls: boolean;
	/** Prefix of the names of all keys of the ledger. */
	prefix: string;
}

type Server = Omit<RedisSettings, 'prefix'>;

/** ms. The response timeout, including connecting, and the idle time after which the connection is closed. */
const TIMEOUTS = { responseMs: 2_500, idleMs: 10_000 };

/**
 * The connection of one process to one server or cluster. It is opened when needed, and closed when idle. Its methods throw the
 * errors of the server, the network or ioredis, ResponseTimeoutError, or StoreUnavailableError.
 */
export class RedisConnection {
	private session: Session | undefined;
	/** The cluster's nodes as last seen. Some of them may be reachable when the configured one is not. */
	private nodes: { host: string; port: number }[] = [];

	constructor(
		private readonly server: Server,
		private readonly timeouts = TIMEOUTS,
	) {}

	/** Returns the connection to a server, one per process, shared by all prefixes. */
	static to({ host, port, database, user, password, ssl, verifyTls }: RedisSettings): RedisConnection {
		const name = JSON.stringify([host, port, database, user, password, ssl, verifyTls]);
		const known = connections.get(name);
		if (known) return known;
		const created = new RedisConnection({ host, port, database, user, password, ssl, verifyTls });
		connections.set(name, created);
		return created;
	}

	/** Runs all commands in one round trip. */
	run(commands: readonly Command[]): Promise<CommandResult[]> {
		return this.withSession(async (client, session) => {
			const responses = await runCommands(client, commands);
			return responses.map((response) =>
				'failure' in response ? { failure: this.explainError(response.failure, session) } : response,
			);
		});
	}

	use<R>(work: (client: RedisClient) => Promise<R>): Promise<R> {
		return this.withSession(work);
	}

	/** Closes the connection as soon as no response is pending. The next use opens a new one. */
	close(): void {
		if (this.session) this.discard(this.session);
	}

	private async withSession<R>(work: (client: RedisClient, session: Session) => Promise<R>): Promise<R> {
		const session = (this.session ??= this.startSession());
		session.enter();
		try {
			const response = session.client.then((client) => work(client, session));
			const result = await withTimeout(this.timeouts.responseMs, response);
			// An earlier error is over, and does not explain a later one.
			session.fault = undefined;
			return result;
		} catch (error) {
			throw this.explainError(error, session);
		} finally {
			session.exit();
		}
	}

	/** Returns the error to report: the cause of a lost connection, or of a rejected password, was reported earlier. */
	private explainError(error: unknown, session: Session): unknown {
		if (invalidatesConnection(error)) this.discard(session);
		return isConnectionLoss(error) || requiresPassword(error) ? (session.fault ?? error) : error;
	}

	private startSession(): Session {
		const session = new Session(
			(watch) => this.open(watch),
			() => this.discard(session),
			this.timeouts.idleMs,
		);
		return session;
	}

	private discard(session: Session): void {
		if (this.session === session) this.session = undefined;
		session.end();
	}

	/** The credential does not say whether the server belongs to a cluster, so the server is asked. */
	private async open(watch: Watch): Promise<RedisClient> {
		const { Cluster, Redis } = await import('ioredis');
		const { host, port, database } = this.server;
		if (this.nodes.length === 0) {
			const single = watch(new Redis({ host, port, ...this.options(), ...SINGLE_SERVER }));
			await single.connect();
			// The first command also shows whether the password was accepted.
			if (!(await isClustered(single))) {
				// Not with ioredis's option, which continues in database 0 if another one is refused.
				if (database !== 0) await single.select(database);
				return single;
			}
			single.disconnect();
		}
		if (database !== 0) {
			throw new StoreUnavailableError(
				`it is a cluster, which has no database ${database}. Set Database Number to 0 in the Redis credential.`,
			);
		}
		const redisOptions = this.options();
		const cluster = watch(new Cluster([{ host, port }, ...this.nodes], { ...CLUSTER, redisOptions }));
		// If none of them responds, the next try starts again from the configured server.
		this.nodes = [];
		await cluster.connect();
		this.nodes = cluster.nodes('master').map(({ options }) => ({
			host: options.host ?? host,
			port: options.port ?? port,
		}));
		return cluster;
	}

	private options() {
		const { host, user, password, ssl, verifyTls } = this.server;
		// Cluster nodes are often known by their addresses only. The certificate has to match the configured name.
		const servername = isIP(host) === 0 ? host : undefined;
		return {
			...PROTOCOL,
			username: user,
			password,
			...(ssl && { tls: { rejectUnauthorized: verifyTls, servername } }),
			connectTimeout: this.timeouts.responseMs,
			// Only the store decides what is repeated.
			autoResendUnfulfilledCommands: false,
			maxRetriesPerRequest: 0,
			// A server that is not ready yet says so in reply to each command.
			enableReadyCheck: false,
			disableClientInfo: true,
		} satisfies CommonRedisOptions & { tls?: object };
	}
}

const connections = new Map<string, RedisConnection>();

/** RESP2, which every server and proxy supports. Nothing needs RESP3. */
const PROTOCOL = { protocol: 2 } as const;

/** After a connection loss, the next use opens a new one, and detects again whether it is a cluster. */
const SINGLE_SERVER = { lazyConnect: true, retryStrategy: null, enableOfflineQueue: false };

const CLUSTER = {
	lazyConnect: true,
	clusterRetryStrategy: null,
	enableReadyCheck: false,
	retryDelayOnFailover: 0,
	retryDelayOnClusterDown: 0,
	// Keeps host names unresolved, because certificates are issued for names.
	dnsLookup: (name: string, found: (error: null, address: string) => void) => found(null, name),
};

async function isClustered(client: RedisClient): Promise<boolean> {
	const info = await client.info('cluster').catch((error: unknown) => {
		if (isRefused(error)) return '';
		throw error;
	});
	return /^cluster_enabled:1/m.test(info);
}
