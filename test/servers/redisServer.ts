import type { RedisOptions } from 'ioredis';
import { Redis } from 'ioredis';

import { binary } from './binaries';
import { Home } from './home';
import { ServerProcess } from './serverProcess';
import type { TlsFiles, TlsOption } from './tls';
import { tlsFiles } from './tls';

export interface RedisServerOptions {
	/** How often the append-only file is synced to disk; false: there is no such file. Default 'always'. */
	appendOnly?: 'always' | 'everysec' | 'no' | false;
	password?: string;
	/** The only user with permissions. Without one, the password is that of the default user. */
	user?: string;
	/** With TLS, the server accepts no connection without it. */
	tls?: TlsOption;
	/** Settings as in redis.conf. */
	settings?: Record<string, string>;
}

/** n8n's `redis` credential. */
export interface RedisCredential {
	host: string;
	port: number;
	user: string;
	password: string;
	database: number;
	ssl: boolean;
	disableTlsVerification: boolean;
}

/** A Redis for one test: empty, in a new folder, on a free port. */
export class RedisServer extends ServerProcess {
	static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
		const server = new RedisServer(options);
		await server.begin();
		return server;
	}

	readonly user: string;
	readonly password: string;
	/** Set if the server was started with TLS. */
	readonly tls?: TlsFiles;
	private readonly options: RedisServerOptions;

	private constructor(options: RedisServerOptions) {
		super(Home.make('redis', undefined));
		this.options = options;
		this.user = options.user ?? '';
		this.password = options.password ?? '';
		if (options.tls) this.tls = tlsFiles(this.home, options.tls);
	}

	get credential(): RedisCredential {
		const { host, port, user, password } = this;
		const ssl = this.tls !== undefined;
		return { host, port, user, password, database: 0, ssl, disableTlsVerification: ssl };
	}

	/** For `ioredis`. */
	get clientOptions(): RedisOptions {
		return {
			host: this.host,
			port: this.port,
			...(this.user && { username: this.user }),
			...(this.password && { password: this.password }),
			...(this.tls && { tls: { ca: this.tls.cert } }),
		};
	}

	/** Runs one command on its own connection. Resolves with the answer. */
	async call(command: string, ...args: (string | number)[]): Promise<unknown> {
		const client = new Redis({ ...this.clientOptions, lazyConnect: true, retryStrategy: () => null });
		// If the connection breaks, the command itself rejects.
		client.on('error', () => undefined);
		try {
			await client.connect();
			return await client.call(command, ...args);
		} finally {
			if (client.status !== 'end') client.disconnect();
		}
	}

	protected command(): [string, ...string[]] {
		return [binary('redis-server'), this.home.write('redis.conf', this.configuration())];
	}

	protected async answers(): Promise<boolean> {
		const info = String(await this.call('INFO', 'server'));
		return info.includes(`process_id:${this.pid}\r\n`);
	}

	private configuration(): string {
		const { appendOnly = 'always' } = this.options;
		const settings: Record<string, string> = {
			save: '',
			appendonly: appendOnly === false ? 'no' : 'yes',
			...(appendOnly !== false && { appendfsync: appendOnly }),
			...this.options.settings,
			bind: this.host,
			dir: this.folder,
			daemonize: 'no',
			port: this.tls ? '0' : String(this.port),
			...(this.tls && {
				'tls-port': String(this.port),
				'tls-key-file': this.tls.keyFile,
				'tls-cert-file': this.tls.certFile,
				'tls-auth-clients': 'no',
			}),
			...(this.password && !this.user && { requirepass: this.password }),
		};
		const lines = Object.entries(settings).map(([name, value]) => `${name} ${quoted(value)}`);
		if (this.user)
			lines.push(`user ${this.user} on ${quoted(`>${this.password}`)} ~* &* +@all`, 'user default off');
		return lines.join('\n') + '\n';
	}
}

/** Escapes every byte, so that redis.conf accepts any value. */
function quoted(value: string): string {
	const bytes = [...Buffer.from(value)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
	return `"${bytes.join('')}"`;
}
