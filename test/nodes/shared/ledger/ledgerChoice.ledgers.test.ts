import type { INodeParameters } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { Credentials } from '../../../engine/credentials';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { RedisServer } from '../../../servers/redisServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const { description } = new StripeIdempotent();

/** What the editor shows of the node when these parameters are chosen. */
function shown(parameters: INodeParameters): string[] {
	const node = { typeVersion: 1 };
	const all = { resource: 'paymentIntent', operation: 'create', keySource: 'fields', ...parameters };
	const properties = description.properties.filter((property) =>
		NodeHelpers.displayParameter(all, property, node, description),
	);
	const options = properties.find(({ name }) => name === 'options')?.options ?? [];
	const inOptions = options.filter((option) =>
		NodeHelpers.displayParameter({}, option as never, node, description, all),
	);
	const credentials = description.credentials ?? [];
	return [
		...credentials.filter((one) => NodeHelpers.displayParameter(all, one, node, description)),
		...properties,
		...inOptions,
	].map(({ name }) => name);
}

const OF_LEDGERS = ['ledgerFile', 'staticDataNotice', 'postgres', 'ledgerTable', 'redis', 'ledgerPrefix'];

describe('the editor shows the parameters of the selected ledger, and none of the others', () => {
	it.each([
		['localFile', ['ledgerFile']],
		['postgres', ['postgres', 'ledgerTable']],
		['redis', ['redis', 'ledgerPrefix']],
		['staticData', ['staticDataNotice']],
	])('%s', (ledger, expected) => {
		expect(shown({ ledger }).filter((name) => OF_LEDGERS.includes(name))).toEqual(expected);
	});

	it('none are shown for a read', () => {
		const names = shown({ ledger: 'postgres', operation: 'get' });
		expect(names).not.toContain('ledger');
		expect(names).not.toContain('postgres');
	});
});

describe('refused before any connection', () => {
	let proxy: TcpProxy;
	beforeEach(async () => {
		proxy = await TcpProxy.to('127.0.0.1', 1);
	});
	afterEach(() => proxy.stop());

	const at = (credential: object): Credentials => {
		const place = { host: '127.0.0.1', port: proxy.port, ...credential };
		return { postgres: { database: 'db', user: 'u', password: 'p', ...place }, redis: place };
	};

	it.each([
		'n8n"; DROP TABLE payments; --',
		"pay'ments",
		'a b',
		'a.b.c',
		'1table',
		'x'.repeat(60),
		'pay.',
		'.pay',
	])('the table %s', async (ledgerTable) => {
		const { fix } = await fixture.run([ANY_ORDER], {
			parameters: { ledger: 'postgres' },
			options: { ledgerTable },
			ledgers: at({}),
		});
		expect(fix[0]?.json.error).toMatchObject({ outcome: 'refused', retryable: false });
		expect(fix[0]?.json.error?.message).toContain(`Postgres Table is "${ledgerTable}"`);
		expect([proxy.connections, fixture.stripe.sends().length]).toEqual([0, 0]);
	});

	it('a key prefix with white space', async () => {
		const { fix } = await fixture.run([ANY_ORDER], {
			parameters: { ledger: 'redis' },
			options: { ledgerPrefix: 'my prefix' },
			ledgers: at({}),
		});
		expect(fix[0]?.json.error?.message).toContain('Redis Key Prefix is "my prefix"');
		expect(proxy.connections).toBe(0);
	});

	it('an SSH tunnel, which the ledger does not support', async () => {
		const { fix } = await fixture.run([ANY_ORDER], {
			parameters: { ledger: 'postgres' },
			ledgers: at({ sshTunnel: true, sshHost: 'bastion' }),
		});
		expect(fix[0]?.json.error?.message).toMatch(/uses an SSH tunnel/);
		expect(fix[0]?.json.error?.nextStep).toMatch(/reaches the server directly/);
		expect(proxy.connections).toBe(0);
	});

	it.each([
		['postgres', 'Postgres'],
		['redis', 'Redis'],
	])('%s without its credential', async (ledger, label) => {
		const { result } = await fixture.run([ANY_ORDER], {
			parameters: { ledger: `={{ '${ledger}' }}` },
			ledgers: {},
		});
		expect(JSON.stringify([result.error, result.outputs('Node')])).toContain(label);
		expect(fixture.stripe.sends()).toHaveLength(0);
	});
});

describe('a server that cannot be reached', () => {
	const PASSWORD = "s3cr/et p@ss'w:rd%";

	it.each([
		['postgres', /Postgres at 127\.0\.0\.1:\d+, database ledger: connection refused/],
		['redis', /127\.0\.0\.1:\d+/],
	] as const)(
		'%s: stops, names host and reason and never the password; relies on Stripe only if selected',
		async (ledger, message) => {
			const proxy = await TcpProxy.to('127.0.0.1', 1);
			const { port } = proxy;
			await proxy.stop();
			const place = { host: '127.0.0.1', port, user: 'payer', password: PASSWORD };
			const ledgers = { postgres: { ...place, database: 'ledger' }, redis: { ...place, database: 0 } };
			const { retry } = await fixture.run([ANY_ORDER], { parameters: { ledger }, ledgers });
			expect(retry[0]?.json.error).toMatchObject({
				outcome: 'ledger_unavailable',
				retryable: true,
			});
			expect(retry[0]?.json.error?.message).toMatch(message);
			expect(JSON.stringify(retry)).not.toContain('s3cr');
			expect(fixture.stripe.sends()).toHaveLength(0);

			const relying = await fixture.run([ANY_ORDER], {
				parameters: { ledger },
				options: { ledgerUnavailable: 'relyOnStripe' },
				ledgers,
			});
			expect(relying.success).toHaveLength(1);
			expect(relying.hints.join()).toMatch(message);
			expect(JSON.stringify([relying.hints, relying.success])).not.toContain('s3cr');
		},
	);
});

whereInstalled('initdb')('Postgres, by n8n’s own credential', () => {
	let server: PostgresServer;
	beforeAll(async () => {
		server = await PostgresServer.start({ password: "p@ss/w:rd'é%" });
	});
	afterAll(() => server.stop());

	it('charges once from two nodes, and keeps tables apart', async () => {
		const how = { parameters: { ledger: 'postgres' }, ledgers: { postgres: { ...server.settings } } };
		const first = await fixture.run([ANY_ORDER], how);
		const second = await fixture.run([ANY_ORDER], { ...how, node: { name: 'Another' } });
		expect(first.success[0]?.json.idempotency).toMatchObject({ replayed: false });
		expect(second.success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
		expect(fixture.charges()).toBe(1);
		const other = await fixture.run([ANY_ORDER], { ...how, options: { ledgerTable: 'public.other' } });
		// Another table knows nothing of it; Stripe recognizes the key.
		expect(other.success[0]?.json.idempotency).toMatchObject({ source: 'stripe' });
		expect([fixture.stripe.sends().length, fixture.charges()]).toEqual([2, 1]);
		const tables = await server.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
		expect(tables.map(({ tablename }) => tablename as string).sort()).toEqual([
			'n8n_idempotency',
			'n8n_idempotency_changed',
			'n8n_idempotency_notes',
			'n8n_idempotency_schema',
			'n8n_idempotency_terms',
			'other',
			'other_changed',
			'other_notes',
			'other_schema',
			'other_terms',
		]);
	});

	it('warns by a hint if the server may lose acknowledged writes', async () => {
		const sound = await fixture.run([ANY_ORDER], {
			parameters: { ledger: 'postgres' },
			options: { ledgerTable: 'sound' },
			ledgers: { postgres: { ...server.settings } },
		});
		expect(sound.hints.join()).not.toMatch(/Postgres server/);
		await server.query("CREATE USER hasty SUPERUSER PASSWORD 'x'");
		await server.query('ALTER USER hasty SET synchronous_commit = off');
		const hasty = await fixture.run([ANY_ORDER], {
			parameters: { ledger: 'postgres' },
			options: { ledgerTable: 'hasty' },
			ledgers: { postgres: { ...server.settings, user: 'hasty', password: 'x' } },
		});
		expect(hasty.hints.join()).toMatch(/synchronous_commit = off: .* payments could be sent again/);
	});
});

whereInstalled('redis-server')('Redis, by n8n’s own credential', () => {
	it('charges once from two nodes, keeps prefixes apart, and warns about a server that evicts', async () => {
		const server = await RedisServer.start({ appendOnly: false });
		try {
			const how = { parameters: { ledger: 'redis' }, ledgers: { redis: { ...server.credential } } };
			const first = await fixture.run([ANY_ORDER], how);
			const second = await fixture.run([ANY_ORDER], { ...how, node: { name: 'Another' } });
			expect(second.success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
			expect(fixture.charges()).toBe(1);
			expect(first.hints.join()).toMatch(/appendonly/);
			const other = await fixture.run([ANY_ORDER], { ...how, options: { ledgerPrefix: 'other:' } });
			expect(other.success[0]?.json.idempotency).toMatchObject({ source: 'stripe' });
			const keys = (await server.call('KEYS', '*')) as string[];
			expect(keys.every((key) => /^(?:n8n:idempotency|other):/.test(key))).toBe(true);
		} finally {
			await server.stop();
		}
	});
});
