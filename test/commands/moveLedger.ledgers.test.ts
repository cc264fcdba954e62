import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { sampleRows } from '../crash/soak';
import { copyRows } from '../../ledger/maintenance/copyLedger';
import { ENTRY_STATES } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { FaultyStore } from '../ledger/faultyStore';
import { MapStore } from '../model/mapStore';
import { row } from '../ledger/stores/conformance';
import type { RunResult } from '../engine';
import type { RunSetup } from '../nodes/fixtures/nodeFixture';
import { NodeFixture } from '../nodes/fixtures/nodeFixture';
import { whereInstalled } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import { TYPESCRIPT } from '../typescript';

interface CommandResult {
	status: number;
	printed: string;
}

/** The command as a person runs it, in a process of its own. */
function moveLedger(from: string, to: string): Promise<CommandResult> {
	const script = join(__dirname, '../../commands/moveLedger.ts');
	const env = { ...process.env, FROM_LEDGER: from, TO_LEDGER: to };
	return new Promise((resolve) => {
		execFile(process.execPath, [...TYPESCRIPT, script], { env }, (error, out, err) => {
			resolve({ status: error ? Number(error.code) : 0, printed: out + err });
		});
	});
}

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const ORDERS = [
	{ order: 'paid', amount: 1_000, card: 'pm_card_visa' },
	{ order: 'declined', amount: 1_001, card: 'pm_card_chargeDeclined' },
	{ order: 'unknown', amount: 1_002, card: 'pm_card_visa' },
];

const PARAMETERS = { paymentMethod: '={{ $json.card }}' };

/** One order of each fate. */
async function workOn(parameters: IDataObject): Promise<RunResult> {
	const how = { parameters: { ...PARAMETERS, ...parameters } };
	const first = await fixture.run(ORDERS.slice(0, 2), how);
	fixture.stripe.inject({ kind: 'error500After' });
	const { result } = await fixture.run(ORDERS.slice(2), {
		...how,
		run: { staticData: first.result.staticData },
	});
	fixture.stripe.clearFaults();
	return result;
}

const PASSWORD = "p@ss/w:rd'é%";

whereInstalled('initdb', 'redis-server')('moving a ledger', () => {
	let postgres: PostgresServer;
	let redis: RedisServer;
	beforeAll(async () => {
		postgres = await PostgresServer.start({ password: PASSWORD });
		redis = await RedisServer.start({ password: PASSWORD });
	});
	afterAll(async () => {
		await postgres.stop();
		await redis.stop();
	});

	it('copying from file to Postgres to Redis and to another file changes no key, and nothing is sent again', async () => {
		await workOn({});
		const before = await fixture.entries();
		const sendCount = fixture.stripe.sends().length;
		const secret = encodeURIComponent(PASSWORD);
		const other = join(fixture.folder, 'other.sqlite');
		const addresses = [
			fixture.ledgerFile,
			`postgres://${postgres.user}:${secret}@${postgres.host}:${postgres.port}/${postgres.database}?table=moved`,
			`redis://:${secret}@${redis.host}:${redis.port}/0?prefix=moved:`,
			other,
		];
		for (const [step, from] of addresses.slice(0, -1).entries()) {
			const { status, printed: output } = await moveLedger(from, addresses[step + 1] ?? '');
			expect(output).toMatch(/Copied 5 rows; 0 already existed \(5 in target\)\./);
			expect(output).not.toContain(secret);
			expect(output).not.toContain(PASSWORD);
			expect(status).toBe(0);
		}
		const store = SqliteStore.open(other);
		const moved = await store.list({ states: ENTRY_STATES, limit: 10 });
		await store.close();
		expect(moved.toSorted(byEntryId)).toEqual(before.toSorted(byEntryId));

		const places: RunSetup[] = [
			{
				parameters: { ...PARAMETERS, ledger: 'postgres' },
				options: { ledgerTable: 'moved' },
				ledgers: { postgres: { ...postgres.settings } },
			},
			{
				parameters: { ...PARAMETERS, ledger: 'redis' },
				options: { ledgerPrefix: 'moved:' },
				ledgers: { redis: { ...redis.credential } },
			},
		];
		for (const how of places) {
			const { success, fix } = await fixture.run(ORDERS.slice(0, 2), how);
			expect(success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
			expect(fix[0]?.json.idempotency).toMatchObject({ source: 'ledger', state: 'rejected' });
		}
		expect(fixture.stripe.sends()).toHaveLength(sendCount);
	});

	it('a copy can be started again, and overwrites nothing in the target', async () => {
		const other = join(fixture.folder, 'other.sqlite');
		const [same, newer] = [row(), row({ state: 'unknown' })] as const;
		await inFile(fixture.ledgerFile, [same, newer]);
		await inFile(other, [same, { ...newer, version: newer.version + 1 }]);
		const { status, printed: output } = await moveLedger(fixture.ledgerFile, other);
		expect(output).toMatch(/Copied 0 rows; 2 already existed \(2 in target\)/);
		expect(output).toMatch(new RegExp(`1 entries differ from the target[^]*${newer.entryId}`));
		expect(status).toBe(1);
		const store = SqliteStore.open(other);
		expect((await store.find([newer.entryId]))[0]?.version).toBe(newer.version + 1);
		await store.close();
	});

	it('a copy warns of entries in flight', async () => {
		await inFile(fixture.ledgerFile, [row({ state: 'in_flight' })]);
		const { status, printed: output } = await moveLedger(
			fixture.ledgerFile,
			join(fixture.folder, 'other.sqlite'),
		);
		expect(output).toMatch(/1 entries are being sent right now. Stop the workflows/);
		expect(status).toBe(1);
	});

	it('a copy reads the static data of an exported workflow', async () => {
		const { staticData } = await workOn({ ledger: 'staticData' });
		const exported = join(fixture.folder, 'export.json');
		writeFileSync(exported, JSON.stringify([{ id: 'w', name: 'Orders', staticData }]));
		const { printed: output } = await moveLedger(`workflow:${exported}`, fixture.ledgerFile);
		expect(output).toMatch(/from the static data of Orders[^]*\(5 in target\)/);
		const { success } = await fixture.run(ORDERS.slice(0, 1), { parameters: PARAMETERS });
		expect(success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
	});
});

it.each(
	sampleRows<[string, string, RegExp]>(5, [
		['', '', /Addresses:/],
		[
			'postgres://u:secret@127.0.0.1:1/db',
			'{folder}/x.sqlite',
			/Postgres at 127\.0\.0\.1:1, database db: connection refused/,
		],
		['postgres://u:secret@127.0.0.1:1/db?table=a;b', '{folder}/x.sqlite', /Postgres Table is "a;b"/],
		['/dev/null/x.sqlite', '{folder}/x.sqlite', /does not exist/],
		['{folder}/x.sqlite', 'workflow:{folder}/x.json', /can only be copied from/],
		['mysql://u:secret@127.0.0.1/db', '{folder}/x.sqlite', /mysql: is not an address of a ledger/],
		[
			' REDIS://u:secret@127.0.0.1:1/0',
			'{folder}/x.sqlite',
			/Redis at 127\.0\.0\.1:1: connection refused/,
		],
		...[
			'redis://u:se/cret@127.0.0.1:1/0',
			'redis://u:secret%2@127.0.0.1:1/0',
			'postgres:///secret',
			'redis://u:12?secret@127.0.0.1:1/0',
			'redis://u:12#secret@h/0',
			'redis://u:12/secret@h/0',
		].map((from): [string, string, RegExp] => [
			from,
			'{folder}/x.sqlite',
			/The address (?:cannot|has an)/,
		]),
		['postgres://127.0.0.1:1/db?password=secret', '{folder}/x.sqlite', /Known are table, ssl, allow/],
		['postgres://127.0.0.1:1/db?sslmode=require', '{folder}/x.sqlite', /unknown option after "\?"/],
		['{folder}/missing.sqlite', '{folder}/x.sqlite', /missing\.sqlite does not exist/],
	]),
)(
	'an unreachable address (%s to %s) is reported in plain words, without the password',
	async (from, to, message) => {
		const here = (address: string) => address.replace('{folder}', fixture.folder);
		const { status, printed: output } = await moveLedger(here(from), here(to));
		expect(output).toMatch(message);
		expect(output).not.toMatch(/secret|se\/cret|\n\s+at /);
		expect(status).not.toBe(0);
	},
);

it('a copy interrupted midway, with its last write unacknowledged, is complete after it is started again', async () => {
	const rows = Array.from({ length: 1_203 }, () => row({ state: 'succeeded' }));
	await inFile(fixture.ledgerFile, rows);
	const from = SqliteStore.open(fixture.ledgerFile);
	const to = new MapStore();
	const breaking = new FaultyStore(to);
	breaking.failNext('insertIfAbsent', 'none', 'after');
	await expect(copyRows(from, breaking, Date.now())).rejects.toThrow('The ledger went down');
	expect(await copyRows(from, breaking, Date.now())).toEqual({
		rows: rows.length,
		added: rows.length - 1_000,
		differing: [],
		inFlight: [],
	});
	expect(await to.find(rows.map(({ entryId }) => entryId))).toEqual(rows);
});

async function inFile(path: string, rows: readonly ReturnType<typeof row>[]): Promise<void> {
	const store = SqliteStore.open(path);
	await store.insertIfAbsent(rows);
	await store.close();
}

function byEntryId(a: { entryId: string }, b: { entryId: string }): number {
	return a.entryId < b.entryId ? -1 : 1;
}
