import { isIP } from 'node:net';

import type { CommonRedisOptions } from 'ioredis';

import { StoreUnavailableError } from '../../store';
import { isConnectionLoss, isRefused, invalidatesConnection, requiresPassword } from './errorKinds';
import type { CommandResult, Command, RedisClient } from './scripts';
import { runCommands } from './scripts';
import type { Watch } from './session';
import { Session, withTimeout } from './session';

/** Where a ledger in Redis is, and how to get there. */
export interface RedisSettings {
	host: string;
	port: number;
	/** A cluster has only 0. */
	database: number;
	user?: string;
	password?: string;
	ssl: boolean;
	/** Whether the certificate of the server must be trusted. */
	verifyTls: boolean;
	/** What the names of all keys of the ledger begin with. */
	prefix: string;
}

type Server = Omit<RedisSettings, 'prefix'>;

/** ms. How long an answer is waited for, connecting included, and after which time without a command it is closed. */
const TIMES = { answerMs: 2_500, idleMs: 10_000 };

/**
 * The connection of one process to one server or cluster. It is made when it is needed, and closed when it is idle.
 * Everything here throws what the server, the network or ioredis says, ResponseTimeoutError, or StoreUnavailableError.
 */
export class RedisConnection {
	private session: Session | undefined;
	/** The nodes of the cluster as they were seen last: some of them are there also when the given one is not. */
	private nodes: { host: string; port: number }[] = [];

	constructor(
		private readonly server: Server,
		private readonly times = TIMES,
	) {}

	/** One per process and server, whatever the prefix. */
	static to({ host, port, database, user, password, ssl, verifyTls }: RedisSettings): RedisConnection {
		const name = JSON.stringify([host, port, database, user, password, ssl, verifyTls]);
		const known = connections.get(name);
		if (known) return known;
		const made = new RedisConnection({ host, port, database, user, password, ssl, verifyTls });
		connections.set(name, made);
		return made;
	}

	/** All in one round trip. */
	run(commands: readonly Command[]): Promise<CommandResult[]> {
		return this.withSession(async (client, session) => {
			const answers = await runCommands(client, commands);
			return answers.map((answer) =>
				'failure' in answer ? { failure: this.explainError(answer.failure, session) } : answer,
			);
		});
	}

	use<R>(work: (client: RedisClient) => Promise<R>): Promise<R> {
		return this.withSession(work);
	}

	/** Closes the connection as soon as nobody waits for an answer; the next use makes a new one. */
	close(): void {
		if (this.session) this.discard(this.session);
	}

	private async withSession<R>(work: (client: RedisClient, session: Session) => Promise<R>): Promise<R> {
		const session = (this.session ??= this.startSession());
		session.enter();
		try {
			const answer = session.client.then((client) => work(client, session));
			const result = await withTimeout(this.times.answerMs, answer);
			// What was told of an earlier trouble, which is over, explains no later one.
			session.fault = undefined;
			return result;
		} catch (error) {
			throw this.explainError(error, session);
		} finally {
			session.exit();
		}
	}

	/** What is to be told of it: why a connection was lost, or a password not accepted, was said before. */
	private explainError(error: unknown, session: Session): unknown {
		if (invalidatesConnection(error)) this.discard(session);
		return isConnectionLoss(error) || requiresPassword(error) ? (session.fault ?? error) : error;
	}

	private startSession(): Session {
		const session = new Session(
			(watch) => this.open(watch),
			() => this.discard(session),
			this.times.idleMs,
		);
		return session;
	}

	private discard(session: Session): void {
		if (this.session === session) this.session = undefined;
		session.end();
	}

	/** No credential tells whether the server belongs to a cluster, so it is asked itself. */
	private async open(watch: Watch): Promise<RedisClient> {
		const { Cluster, Redis } = await import('ioredis');
		const { host, port, database } = this.server;
		if (this.nodes.length === 0) {
			const single = watch(new Redis({ host, port, ...this.options(), ...ONE_SERVER }));
			await single.connect();
			// The first answer: it also tells whether the password was accepted.
			if (!(await isClustered(single))) {
				// Not by ioredis, which goes on in database 0 where another one is refused.
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
		// Where none of them answers, the next try begins anew with the server that people gave.
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
		// Nodes of a cluster are often known by their addresses alone: what counts is the name that people gave.
		const servername = isIP(host) === 0 ? host : undefined;
		return {
			...WIRE,
			username: user,
			password,
			...(ssl && { tls: { rejectUnauthorized: verifyTls, servername } }),
			connectTimeout: this.times.answerMs,
			// Only the store decides what is sent again.
			autoResendUnfulfilledCommands: false,
			maxRetriesPerRequest: 0,
			// A server that does not work yet says so at every command.
			enableReadyCheck: false,
			disableClientInfo: true,
		} satisfies CommonRedisOptions & { tls?: object };
	}
}

const connections = new Map<string, RedisConnection>();

/** RESP2, which every server and every proxy before one speaks; nothing of RESP3 is used here. */
const WIRE = { protocol: 2 } as const;

/** Where the connection is lost, the next use makes a new one, and asks again what the server is. */
const ONE_SERVER = { lazyConnect: true, retryStrategy: null, enableOfflineQueue: false };

const CLUSTER = {
	lazyConnect: true,
	clusterRetryStrategy: null,
	enableReadyCheck: false,
	retryDelayOnFailover: 0,
	retryDelayOnClusterDown: 0,
	// Names stay names: a certificate is for a name.
	dnsLookup: (name: string, found: (error: null, address: string) => void) => found(null, name),
};

async function isClustered(client: RedisClient): Promise<boolean> {
	const info = await client.info('cluster').catch((error: unknown) => {
		if (isRefused(error)) return '';
		throw error;
	});
	return /^cluster_enabled:1/m.test(info);
}
