import { copyFileSync, rmSync } from 'node:fs';

import type { Clock } from '../../ledger/clock';
import { toClock, buildHostClock } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import { PostgresStore } from '../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { ProcessGuard } from '../../ledger/stores/staticData';
import { StaticDataStore } from '../../ledger/stores/staticData';
import { toPostgresSettings, toRedisSettings } from '../../nodes/shared/ledger/ledgerSettings';
import { whereInstalled, whereNoServer } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import { FakeClock } from './fakeClock';
import { buildReport, buildRequest, ENTRY_RETENTION_MS, MINUTE } from './requests';
import { newFile, removeFolders } from './temporary';

/** A clock that knows Stripe's time: only that is written down. */
const stripeTime = () => {
	const time = new FakeClock();
	return { ...toClock(time), of: 'stripe' as const, advance: (ms: number) => time.advance(ms) };
};

const order = (entryId: string) => buildRequest({ entryId });

async function pay(ledger: Ledger, entryId: string): Promise<void> {
	const decision = await ledger.claim(order(entryId), 0);
	if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
	await ledger.settle(decision.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
	await ledger.waitUntilIdle();
}

/** After a payment the entries are lost; then it is run again, and so is another order. */
async function loseAfterPayment(
	store: Store,
	lose: () => unknown,
	time: Clock = stripeTime(),
): Promise<Ledger> {
	const ledger = new Ledger(store, time);
	await pay(ledger, 'v1_paid');
	await lose();
	return ledger;
}

async function expectStopped(ledger: Ledger): Promise<void> {
	for (const entryId of ['v1_paid', 'v1_new']) {
		const claim = ledger.claim(order(entryId), 0);
		await expect(claim).rejects.toThrow(StoreUnavailableError);
		await expect(claim).rejects.toThrow('lost entries while n8n was running');
		await ledger.waitUntilIdle();
		expect(await ledger.find(entryId)).toBeUndefined();
	}
	await expect(ledger.readKillSwitch({ isByToken: false })).rejects.toThrow(StoreUnavailableError);
	await expect(ledger.previewClaim(order('v1_paid'))).rejects.toThrow(StoreUnavailableError);
}

const removeFile = (file: string) => {
	for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
};

describe('a ledger that lost its entries while the process was running refuses every claim', () => {
	whereNoServer()('on a Local File', () => {
		const opened: SqliteStore[] = [];
		afterAll(async () => {
			await Promise.all(opened.map((store) => store.close()));
			removeFolders();
		});
		const open = (file: string) => {
			const store = SqliteStore.open(file);
			opened.push(store);
			return store;
		};

		it('a ledger that was deleted', async () => {
			const file = newFile();
			await expectStopped(await loseAfterPayment(open(file), () => removeFile(file)));
		});

		it('a ledger replaced by an older copy: an order in between is not paid again', async () => {
			const [file, time] = [newFile(), stripeTime()];
			const first = SqliteStore.open(file);
			await pay(new Ledger(first, time), 'v1_before');
			await first.close();
			copyFileSync(file, `${file}.backup`);
			time.advance(5 * MINUTE);
			const lose = () => {
				removeFile(file);
				copyFileSync(`${file}.backup`, file);
			};
			await expectStopped(await loseAfterPayment(open(file), lose, time));
		});

		it('a deleted ledger, for claims on other APIs', async () => {
			const file = newFile();
			const time = buildHostClock(new FakeClock());
			await expectStopped(await loseAfterPayment(open(file), () => removeFile(file), time));
		});

		it('until the process restarts', async () => {
			const file = newFile();
			await loseAfterPayment(open(file), () => removeFile(file));
			await open(file).close();
			await pay(new Ledger(open(file), stripeTime()), 'v1_new');
		});
	});

	whereNoServer()('on Workflow Static Data', () => {
		it('a cleared ledger remembers what this process has paid', async () => {
			const guard: ProcessGuard = new Map();
			const blob = {};
			const ledger = await loseAfterPayment(
				new StaticDataStore(blob, 'workflow', guard),
				() => undefined,
			);
			expect(await ledger.claim(order('v1_paid'), 0)).toMatchObject({ kind: 'replay' });
			const later = new Ledger(new StaticDataStore({}, 'workflow', guard), stripeTime());
			expect(await later.claim(order('v1_paid'), 0)).toMatchObject({ kind: 'replay' });
		});
	});

	whereInstalled('initdb')('on Postgres', () => {
		let server: PostgresServer;
		beforeAll(async () => {
			server = await PostgresServer.start();
		});
		afterAll(() => server.stop());

		it.each([
			['dropped', (name: string) => `DROP TABLE ${name}`],
			[
				'dropped together with its schema',
				(name: string) => `DROP TABLE ${name}, ${name}_schema, ${name}_terms`,
			],
			['emptied', (name: string) => `TRUNCATE ${name}`],
		])('a ledger whose table was %s', async (what, lose) => {
			const name = `lost_${what.replaceAll(' ', '_')}`;
			const store = PostgresStore.open(toPostgresSettings({ ...server.settings }, name));
			try {
				await expectStopped(await loseAfterPayment(store, () => server.query(lose(name))));
			} finally {
				await store.close();
			}
		});

		it('a ledger restored from a backup', async () => {
			const [name, time] = ['restored', stripeTime()];
			const store = PostgresStore.open(toPostgresSettings({ ...server.settings }, name));
			try {
				await pay(new Ledger(store, time), 'v1_before');
				await server.query(`CREATE TABLE backup AS TABLE ${name}`);
				time.advance(5 * MINUTE);
				const restore = `BEGIN; DELETE FROM ${name}; INSERT INTO ${name} TABLE backup; COMMIT`;
				await expectStopped(await loseAfterPayment(store, () => server.query(restore), time));
			} finally {
				await store.close();
			}
		});
	});

	whereInstalled('redis-server')('on Redis', () => {
		it('an emptied ledger', async () => {
			const server = await RedisServer.start();
			const store = RedisStore.open(toRedisSettings({ ...server.credential }, 'lost:'));
			try {
				await expectStopped(await loseAfterPayment(store, () => server.call('FLUSHALL')));
			} finally {
				store.close();
				await server.stop();
			}
		});
	});
});
