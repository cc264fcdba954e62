import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { ClientConfig, QueryResultRow } from 'pg';
import { Client } from 'pg';

import { binary } from './binaries';
import { Home } from './home';
import { nobodyOfNote } from './owner';
import { ServerProcess } from './serverProcess';
import type { TlsFiles, TlsOption } from './tls';
import { tlsFiles } from './tls';

export interface PostgresOptions {
	/** Settings as in postgresql.conf. */
	settings?: Record<string, string>;
	/** With TLS, the server accepts no connection without it. */
	tls?: TlsOption;
	/** Checked by SCRAM. Without a password, every connection is trusted. */
	password?: string;
}

/** n8n's `postgres` credential. */
export interface PostgresCredential {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
	maxConnections: number;
	allowUnauthorizedCerts: boolean;
	ssl: 'disable' | 'allow' | 'require';
	sshTunnel: false;
}

/** Small values, so that the server starts quickly. Durability settings keep the defaults of Postgres. */
const DEFAULTS = {
	fsync: 'on',
	shared_buffers: '16MB',
	max_connections: '100',
	// In the data folder, because files in /dev/shm would remain after a kill.
	dynamic_shared_memory_type: 'mmap',
};

/** Linux limits the path of a socket to 107 bytes. */
const LONGEST_SOCKET_FOLDER = 80;

/** Connection timeout in ms, in case the server does not answer. */
const CONNECT_PATIENCE = 10_000;

/** A Postgres for one test: a new cluster in a new folder, on a free port. */
export class PostgresServer extends ServerProcess {
	readonly user = 'postgres';
	readonly database = 'postgres';

	static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
		const server = new PostgresServer(options);
		await server.initialise();
		await server.begin();
		return server;
	}

	readonly password: string;
	/** Set if the server was started with TLS. */
	readonly tls?: TlsFiles;
	private readonly options: PostgresOptions;

	private constructor(options: PostgresOptions) {
		super(Home.make('postgres', nobodyOfNote()));
		this.options = options;
		this.password = options.password ?? '';
		if (options.tls) this.tls = tlsFiles(this.home, options.tls);
	}

	get settings(): PostgresCredential {
		return {
			host: this.host,
			port: this.port,
			database: this.database,
			user: this.user,
			password: this.password,
			maxConnections: 10,
			allowUnauthorizedCerts: this.tls !== undefined,
			ssl: this.tls ? 'require' : 'disable',
			sshTunnel: false,
		};
	}

	/** For a Client or Pool of `pg`. */
	get clientConfig(): ClientConfig {
		const { host, port, user, password, database } = this;
		return { host, port, user, password, database, ssl: this.tls ? { ca: this.tls.cert } : false };
	}

	/** Runs each query on its own connection. Resolves with the rows. */
	async query<Row extends QueryResultRow = QueryResultRow>(
		sql: string,
		params?: unknown[],
	): Promise<Row[]> {
		const client = new Client({ ...this.clientConfig, connectionTimeoutMillis: CONNECT_PATIENCE });
		// If the connection breaks, the query itself rejects.
		client.on('error', () => undefined);
		await client.connect();
		try {
			return (await client.query<Row>(sql, params)).rows;
		} finally {
			await client.end();
		}
	}

	protected command(): [string, ...string[]] {
		// `kill` has made sure that all processes have ended, so the pid in these lock files is stale even if another
		// process has it now.
		const locks = [join(this.data, 'postmaster.pid'), this.home.path(`.s.PGSQL.${this.port}.lock`)];
		for (const lock of locks) rmSync(lock, { force: true });
		const settings: Record<string, string> = {
			...DEFAULTS,
			...(this.tls && { ssl: 'on', ssl_key_file: this.tls.keyFile, ssl_cert_file: this.tls.certFile }),
			...this.options.settings,
			listen_addresses: this.host,
			port: String(this.port),
			unix_socket_directories: this.folder.length < LONGEST_SOCKET_FOLDER ? this.folder : '',
		};
		const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
		return [binary('postgres'), '-D', this.data, ...flags];
	}

	protected async answers(): Promise<boolean> {
		const rows = await this.query<{ folder: string }>(
			`SELECT current_setting('data_directory') AS folder`,
		);
		return rows[0]?.folder === this.data;
	}

	private get data(): string {
		return this.home.path('data');
	}

	private async initialise(): Promise<void> {
		const auth = this.password ? 'scram-sha-256' : 'trust';
		try {
			if (this.password) {
				await this.initdb(this.data, auth, '--pwfile', this.home.write('password', this.password));
			} else {
				await this.asOwner('cp', '-r', await this.newCluster(auth), this.data);
			}
			if (this.tls)
				this.home.write('data/pg_hba.conf', `local all all ${auth}\nhostssl all all all ${auth}\n`);
		} catch (error) {
			await this.stop();
			throw error;
		}
	}

	private async initdb(folder: string, auth: string, ...more: string[]): Promise<void> {
		const how = ['-U', this.user, '-A', auth, '-E', 'UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'];
		await this.asOwner(binary('initdb'), '-D', folder, ...how, ...more);
	}

	/**
	 * Creates one cluster per machine, user and Postgres version. If several processes do so at once, one of the
	 * clusters is kept.
	 */
	private async newCluster(auth: string): Promise<string> {
		const version = (await this.asOwner(binary('initdb'), '--version')).replace(/[^\w.]+/g, '-');
		const uid = this.home.owner?.uid ?? process.getuid?.() ?? 'own';
		const cluster = join(tmpdir(), `${NEW_CLUSTER}-${uid}-${version}`);
		if (!existsSync(cluster)) {
			const made = this.home.path('new-cluster');
			await this.initdb(made, auth);
			try {
				renameSync(made, cluster);
			} catch (error) {
				if (!existsSync(cluster)) throw error;
			}
		}
		return cluster;
	}

	/** @returns the output of the program */
	private async asOwner(program: string, ...args: string[]): Promise<string> {
		const { stdout } = await promisify(execFile)(program, args, { ...this.home.owner, cwd: this.folder });
		return stdout;
	}
}

/** initdb always creates the same files, and copying them takes a tenth of the time. */
const NEW_CLUSTER = 'n8n-stripe-idempotent-postgres';

/** Whether an answer of Postgres is complete: it ends with ReadyForQuery, which follows the commit. */
export function isReadyForQuery(answer: Buffer): boolean {
	const at = answer.length - 6;
	return at >= 0 && answer[at] === 'Z'.charCodeAt(0) && answer.readUInt32BE(at + 1) === 5;
}
