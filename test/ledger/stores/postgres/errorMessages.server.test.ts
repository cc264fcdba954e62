import { inspect } from 'node:util';

import { StoreUnavailableError } from '../../../../ledger/store';
import type { PostgresSettings } from '../../../../ledger/stores/postgres/settings';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { newTable, PostgresLedgers, getPostgresSettings, usedByProcess } from './postgresLedgers';
import { row } from '../conformance';

/** With whatever could be cut off, or be misread, on its way into a message. */
const PASSWORD = `p%40:/?#[]@!$&'()*+,;="\\ {}<>|\`~^ Zoë 🔑`;
const WRONG = `not the ${PASSWORD}`;

whereInstalled('initdb')('a server that refuses', () => {
	const ledgers = new PostgresLedgers();
	let plain: PostgresServer;
	let secure: PostgresServer;
	beforeAll(async () => {
		[plain, secure] = await Promise.all([
			PostgresServer.start({ password: PASSWORD }),
			PostgresServer.start({ password: PASSWORD, tls: true }),
		]);
	});
	afterEach(() => ledgers.close());
	afterAll(() => Promise.all([plain.stop(), secure.stop()]));

	async function refusal(server: PostgresServer, settings: Partial<PostgresSettings>): Promise<unknown> {
		return ledgers
			.open(server, settings)
			.find(['x'])
			.then(
				() => {
					throw new Error('It was not refused');
				},
				(error: unknown) => error,
			);
	}

	/** Everything that a log, or whoever prints the error, could show. */
	const shown = (error: unknown) =>
		inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity, getters: true });

	it.each<[string, () => PostgresServer, Partial<PostgresSettings>, RegExp]>([
		['a wrong password', () => plain, { password: WRONG }, /: the password was not accepted\. Correct/],
		[
			'a wrong password, encrypted',
			() => secure,
			{ password: WRONG, tls: 'unverified' },
			/: the password was not/,
		],
		['an unknown user', () => plain, { user: 'nobody' }, /: the password was not accepted\. Correct/],
		[
			'an unknown database',
			() => plain,
			{ database: 'nowhere' },
			/, database nowhere: the database does not exist/,
		],
		[
			'TLS on a server without it',
			() => plain,
			{ tls: 'verified' },
			/: the server does not support SSL\. Set SSL to Disable/,
		],
		[
			'no TLS where there must be',
			() => secure,
			{ tls: 'off' },
			/: the server rejects this user.*no encryption/,
		],
		[
			'a certificate of an unknown authority',
			() => secure,
			{ tls: 'verified' },
			/: the certificate of the server is not trusted\. Add its authority with NODE_EXTRA_CA_CERTS, or turn on Ignore SSL/,
		],
		[
			'a host that there is not',
			() => plain,
			{ host: 'nowhere.invalid' },
			/nowhere\.invalid:\d+.*: host not found\.|resolved right now/,
		],
	])(
		'%s: the message states where and why, and contains no password',
		async (_name, server, settings, pattern) => {
			const error = await refusal(server(), settings);
			expect(error).toBeInstanceOf(StoreUnavailableError);
			const { reason, message } = error as StoreUnavailableError;
			expect(reason).toMatch(pattern);
			expect(reason).toContain(
				`Postgres at ${settings.host ?? '127.0.0.1'}:${server().port}, database `,
			);
			expect(message).toBe(reason);
			for (const secret of [
				PASSWORD,
				inspect(PASSWORD).slice(1, -1),
				JSON.stringify(PASSWORD).slice(1, -1),
			]) {
				expect(shown(error)).not.toContain(secret);
			}
		},
	);

	it('a missing password: the message says so', async () => {
		const error = await refusal(plain, { password: '' });
		expect(error).toMatchObject({
			reason: expect.stringMatching(/requires a password, but the credential has none/) as string,
		});
	});

	it('a right password is accepted, whatever characters it contains', async () => {
		for (const [server, tls] of [
			[plain, 'off'],
			[secure, 'unverified'],
		] as const) {
			const [store, one] = [ledgers.open(server, { tls, table: newTable() }), row()];
			expect(await store.insertIfAbsent([one])).toEqual([one]);
		}
	});

	it('a certificate of an authority unknown to the process is refused', async () => {
		const settings = { ...getPostgresSettings(secure), tls: 'verified' } as const;
		await usedByProcess(settings, { NODE_EXTRA_CA_CERTS: secure.tls?.certFile });
	});

	it("a TLS connection that is cut is opened again, and returns the process's own result", async () => {
		const wire = await TcpProxy.to(secure.host, secure.port);
		const place = { host: wire.host, port: wire.port, settings: secure.settings };
		const [store, one] = [ledgers.open(place, { tls: 'unverified', table: newTable() }), row()];
		await store.find(['x']);
		wire.cutBeforeAnswer();
		expect(await store.insertIfAbsent([one])).toEqual([one]);
		expect(wire.cuts).toBe(1);
		await ledgers.close();
		await wire.close();
	});
});
