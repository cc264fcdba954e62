import { Client } from 'pg';

import { binary } from './binaries';
import { Home } from './home';
import { nobodyOfNote } from './owner';
import type { PostgresCredential, PostgresServer } from './postgresServer';
import { ServerProcess } from './serverProcess';

export type PoolMode = 'session' | 'transaction' | 'statement';

/** A PgBouncer in front of a Postgres, which accepts more clients than it opens connections to the server. */
export class PgBouncer extends ServerProcess {
	static async start(postgres: PostgresServer, mode: PoolMode = 'transaction'): Promise<PgBouncer> {
		const bouncer = new PgBouncer(postgres, mode);
		await bouncer.begin();
		return bouncer;
	}

	private constructor(
		private readonly postgres: PostgresServer,
		private readonly mode: PoolMode,
	) {
		super(Home.make('pgbouncer', nobodyOfNote()));
	}

	/** The credential of the Postgres, with the port of PgBouncer. */
	get settings(): PostgresCredential {
		const plain = { ssl: 'disable', allowUnauthorizedCerts: false } as const;
		return { ...this.postgres.settings, ...plain, host: this.host, port: this.port };
	}

	protected command(): [string, ...string[]] {
		const { user, password, tls } = this.postgres;
		const users = this.home.write('users.txt', `${quoted(user)} ${quoted(password)}\n`);
		const configuration = `
[databases]
* = host=${this.postgres.host} port=${this.postgres.port}
[pgbouncer]
listen_addr = ${this.host}
listen_port = ${this.port}
unix_socket_dir =
auth_type = ${password ? 'scram-sha-256' : 'trust'}
auth_file = ${users}
admin_users = ${user}
pool_mode = ${this.mode}
server_tls_sslmode = ${tls ? 'require' : 'disable'}
default_pool_size = 2
; Whoever asks next gets the connection that rested longest, so that transactions do change their backend.
server_round_robin = 1
; A Postgres that was killed is tried again soon.
server_login_retry = 0.1
`;
		return [binary('pgbouncer'), this.home.write('pgbouncer.ini', configuration)];
	}

	/** The PgBouncer console shows its configuration, which identifies the instance. */
	protected async answers(): Promise<boolean> {
		const { host, port } = this;
		const { user, password } = this.postgres;
		const client = new Client({ host, port, user, password, database: 'pgbouncer' });
		client.on('error', () => undefined);
		await client.connect();
		try {
			const { rows } = await client.query<{ key: string; value: string }>('SHOW CONFIG');
			return rows.some(
				({ key, value }) => key === 'auth_file' && value === this.home.path('users.txt'),
			);
		} finally {
			await client.end();
		}
	}
}

function quoted(text: string): string {
	return `"${text.replaceAll('"', '""')}"`;
}
